#include "mediators/core/sequence.hpp"

#include <new>
#include <optional>
#include <utility>

#include "engine/message/fault.hpp"
#include "engine/message/message_context.hpp"
#include "mediators/branch.hpp"
#include "mediators/fault_flow.hpp"
#include "mediators/list.hpp"

namespace myelin::mediators {

namespace {

using message::Flow;
using message::MediationFault;

/// A sequence where it is defined.
class Sequence final : public message::Mediator {
public:
    void read(config::Element& element, config::Build& build) {
        if (element.has("onError")) {
            guarded_ = true;
            const std::string name = element.required("onError");
            if (!name.empty()) build.referSequence(element, "onError", name, &onError_);
        }
        list_.read(element, build);
    }

    Flow mediate(message::MessageContext& context) const override {
        if (!guarded_) return list_.run(context);
        const auto* outer = context.faultHandlers();
        context.setFaultHandlers(handlers(context));
        context.payload().keepForFaultHandler();
        std::optional<MediationFault> fault;
        Flow flow = Flow::Stop;
        try {
            flow = list_.run(context);
        } catch (const MediationFault& thrown) {
            fault = thrown;
        }
        context.setFaultHandlers(outer);
        return fault ? handleFault(context, *fault, *onError_) : flow;
    }

    std::string_view name() const noexcept override { return "sequence"; }
    message::FlowBounds bounds(message::BoundsQuery& query) const override {
        auto most = list_.bounds(query);
        if (guarded_) most += query.sequence(*onError_).times(1 + most.beside);
        return most;
    }

private:
    using Handlers = message::MessageContext::FaultHandlers;
    const Handlers* handlers(message::MessageContext& context) const {
        void* const place = context.arena().allocate(sizeof(Handlers), alignof(Handlers));
        return new (place) Handlers{onError_, context.faultHandlers()};
    }

    MediatorList list_;
    bool guarded_ = false;
    const message::Mediator* onError_ = nullptr;
};

/// `<sequence key="..."/>` in a flow.
class SequenceCall final : public message::Mediator {
public:
    void read(config::Element& element, config::Build& build) {
        target_.read(element, "key", build);
        for (const char* other : {"name", "onError"}) {
            if (element.has(other)) {
                element.errorAt(other,
                                "a <sequence> with \"key\" calls another one and cannot have \"" + std::string(other) +
                                    "\" of its own");
            }
        }
        if (element.hasChildElements()) {
            element.error("a <sequence> with \"key\" calls another one and cannot hold mediators",
                          "give it a \"name\" instead of the \"key\" to define a sequence here");
            element.ignore();
        }
    }

    Flow mediate(message::MessageContext& context) const override { return target_.run(context); }
    std::string_view name() const noexcept override { return "sequence"; }
    message::FlowBounds bounds(message::BoundsQuery& query) const override { return target_.bounds(query); }

private:
    SequenceReference target_;
};

std::unique_ptr<message::Mediator> makeSequence(config::Element& element, config::Build& build) {
    if (element.has("key")) {
        auto call = std::make_unique<SequenceCall>();
        call->read(element, build);
        return call;
    }
    if (!element.has("name")) {
        element.error("a <sequence> needs a \"key\", to call a sequence, or a \"name\", to define one");
    }
    return buildSequence(element, build);
}

const config::Registration<config::MediatorFactory> kRegistration{
    config::mediatorRegistry(), "sequence", &makeSequence};

}  // namespace

std::unique_ptr<message::Mediator> buildSequence(config::Element& element, config::Build& build) {
    auto sequence = std::make_unique<Sequence>();
    sequence->read(element, build);
    return sequence;
}

}  // namespace myelin::mediators
