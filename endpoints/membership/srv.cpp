#include "endpoints/membership/srv.hpp"

#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>

#include <array>
#include <cstring>

#include "engine/base/scope_exit.hpp"

namespace myelin::endpoints {

namespace {

constexpr int kSecondsPerTry = 2;
constexpr int kTries = 2;
constexpr int kFixedPart = 6;  // of a record's data: priority, weight, port

SrvAnswer failed(std::string why) {
    SrvAnswer answer;
    answer.error = std::move(why);
    return answer;
}

SrvAnswer parse(const unsigned char* bytes, int length) {
    ns_msg message;
    if (ns_initparse(bytes, length, &message) != 0) return failed("the name server's answer is broken");
    SrvAnswer answer;
    for (int i = 0; i < ns_msg_count(message, ns_s_an); ++i) {
        ns_rr record;
        if (ns_parserr(&message, ns_s_an, i, &record) != 0) return failed("the name server's answer is broken");
        // An alias stands before what it leads to.
        if (ns_rr_type(record) != ns_t_srv || ns_rr_rdlen(record) <= kFixedPart) continue;
        const unsigned char* data = ns_rr_rdata(record);
        std::array<char, NS_MAXDNAME> host{};
        const int used = dn_expand(
            ns_msg_base(message), ns_msg_end(message), data + kFixedPart, host.data(), static_cast<int>(host.size()));
        if (used < 0) return failed("the name server's answer is broken");
        SrvTarget target;
        target.priority = static_cast<std::uint16_t>(ns_get16(data));
        target.weight = static_cast<std::uint16_t>(ns_get16(data + 2));
        target.port = static_cast<std::uint16_t>(ns_get16(data + 4));
        target.host = host.data();
        // "." says that the service is decidedly not there.
        if (!target.host.empty() && target.host != "." && target.port != 0) answer.targets.push_back(std::move(target));
    }
    if (answer.targets.empty()) answer.error = "no servers are listed";
    return answer;
}

}  // namespace

SrvAnswer lookUpSrv(const std::string& name, const std::optional<Poco::Net::SocketAddress>& server) {
    struct __res_state state;
    std::memset(&state, 0, sizeof state);
    if (res_ninit(&state) != 0) return failed("the resolver cannot be set up");
    const base::ScopeExit close([&] { res_nclose(&state); });
    state.retrans = kSecondsPerTry;
    state.retry = kTries;
    if (server) {
        std::memcpy(&state.nsaddr_list[0], server->addr(), sizeof(sockaddr_in));
        state.nscount = 1;
    }
    std::array<unsigned char, 16 * 1024> bytes;
    const int length = res_nquery(&state, name.c_str(), ns_c_in, ns_t_srv, bytes.data(), bytes.size());
    if (length < 0) return failed(hstrerror(state.res_h_errno));
    return parse(bytes.data(), std::min(length, static_cast<int>(bytes.size())));
}

}  // namespace myelin::endpoints
