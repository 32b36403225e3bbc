#include "endpoints/outcome.hpp"

#include <utility>

#include <string>

#include "engine/message/fault.hpp"

namespace myelin::endpoints {

namespace {

namespace code = message::error_code;
using http::BodyStatus;
using http::ClientError;
using http::Progress;

struct Meaning {
    int code;
    int status;
    std::string_view text;
};

Meaning ofRequestBody(BodyStatus status) {
    switch (status) {
        case BodyStatus::TimedOut:
            return {code::kReceiverIoReceiving, 408, "The client did not send its request body in time"};
        case BodyStatus::TooLarge:
            return {code::kMessageParsing, 413, "The request body is larger than allowed"};
        case BodyStatus::TrailersTooLarge:
            return {code::kMessageParsing, 431, "The trailer section of the request is too large"};
        case BodyStatus::Malformed:
            return {code::kMessageParsing, 400, "The request body is malformed"};
        case BodyStatus::End:
            return {code::kMessageParsing, 400, "The request cannot be sent as it is"};
        default:
            return {code::kReceiverIoReceiving, 400, "The request body ended before it was complete"};
    }
}

Meaning ofError(ClientError error, Progress progress, BodyStatus requestBody) {
    switch (error) {
        case ClientError::None:
            break;
        case ClientError::ConnectFailed:
            return {code::kConnectionFailed, 503, "Error while connecting to the endpoint (Connection Failed)"};
        case ClientError::ConnectTimedOut:
            return {code::kConnectTimeout, 504, "Error while connecting to the endpoint (Connect Timeout)"};
        case ClientError::ResponseTimedOut:
            return {code::kConnectionTimeout, 504, "Send timeout"};
        case ClientError::ConnectionClosed:
            return {code::kConnectionClosed, 502, "The endpoint closed the connection before it answered"};
        case ClientError::ConnectionReset:
            if (progress < Progress::Sent) return {code::kSenderIoSending, 502, "Error while sending to the endpoint"};
            return {code::kSenderIoReceiving, 502, "Error while receiving from the endpoint"};
        case ClientError::SendFailed:
            return {code::kSenderIoSending, 502, "Error while sending to the endpoint"};
        case ClientError::ProtocolError:
            return {code::kProtocolViolation, 502, "The endpoint violated the HTTP protocol"};
        case ClientError::RequestBodyFailed:
            return ofRequestBody(requestBody);
    }
    return {code::kMediation, 502, "The endpoint failed"};
}

}  // namespace

message::SendOutcome outcomeOf(ClientError error,
                               Progress progress,
                               std::string_view cause,
                               BodyStatus requestBody,
                               std::string_view endpoint,
                               std::string_view address) {
    const Meaning meaning = ofError(error, progress, requestBody);
    message::SendOutcome outcome;
    outcome.code = meaning.code;
    outcome.status = meaning.status;
    outcome.text = meaning.text;
    outcome.mayHaveReachedServer = progress >= Progress::Sending;
    outcome.callerFault = error == ClientError::RequestBodyFailed;
    outcome.detail = "endpoint ";
    outcome.detail += endpoint;
    outcome.detail += " at ";
    outcome.detail += address;
    outcome.detail += ": ";
    outcome.detail += cause.empty() ? meaning.text : cause;
    return outcome;
}

message::SendOutcome unavailable(int code, std::string text, const std::string& why) {
    message::SendOutcome outcome;
    outcome.code = code;
    outcome.status = 503;
    outcome.text = std::move(text);
    outcome.detail = outcome.text;
    if (!why.empty()) outcome.detail += ": " + why;
    return outcome;
}

}  // namespace myelin::endpoints
