#include "mediators/list.hpp"

#include <exception>
#include <utility>

#include "engine/message/fault.hpp"

namespace myelin::mediators {

using message::Flow;
using message::MediationFault;

void MediatorList::read(config::Element& element, config::Build& build) {
    for (config::Element& child : element.children()) add(child, build);
}

void MediatorList::add(config::Element& element, config::Build& build) {
    if (artifact_.empty()) artifact_ = build.artifact();
    const config::Place place = element.place();
    auto mediator = build.mediator(element);
    if (!mediator) return;  // reported; the configuration is refused
    steps_.push_back({std::move(mediator), place.file + ":" + std::to_string(place.line)});
}

Flow MediatorList::run(message::MessageContext& context) const {
    auto step = steps_.begin();
    try {
        for (; step != steps_.end(); ++step) {
            if (step->mediator->mediate(context) == Flow::Stop) return Flow::Stop;
        }
        return Flow::Continue;
    } catch (MediationFault& fault) {
        if (fault.where().empty()) fault.setWhere(describe(*step));
        throw;
    } catch (const std::exception& failure) {
        MediationFault fault(message::error_code::kMediation, failure.what());
        fault.setWhere(describe(*step));
        throw fault;
    }
}

message::FlowBounds MediatorList::bounds(message::BoundsQuery& query) const {
    message::FlowBounds sum;
    for (const Step& step : steps_) sum += step.mediator->bounds(query);
    return sum;
}

std::string MediatorList::describe(const Step& step) const {
    std::string text(step.mediator->name());
    text += " at " + step.place;
    if (!artifact_.empty()) text += " in " + artifact_;
    return text;
}

}  // namespace myelin::mediators
