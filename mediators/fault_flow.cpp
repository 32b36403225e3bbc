#include "mediators/fault_flow.hpp"

#include "engine/message/message_context.hpp"
#include "engine/observe/log.hpp"

namespace myelin::mediators {

std::string describe(const message::MediationFault& fault) {
    std::string text = "code " + std::to_string(fault.code()) + ": " + fault.text();
    if (fault.detail() != fault.text()) text += ": " + fault.detail();
    if (!fault.where().empty()) text += " (" + fault.where() + ")";
    return text;
}

message::Flow handleFault(message::MessageContext& context,
                          const message::MediationFault& fault,
                          const message::Mediator& handler) {
    if (observe::enabled(observe::Level::Warning)) {
        observe::log(observe::Level::Warning, "mediation", "fault handled by onError: " + describe(fault));
    }
    context.recordFault(fault);
    handler.mediate(context);
    return message::Flow::Stop;
}

}  // namespace myelin::mediators
