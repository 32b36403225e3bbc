#include "engine/config/build.hpp"
#include "engine/message/message_context.hpp"
#include "mediators/list.hpp"

namespace myelin::mediators {

namespace {

using message::Flow;

/// `in` and `out`: mediators for one direction of a shared sequence (synapse-mediation 2.3).
template <bool kResponse>
class Direction final : public message::Mediator {
public:
    static std::unique_ptr<message::Mediator> make(config::Element& element, config::Build& build) {
        auto direction = std::make_unique<Direction>();
        direction->list_.read(element, build);
        return direction;
    }

    Flow mediate(message::MessageContext& context) const override {
        return context.isResponse() == kResponse ? list_.run(context) : Flow::Continue;
    }
    std::string_view name() const noexcept override { return kResponse ? "out" : "in"; }
    message::FlowBounds bounds(message::BoundsQuery& query) const override {
        return query.response() == kResponse ? list_.bounds(query) : message::FlowBounds{};
    }

private:
    MediatorList list_;
};

const config::Registration<config::MediatorFactory> kIn{config::mediatorRegistry(), "in", &Direction<false>::make};
const config::Registration<config::MediatorFactory> kOut{config::mediatorRegistry(), "out", &Direction<true>::make};

}  // namespace

}  // namespace myelin::mediators
