#include "engine/simulate/backends.hpp"

#include <cerrno>
#include <utility>

#include "engine/http/status.hpp"
#include "engine/runtime/fiber.hpp"
#include "engine/simulate/body.hpp"

namespace myelin::simulate {

namespace {

using http::ClientError;
using http::Progress;
using runtime::Deadline;
using runtime::IoResult;
using runtime::IoStatus;

base::Duration elapsed() {
    return runtime::now() - runtime::VirtualLoop::kStart;
}

/// A connection to a server that says nothing: all that a probe by TCP needs.
class SilentStream final : public runtime::Stream {
public:
    IoResult read(char*, std::size_t, Deadline deadline, bool*) override {
        runtime::sleepUntil(deadline);
        return {IoStatus::TimedOut, 0, 0};
    }
    IoResult write(iovec* parts, int count, Deadline) override {
        IoResult result;
        for (int index = 0; index < count; ++index) result.bytes += parts[index].iov_len;
        return result;
    }
    bool readable() override { return false; }
    void shutdownWrite() noexcept override {}
    void close(bool) noexcept override {}
    runtime::IoWatch* watch() noexcept override { return nullptr; }
    int descriptor() const noexcept override { return -1; }
};

void fail(http::ClientResponse& response, ClientError error, Progress progress, std::string text) {
    response.error = error;
    response.progress = progress;
    response.errorText = std::move(text);
}

runtime::ConnectResult failure(const Poco::Net::SocketAddress& address, IoStatus status, int error, const char* why) {
    return {nullptr, status, error, "cannot connect to " + address.toString() + ": " + why};
}

}  // namespace

base::Duration Backends::drawn(const Latency& latency) {
    if (latency.jitter <= base::Duration::zero()) return latency.typical;
    const auto width = static_cast<std::uint64_t>(2 * latency.jitter.count() + 1);
    return latency.typical - latency.jitter + base::Duration(static_cast<base::Duration::rep>(chance_.below(width)));
}

void Backends::send(const http::Origin& origin,
                    const http::OutgoingRequest& request,
                    http::ClientResponse& response,
                    Deadline deadline) {
    response.reset();
    const std::string address = origin.host() + ':' + std::to_string(origin.port());
    const Backend& backend = script_.backend(address);
    BackendCounts& counts = counts_[address];
    ++counts.requests;
    const Period* period = backend.at(elapsed());
    const Trouble trouble = period ? period->trouble : Trouble::None;
    if (trouble == Trouble::Refuse) {
        ++counts.refused;
        return fail(response, ClientError::ConnectFailed, Progress::NotConnected, address + ": connection refused");
    }
    if (trouble == Trouble::Unreachable) {
        runtime::sleepUntil(deadline.earlier(Deadline::after(limits_.connectTime, runtime::now())));
        ++counts.timedOut;
        return fail(response,
                    ClientError::ConnectTimedOut,
                    Progress::NotConnected,
                    address + ": no answer within the time limit");
    }
    const bool breaks = trouble == Trouble::Reset || (backend.failures > 0 && chance_.share() < backend.failures);
    const auto wait = drawn(period && period->latency ? *period->latency : backend.latency);
    const auto responseTime = request.responseTime.value_or(limits_.responseTime);
    const Deadline patience = deadline.earlier(Deadline::after(responseTime, runtime::now()));
    const Deadline there = trouble == Trouble::Hang ? Deadline::never() : Deadline::after(wait, runtime::now());
    if (there.when() > patience.when()) {
        runtime::sleepUntil(patience);
        ++counts.timedOut;
        return fail(response, ClientError::ResponseTimedOut, Progress::Sent, "no answer in time");
    }
    runtime::sleepUntil(there);
    const Period* after = backend.at(elapsed());
    // A server that is gone in the meantime does not answer.
    if (breaks || (after && after->trouble == Trouble::Refuse)) {
        ++counts.broken;
        return fail(
            response, ClientError::ConnectionReset, Progress::Sent, "the connection broke before an answer came");
    }
    answer(backend, period, request, response, counts);
}

void Backends::answer(const Backend& backend,
                      const Period* period,
                      const http::OutgoingRequest& request,
                      http::ClientResponse& response,
                      BackendCounts& counts) {
    static const Answer kUsual{
        {},
        200,
        "text/xml",
        R"(<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body/></soapenv:Envelope>)"};
    const Answer* chosen = &kUsual;
    for (const auto& one : backend.answers) {
        if (!request.target.starts_with(one.path)) continue;
        chosen = &one;
        break;
    }
    auto& head = response.head;
    head.status = period && period->status != 0 ? period->status : chosen->status;
    head.reason = http::reasonPhrase(head.status);
    head.minorVersion = 1;
    head.keepAlive = true;
    head.headers.add("Content-Type", chosen->type);
    head.hasContentLength = true;
    head.contentLength = chosen->body.size();
    head.hasBody = !chosen->body.empty() && request.method != "HEAD" && head.status != 204 && head.status != 304;
    if (head.hasBody) {
        response.looked = std::make_unique<Body>(chosen->body);
        response.body = response.looked.get();
    }
    response.progress = Progress::ResponseBody;
    ++counts.answered;
    ++counts.statuses[head.status];
}

runtime::ResolveResult Backends::resolve(const std::string& host, std::uint16_t port, Deadline) {
    runtime::ResolveResult result;
    Poco::Net::IPAddress numeric;
    if (Poco::Net::IPAddress::tryParse(host, numeric)) {
        result.addresses.emplace_back(numeric, port);
    } else if (const auto known = script_.hosts.find(host); known != script_.hosts.end()) {
        for (const auto& address : known->second) result.addresses.emplace_back(address, port);
        if (result.addresses.empty()) result.error = "cannot resolve host '" + host + "': it has no address";
    } else {
        // 198.18.0.0/15 is set aside for benchmarks (RFC 2544).
        const std::size_t number = given_.size();
        const auto [entry, fresh] = given_.try_emplace(
            host, "198.18." + std::to_string(number / 256 % 256) + "." + std::to_string(number % 256));
        if (fresh) names_[entry->second] = host;
        result.addresses.emplace_back(entry->second, port);
    }
    return result;
}

runtime::ConnectResult Backends::connect(const Poco::Net::SocketAddress& address, Deadline deadline) {
    const std::string ip = address.host().toString();
    const auto name = names_.find(ip);
    const std::string key = (name == names_.end() ? ip : name->second) + ':' + std::to_string(address.port());
    ++counts_[key].probes;
    const Period* period = script_.backend(key).at(elapsed());
    const Trouble trouble = period ? period->trouble : Trouble::None;
    if (trouble == Trouble::Refuse) return failure(address, IoStatus::Failed, ECONNREFUSED, "connection refused");
    if (trouble == Trouble::Unreachable) {
        runtime::sleepUntil(deadline);
        return failure(address, IoStatus::TimedOut, ETIMEDOUT, "no answer within the time limit");
    }
    return {std::make_unique<SilentStream>(), IoStatus::Ok, 0, {}};
}

}  // namespace myelin::simulate
