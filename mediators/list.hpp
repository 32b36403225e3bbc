#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/config/build.hpp"
#include "engine/message/mediator.hpp"

namespace myelin::mediators {

/// Mediators that run one after the other until one says stop: what sequences, branches and cases hold. Faults get the
/// place of the step in which they happened; other exceptions become faults with code 0 here.
class MediatorList {
public:
    /// All child elements of `element`.
    void read(config::Element& element, config::Build& build);
    /// One more element.
    void add(config::Element& element, config::Build& build);

    bool empty() const noexcept { return steps_.empty(); }
    /// Stop when a step said so. Throws MediationFault.
    message::Flow run(message::MessageContext& context) const;
    /// The sum of all steps.
    message::FlowBounds bounds(message::BoundsQuery& query) const;

private:
    struct Step {
        std::unique_ptr<message::Mediator> mediator;
        std::string place;  ///< "main.xml:12"
    };
    std::string describe(const Step& step) const;

    std::vector<Step> steps_;
    std::string artifact_;
};

}  // namespace myelin::mediators
