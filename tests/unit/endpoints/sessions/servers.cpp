#include "tests/unit/endpoints/sessions/servers.hpp"

#include <boost/test/unit_test.hpp>

#include "endpoints/sessions/stores.hpp"
#include "engine/base/strings.hpp"

namespace myelin::endpoints::test {

namespace {

std::map<std::string, Server> servers;
std::string takenSoFar;

class ServerEndpoint final : public message::Endpoint {
public:
    explicit ServerEndpoint(std::string id) : id_(std::move(id)) {}

    message::SendOutcome send(message::MessageContext& context,
                              http::ClientResponse& reply,
                              runtime::Deadline deadline) const override {
        auto& mine = Server::of(id_);
        mine.cookie.clear();
        for (const auto& field : std::as_const(context).headers()) {
            if (field.id != http::HeaderId::Cookie) continue;
            mine.cookie += (mine.cookie.empty() ? "" : " | ") + std::string(field.value);
        }
        mine.body.clear();
        const auto body = context.payload().outgoing();
        mine.body = body.bytes;
        while (body.source) {
            const auto part = body.source->next(deadline);
            if (part.status != http::BodyStatus::Data) break;
            mine.body += part.bytes;
        }
        if (mine.asked) mine.asked();
        if (mine.fails != 0) {
            takenSoFar += base::toLowerAscii(id_.front());
            message::SendOutcome outcome;
            outcome.code = mine.fails;
            outcome.detail = id_ + " failed";
            outcome.mayHaveReachedServer = mine.reaches;
            outcome.retryForbidden = mine.retryForbidden;
            return outcome;
        }
        takenSoFar += id_;
        for (const auto& cookie : mine.sets) reply.head.headers.add("Set-Cookie", cookie);
        if (!mine.answers.empty()) {
            reply.head.headers.add("Content-Type", "text/xml");
            body_ = std::make_unique<StreamedBody>(1, mine.answers);
            reply.body = body_.get();
        }
        return message::SendOutcome::success();
    }
    bool ready(runtime::TimePoint) const noexcept override { return !Server::of(id_).down; }
    std::string_view name() const noexcept override { return id_; }
    message::Bounds bounds() const noexcept override { return {1, base::Milliseconds(1)}; }
    std::string condition(runtime::TimePoint now) const override { return ready(now) ? "" : id_ + " is down"; }

private:
    std::string id_;
    mutable std::unique_ptr<StreamedBody> body_;
};

std::unique_ptr<message::Endpoint> makeServer(config::Element&,
                                              config::Element& kind,
                                              const config::EndpointPosition&,
                                              config::Build&) {
    return std::make_unique<ServerEndpoint>(kind.required("id"));
}

const config::Registration<config::EndpointFactory> kServer{
    config::endpointRegistry(), "server", {&makeServer, 1001, false, false}};

}  // namespace

std::string Server::taken() {
    return std::exchange(takenSoFar, {});
}

Server& Server::of(const std::string& id) {
    return servers[id];
}

void Server::reset() {
    servers.clear();
    takenSoFar.clear();
}

Group::Group(const std::string& xml) : setup(xml), kept(sessionStoreFor(setup.build())), endpoint(setup.endpoint()) {
    BOOST_REQUIRE_MESSAGE(endpoint && setup.findings().find("error") == std::string::npos, setup.findings());
}

std::string Group::with(const std::vector<std::pair<std::string, std::string>>& fields) {
    Message message;
    for (const auto& [name, value] : fields) message.context().headers().add(name, value);
    last = message.send(*endpoint);
    lastSets.clear();
    for (const auto& field : message.reply().head.headers) {
        if (field.id == http::classifyHeader("Set-Cookie")) lastSets.emplace_back(field.value);
    }
    return Server::taken();
}

std::string server(const std::string& id, const std::string& more) {
    return "<endpoint name='" + id + "'><server id='" + id + "'/>" + more + "</endpoint>";
}

std::string sessions(const std::string& attributes,
                     const std::string& children,
                     const std::string& inside,
                     const std::string& name) {
    return "<endpoint name='" + name + "'><session " + attributes + ">" + inside + "</session><loadbalance>" +
           children + "</loadbalance></endpoint>";
}

std::string clients(const std::string& children, const std::string& inside, const std::string& name) {
    return sessions("type='simpleClientSession' header='X-Client'", children, inside, name);
}

std::string envelope(const std::string& header, bool soap12, const std::string& body) {
    const std::string uri =
        soap12 ? "http://www.w3.org/2003/05/soap-envelope" : "http://schemas.xmlsoap.org/soap/envelope/";
    return "<?xml version='1.0'?><!-- > --><s:Envelope xmlns:s='" + uri + "'><s:Header>" + header +
           "</s:Header><s:Body>" + body + "</s:Body></s:Envelope>";
}

}  // namespace myelin::endpoints::test
