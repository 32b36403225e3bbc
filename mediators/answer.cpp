#include "mediators/answer.hpp"

#include "engine/observe/log.hpp"

namespace myelin::mediators {

void answerClient(message::MessageContext& context) {
    auto& exchange = context.exchange();
    exchange.answer(context);
    if (!exchange.trouble().empty()) observe::log(observe::Level::Warning, "mediation", exchange.trouble());
}

}  // namespace myelin::mediators
