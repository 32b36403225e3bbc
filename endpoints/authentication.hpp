#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "engine/config/build.hpp"
#include "engine/message/message_context.hpp"
#include "engine/runtime/deadline.hpp"

namespace myelin::endpoints {

/// How an <http> endpoint proves to its backend who it is: the content of <authentication>. Immutable; what it fetches
/// lives in the configuration's StateStore. Nothing it says to people holds a secret.
class Authentication {
public:
    struct Credentials {
        /// The value of the Authorization field; lives as long as the exchange. Empty with an error.
        std::string_view authorization;
        std::string error;  ///< why there are none, for people
    };

    virtual ~Authentication() = default;

    /// For this message. May wait, and may throw what evaluating an expression in the message throws.
    virtual Credentials authorize(message::MessageContext& context, runtime::Deadline deadline) const = 0;
    /// Whether authorize() may give other credentials once these were refused().
    virtual bool renewable() const noexcept { return false; }
    virtual void refused(std::string_view /*authorization*/) const {}
    /// How long authorize() may wait.
    virtual base::Milliseconds longest() const noexcept { return base::Milliseconds(0); }

    /// Reads the <authentication> of an endpoint's definition. Null when there is none, or after reporting what is
    /// wrong.
    static std::unique_ptr<Authentication> read(config::Element& definition,
                                                const config::EndpointPosition& position,
                                                config::Build& build);
};

/// The value of an Authorization field for a name and a password (RFC 7617).
std::string basicAuthorization(std::string_view name, std::string_view password);

}  // namespace myelin::endpoints
