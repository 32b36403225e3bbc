#include "engine/message/unwanted_answer.hpp"

#include "engine/message/fault.hpp"

namespace myelin::message {

void readAndForget(http::ClientResponse& response, runtime::Deadline deadline) {
    constexpr std::size_t kWorthReading = 64u << 10;
    std::size_t read = 0;
    while (response.body && read <= kWorthReading) {
        const http::BodyPart part = response.body->next(deadline);
        if (part.status != http::BodyStatus::Data) break;
        read += part.bytes.size();
    }
    response.reset();
}

bool isBackendsFailure(const SendOutcome& outcome) noexcept {
    constexpr int kFirst = error_code::kSenderIoSending;
    return !outcome.callerFault && outcome.code >= kFirst && outcome.code < kFirst + 100;
}

}  // namespace myelin::message
