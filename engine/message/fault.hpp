#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <utility>

namespace myelin::message {

/// Codes that Synapse puts into ERROR_CODE. One integer type everywhere.
namespace error_code {
constexpr int kMediation = 0;  ///< anything a mediator raised
constexpr int kReceiverIoSending = 101000;
constexpr int kReceiverIoReceiving = 101001;
constexpr int kSenderIoSending = 101500;
constexpr int kSenderIoReceiving = 101501;
constexpr int kConnectionFailed = 101503;
constexpr int kConnectionTimeout = 101504;  ///< no answer in time, also the endpoint's own <timeout>
constexpr int kConnectionClosed = 101505;
constexpr int kProtocolViolation = 101506;
constexpr int kConnectCancel = 101507;
constexpr int kConnectTimeout = 101508;
constexpr int kSendAbort = 101509;
constexpr int kResponseProcessing = 101510;
constexpr int kGroupNoneReady = 303000;
constexpr int kLeafNotReady = 303001;
constexpr int kAuthFailure = 303003;   ///< an http endpoint could not get its access token
constexpr int kLimitReached = 303010;  ///< an endpoint has as many messages under way as its <limit> allows
constexpr int kRateExceeded = 303011;  ///< an endpoint has got as many messages as its <rateLimit> allows
constexpr int kIndirectNotReady = 305100;
constexpr int kEndpointCustom = 500000;  ///< a SOAP fault that the message wants to count as a failure
constexpr int kMessageParsing = 601000;  ///< the body is not what a mediator needs it to be
}  // namespace error_code

/// A failure of mediation: unwinds to the nearest sequence with onError, then to the fault sequence of the proxy, API
/// or engine, and becomes ERROR_CODE, ERROR_MESSAGE and ERROR_DETAIL there (Synapse's fault stack).
class MediationFault : public std::exception {
public:
    MediationFault(int code, std::string text, std::string detail = {})
        : code_(code), text_(std::move(text)), detail_(std::move(detail)) {}

    int code() const noexcept { return code_; }
    const std::string& text() const noexcept { return text_; }
    const std::string& detail() const noexcept { return detail_.empty() ? text_ : detail_; }
    const char* what() const noexcept override { return text_.c_str(); }

    /// The HTTP status that the client gets when no fault sequence answers: 500 unless the cause says otherwise (502,
    /// 503 and 504 for backends, 400 and 413 for the client's own body).
    int status() const noexcept { return status_; }
    MediationFault& withStatus(int status) noexcept {
        status_ = status;
        return *this;
    }

    /// Seconds after which the client may try again, for the Retry-After of that answer; 0: nothing is known.
    std::uint32_t retryAfter() const noexcept { return retryAfter_; }
    MediationFault& withRetryAfter(std::uint32_t seconds) noexcept {
        retryAfter_ = seconds;
        return *this;
    }

    /// The innermost step in which it happened, for logs: "log at main.xml:12 in sequence main"; empty when unknown.
    const std::string& where() const noexcept { return where_; }
    void setWhere(std::string where) { where_ = std::move(where); }

private:
    int code_;
    std::string text_;
    std::string detail_;
    std::string where_;
    int status_ = 500;
    std::uint32_t retryAfter_ = 0;
};

}  // namespace myelin::message
