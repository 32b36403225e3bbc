#pragma once

#include <memory>

#include "endpoints/failure_policy.hpp"
#include "endpoints/limits/limited_endpoint.hpp"
#include "engine/config/build.hpp"
#include "engine/xml/xpath.hpp"

namespace myelin::endpoints {

/// What an endpoint takes from the groups around it where it says nothing itself.
struct Inherited {
    FailurePolicy policy;
    std::shared_ptr<const xml::XPath> timeout;  ///< instead of the policy's, when the duration is an expression
    Limits limits;
};

/// What a group says for all endpoints in it, however deep: its <endpointDefaults>. The nearest group that says
/// something about an option counts. Lives while the group's children are being built.
class EndpointDefaults {
public:
    EndpointDefaults(config::Element& group, config::Build& build);
    EndpointDefaults(const EndpointDefaults&) = delete;
    EndpointDefaults& operator=(const EndpointDefaults&) = delete;
    ~EndpointDefaults();

    /// For an endpoint that is being built now.
    static Inherited of(config::Build& build);
    /// The same for the <endpoint> of a leaf, which may say inherit="false".
    static Inherited of(const config::Element& endpoint, config::Build& build);

private:
    config::Build* build_;
    Inherited values_;
};

/// Whether a leaf takes what the groups around it say: its inherit.
bool inherits(const config::Element& endpoint);

/// The <limit> and <rateLimit> of an endpoint's definition, or what it inherits.
Limits readLimits(const config::Element& definition, const Limits& inherited, config::Build& build);

/// The endpoint of a group within the limits that its own element has.
std::unique_ptr<message::Endpoint> withOwnLimits(std::unique_ptr<message::Endpoint> group,
                                                 const Limits& limits,
                                                 const config::EndpointPosition& position,
                                                 config::Build& build);

/// The <duration>{expression}</duration> in the <timeout> of `definition`, which comes before a duration that is
/// `inherited`.
std::shared_ptr<const xml::XPath> readTimeoutExpression(const config::Element& definition,
                                                        std::shared_ptr<const xml::XPath> inherited);

}  // namespace myelin::endpoints
