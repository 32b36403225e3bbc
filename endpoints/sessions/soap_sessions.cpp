#include "endpoints/sessions/soap_sessions.hpp"

#include <utility>

#include "endpoints/sessions/soap_header.hpp"
#include "engine/message/content.hpp"

namespace myelin::endpoints {

namespace {

constexpr HeaderName kServiceGroup{"http://ws.apache.org/namespaces/axis2", "ServiceGroupId"};

std::vector<std::string> asId(std::string text) {
    if (text.empty() || text.size() > kLongestSessionId) return {};
    return {std::move(text)};
}

class SoapSessions final : public SessionType {
public:
    std::vector<std::string> idsIn(message::MessageContext& context, runtime::Deadline deadline) const override {
        return asId(soapHeaderText(context, {kServiceGroup}, deadline));
    }
    bool clientNames() const noexcept override { return false; }
    std::vector<std::string> idsIn(http::ClientResponse& reply, runtime::Deadline deadline) const override {
        return asId(soapHeaderText(reply,
                                   {{message::kAddressingNamespace, "ReplyTo"},
                                    {message::kAddressingNamespace, "ReferenceParameters"},
                                    kServiceGroup},
                                   deadline));
    }
    void withdraw(message::MessageContext& context, runtime::Deadline deadline) const override {
        removeSoapHeader(context, kServiceGroup, deadline);
    }
};

}  // namespace

std::unique_ptr<const SessionType> soapSessions() {
    return std::make_unique<SoapSessions>();
}

}  // namespace myelin::endpoints
