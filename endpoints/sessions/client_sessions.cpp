#include "endpoints/sessions/client_sessions.hpp"

#include <optional>
#include <utility>

#include "endpoints/sessions/soap_header.hpp"
#include "engine/base/strings.hpp"
#include "engine/config/element.hpp"

namespace myelin::endpoints {

namespace {

/// The value in "/path?a=1&b=2", as it is written.
std::string_view argumentIn(std::string_view target, std::string_view name) {
    const auto question = target.find('?');
    if (question == std::string_view::npos) return {};
    auto rest = target.substr(question + 1);
    while (!rest.empty()) {
        const auto end = std::min(rest.find('&'), rest.size());
        const auto argument = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (argument.size() > name.size() && argument[name.size()] == '=' && argument.starts_with(name)) {
            return argument.substr(name.size() + 1);
        }
    }
    return {};
}

class ClientSessions final : public SessionType {
public:
    ClientSessions(std::string header, std::string query) : header_(std::move(header)), query_(std::move(query)) {}

    std::vector<std::string> idsIn(message::MessageContext& context, runtime::Deadline deadline) const override {
        std::string id;
        if (!header_.empty()) {
            id = base::trim(std::as_const(context).headers().get(header_).value_or(std::string_view()));
        }
        if (id.empty() && !query_.empty()) {
            id = argumentIn(context.exchange().server().request().target, query_);
        }
        if (id.empty()) {
            id = soapHeaderText(context, {{config::kSynapseNamespace, "ClientID"}}, deadline);
        }
        if (id.empty() || id.size() > kLongestSessionId) return {};
        return {std::move(id)};
    }
    bool clientNames() const noexcept override { return true; }

private:
    std::string header_;
    std::string query_;
};

}  // namespace

std::unique_ptr<const SessionType> clientSessions(std::string header, std::string query) {
    return std::make_unique<ClientSessions>(std::move(header), std::move(query));
}

}  // namespace myelin::endpoints
