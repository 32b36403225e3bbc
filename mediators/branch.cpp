#include "mediators/branch.hpp"

#include <string>
#include <utility>

#include "engine/base/scope_exit.hpp"
#include "engine/message/fault.hpp"
#include "engine/message/message_context.hpp"

namespace myelin::mediators {

using message::Flow;
using message::MediationFault;

namespace {

// Operation scope: one exchange's messages share it, and nothing else is at hand that does.
constexpr std::string_view kDepthProperty = "myelin.computedSequenceDepth";

std::int64_t depthOf(const message::Properties& properties) {
    const auto* value = properties.get(kDepthProperty);
    const auto* depth = value ? std::get_if<std::int64_t>(value) : nullptr;
    return depth ? *depth : 0;
}

}  // namespace

void SequenceReference::read(config::Element& element, std::string_view attribute, config::Build& build) {
    auto value = build.value(element, attribute);
    if (!value.present) return;
    given_ = true;
    if (value.expression) {
        name_ = std::move(value.expression);
    } else if (!element.required(attribute).empty() && !value.text.empty()) {
        build.referSequence(element, attribute, std::move(value.text), &sequence_);
    }
}

Flow SequenceReference::run(message::MessageContext& context) const {
    return name_ ? runComputed(context) : sequence_->mediate(context);
}

Flow SequenceReference::runComputed(message::MessageContext& context) const {
    const auto name = context.evaluateText(*name_);
    if (!name || name->empty()) {
        throw MediationFault(message::error_code::kMediation, "{" + name_->text() + "} names no sequence: it is empty");
    }
    const message::Mediator* sequence = context.exchange().artifacts().sequence(*name);
    if (!sequence) {
        throw MediationFault(message::error_code::kMediation, "Sequence named " + *name + " cannot be found");
    }
    auto& properties = context.exchange().operationProperties();
    const std::int64_t depth = depthOf(properties);
    if (depth >= kMaximumDepth) {
        throw MediationFault(message::error_code::kMediation,
                             "sequence " + *name + " is called too deep: sequences called by {expression} may nest " +
                                 std::to_string(kMaximumDepth) + " times");
    }
    properties.setStatic(kDepthProperty, depth + 1);
    const base::ScopeExit back([&] { properties.setStatic(kDepthProperty, depth); });
    return sequence->mediate(context);
}

message::FlowBounds SequenceReference::bounds(message::BoundsQuery& query) const {
    return name_ ? query.anySequence(kMaximumDepth) : query.sequence(*sequence_);
}

void Branch::read(config::Element& element, config::Build& build) {
    reference_.read(element, "sequence", build);
    if (reference_.given() && element.hasChildElements()) {
        element.warning("the mediators in <" + std::string(element.name()) +
                        "> never run: the attribute \"sequence\" wins");
    }
    list_.read(element, build);
}

}  // namespace myelin::mediators
