#include "engine/runtime/resolver.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <mutex>
#include <unordered_map>

#include "engine/runtime/loop_core.hpp"
#include "engine/runtime/offload.hpp"
#include "engine/runtime/sync.hpp"
#include "engine/runtime/virtual_loop.hpp"

namespace myelin::runtime {

namespace {

using Addresses = std::vector<Poco::Net::IPAddress>;

constexpr auto kGoodFor = std::chrono::seconds(30);
constexpr auto kFailureFor = std::chrono::seconds(1);
constexpr auto kUsedWhileRenewedFor = std::chrono::minutes(5);
// Names can come from messages (the To header); their number must not grow without end.
constexpr std::size_t kMostNames = 1024;

ResolveResult found(const Addresses& addresses, std::uint16_t port) {
    ResolveResult result;
    result.addresses.reserve(addresses.size());
    for (const auto& address : addresses) result.addresses.emplace_back(address, port);
    return result;
}

ResolveResult failed(const std::string& host, const std::string& why, bool timedOut = false) {
    return {{}, "cannot resolve host '" + host + "': " + why, timedOut};
}

Resolver::Answer askSystem(const std::string& host) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
    if (error != 0) return {{}, error == EAI_SYSTEM ? std::strerror(errno) : ::gai_strerror(error)};
    Resolver::Answer answer;
    for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
        if (entry->ai_family == AF_INET || entry->ai_family == AF_INET6)
            answer.addresses.push_back(Poco::Net::SocketAddress(entry->ai_addr, entry->ai_addrlen).host());
    }
    ::freeaddrinfo(list);
    if (answer.addresses.empty()) answer.error = "it has no IPv4 or IPv6 address";
    return answer;
}

std::string withoutBrackets(const std::string& host) {
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    return bracketed ? host.substr(1, host.size() - 2) : host;
}

}  // namespace

struct Resolver::State {
    /// One look-up under way, and everybody who waits for it.
    struct Pending {
        Event ended;
        Answer answer;  // written before `ended` is set, read after
    };
    struct Entry {
        Addresses good;  // the last good answer
        TimePoint goodSince{};
        std::string error;  // of the last look-up, when that failed
        TimePoint askAgain{};
        std::shared_ptr<Pending> pending;
    };

    explicit State(LookUp f) : lookUp(std::move(f)) {}

    /// Under the lock: makes room before a name is added.
    void evict(TimePoint now) {
        if (entries.size() < kMostNames) return;
        for (auto at = entries.begin(); at != entries.end();)
            at = !at->second.pending && at->second.askAgain <= now ? entries.erase(at) : std::next(at);
        for (auto at = entries.begin(); entries.size() >= kMostNames && at != entries.end();)
            at = !at->second.pending ? entries.erase(at) : std::next(at);
    }

    void learn(const std::string& host, const Answer& answer, TimePoint now) {
        const std::lock_guard lock(mutex);
        Entry& entry = entries[host];
        entry.pending.reset();
        entry.error = answer.error;
        if (answer.addresses.empty()) {
            entry.askAgain = now + kFailureFor;
        } else {
            entry.good = answer.addresses;
            entry.goodSince = now;
            entry.askAgain = now + kGoodFor;
        }
    }

    const LookUp lookUp;
    std::mutex mutex;  // never held across a suspension
    std::unordered_map<std::string, Entry> entries;
};

Resolver::Resolver(BlockingPool& pool, LookUp lookUp)
    : pool_(pool), state_(std::make_shared<State>(std::move(lookUp))) {}

ResolveResult Resolver::resolve(const std::string& host, std::uint16_t port, Deadline deadline, TimePoint now) {
    if (host.empty()) return failed(host, "it is empty");
    Poco::Net::IPAddress numeric;
    if (Poco::Net::IPAddress::tryParse(withoutBrackets(host), numeric)) return found({numeric}, port);

    std::shared_ptr<State::Pending> pending;
    Addresses stale;
    {
        const std::lock_guard lock(state_->mutex);
        auto at = state_->entries.find(host);
        if (at == state_->entries.end()) {
            state_->evict(now);
            at = state_->entries.try_emplace(host).first;
        }
        State::Entry& entry = at->second;
        const bool failing = !entry.error.empty();
        const bool current = now < entry.askAgain;
        if (current && !entry.good.empty()) return found(entry.good, port);
        if (current) return failed(host, entry.error);
        if (!entry.pending) {
            auto started = std::make_shared<State::Pending>();
            const bool taken = pool_.submit([state = state_, started, host, now] {
                const TimePoint begin = Clock::now();
                started->answer = state->lookUp(host);
                state->learn(host, started->answer, now + (Clock::now() - begin));
                started->ended.set();
            });
            if (!taken) return entry.good.empty() ? failed(host, BlockingPoolFull().what()) : found(entry.good, port);
            entry.pending = std::move(started);
        }
        if (!entry.good.empty() && (failing || now - entry.goodSince < kUsedWhileRenewedFor))
            return found(entry.good, port);
        pending = entry.pending;
        stale = entry.good;
    }
    const bool ended = pending->ended.wait(deadline);
    if (ended && !pending->answer.addresses.empty()) return found(pending->answer.addresses, port);
    if (!stale.empty()) return found(stale, port);
    return ended ? failed(host, pending->answer.error) : failed(host, "no answer within the time limit", true);
}

ResolveResult resolve(const std::string& host, std::uint16_t port, Deadline deadline) {
    if (tLoopCore != nullptr && tLoopCore->network != nullptr) {
        return tLoopCore->network->resolve(host, port, deadline);
    }
    // Never destroyed: look-ups may still run when the process ends.
    static Resolver& resolver = *new Resolver(BlockingPool::instance(), askSystem);
    return resolver.resolve(host, port, deadline, now());
}

}  // namespace myelin::runtime
