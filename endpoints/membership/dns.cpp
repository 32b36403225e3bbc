#include <Poco/Exception.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "endpoints/membership/polled.hpp"
#include "endpoints/membership/srv.hpp"
#include "engine/base/strings.hpp"
#include "engine/runtime/loop.hpp"
#include "engine/runtime/offload.hpp"
#include "engine/runtime/resolver.hpp"

namespace myelin::endpoints {

namespace {

constexpr base::Milliseconds kLongestLookUp{10'000};
constexpr std::string_view kSrvPrefix = "srv:";

struct Name {
    std::string host;  ///< or the name of the SRV records
    std::uint16_t port = 0;
    bool srv = false;
};

/// Members by the names of the Domain Name System: all addresses of a host with a port, or all servers in SRV records.
class DnsMembership final : public PolledMembership {
public:
    DnsMembership(std::vector<Name> names,
                  std::string subject,
                  bool secure,
                  std::optional<Poco::Net::SocketAddress> server,
                  base::Duration period)
        : PolledMembership(period),
          names_(std::move(names)),
          subject_(std::move(subject)),
          secure_(secure),
          server_(std::move(server)) {}

    std::optional<bool> secure() const noexcept override { return secure_; }

protected:
    Found lookUp() override {
        Found found;
        for (const Name& name : names_) {
            const std::string error = name.srv ? servers(name, found.members) : addresses(name, found.members);
            if (!error.empty()) found.error += (found.error.empty() ? "" : "; ") + name.host + ": " + error;
        }
        return found;
    }
    std::string subject() const override { return "DNS names " + subject_; }

private:
    void add(std::string host, std::uint16_t port, bool secondary, Members& members) const {
        Member member;
        member.host = std::move(host);
        (secure_ ? member.httpsPort : member.httpPort) = port;
        member.secondary = secondary;
        const auto same = std::find_if(members.begin(), members.end(), [&](const Member& one) {
            return one.host == member.host && one.port(secure_) == port;
        });
        if (same == members.end())
            members.push_back(std::move(member));
        else
            same->secondary = same->secondary && secondary;
    }

    std::string addresses(const Name& name, Members& members) const {
        // A certificate names the host, not its addresses; the transport tries these in turn.
        if (secure_) {
            add(name.host, name.port, false, members);
            return {};
        }
        const auto answer =
            runtime::resolve(name.host, name.port, runtime::Deadline::after(kLongestLookUp, runtime::now()));
        // Servers rotate their answers, which changes nothing.
        std::vector<std::string> hosts;
        for (const auto& address : answer.addresses) hosts.push_back(address.host().toString());
        std::sort(hosts.begin(), hosts.end());
        for (auto& host : hosts) add(std::move(host), name.port, false, members);
        return answer.error;
    }

    std::string servers(const Name& name, Members& members) const {
        SrvAnswer answer;
        try {
            answer = runtime::offload([&] { return lookUpSrv(name.host, server_); });
        } catch (const runtime::BlockingPoolFull& full) {
            return full.what();
        }
        // Those with a higher number are for when the first cannot be reached.
        std::uint16_t best = UINT16_MAX;
        for (const auto& target : answer.targets) best = std::min(best, target.priority);
        std::sort(answer.targets.begin(), answer.targets.end(), [](const SrvTarget& left, const SrvTarget& right) {
            return std::tie(left.priority, left.host, left.port) < std::tie(right.priority, right.host, right.port);
        });
        for (auto& target : answer.targets) {
            add(std::move(target.host), target.port, target.priority != best, members);
        }
        return answer.error;
    }

    std::vector<Name> names_;
    std::string subject_;
    bool secure_;
    std::optional<Poco::Net::SocketAddress> server_;
};

std::optional<Name> parseName(std::string_view text) {
    Name name;
    if (base::startsWithIgnoreCase(text, kSrvPrefix)) {
        name.srv = true;
        name.host = base::trim(text.substr(kSrvPrefix.size()));
        return name.host.empty() ? std::nullopt : std::optional(name);
    }
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return std::nullopt;
    const auto port = base::parseNumber<std::uint16_t>(base::trim(text.substr(colon + 1)));
    if (!port || *port == 0) return std::nullopt;
    name.host = base::trim(text.substr(0, colon));
    name.port = *port;
    return name;
}

std::shared_ptr<MembershipHandler> makeDns(MembershipProperties& properties) {
    const std::string hosts = properties.required("hosts");
    const std::string server = properties.text("server");
    const std::string scheme = properties.text("scheme");
    constexpr double kDay = 86'400;
    const double interval = properties.decimal("interval", 0.1, kDay, 30);

    std::vector<Name> names;
    for (const auto part : base::split(hosts, ",")) {
        const auto text = base::trim(part);
        if (text.empty()) continue;
        if (auto name = parseName(text)) {
            names.push_back(std::move(*name));
        } else {
            properties.error("hosts",
                             "\"" + std::string(text) + "\" is no name to look up",
                             "write host:port, or srv:_service._proto.name");
        }
    }
    if (!scheme.empty() && scheme != "http" && scheme != "https") {
        properties.error("scheme", "\"" + scheme + "\" is no scheme", "it is http or https");
    }
    std::optional<Poco::Net::SocketAddress> address;
    if (!server.empty()) {
        try {
            address.emplace(Poco::Net::SocketAddress::IPv4, server);
        } catch (const Poco::Exception&) {
            properties.error("server", "\"" + server + "\" is no name server", "write an IPv4 address and a port");
        }
    }
    return std::make_shared<DnsMembership>(
        std::move(names),
        hosts,
        scheme == "https",
        address,
        std::chrono::duration_cast<base::Duration>(std::chrono::duration<double>(interval)));
}

const config::Registration<MembershipFactory> kRegistered{membershipHandlerRegistry(), "myelin.dns", &makeDns};

}  // namespace

}  // namespace myelin::endpoints
