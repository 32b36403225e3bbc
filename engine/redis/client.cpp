#include "engine/redis/client.hpp"

#include <unordered_map>

#include "engine/base/scope_exit.hpp"
#include "engine/runtime/loop.hpp"

namespace myelin::redis {

namespace {

constexpr base::Milliseconds kProbeConnect{1000};

std::uint64_t nextId() {
    static std::atomic<std::uint64_t> last{0};
    return last.fetch_add(1, std::memory_order_relaxed);
}

const Reply* firstError(const std::vector<Reply>& replies) {
    for (const Reply& reply : replies) {
        if (reply.kind == Reply::Kind::Error) return &reply;
    }
    return nullptr;
}

}  // namespace

Client::Client(Options options, Changed changed)
    : options_(std::move(options)), changed_(std::move(changed)), id_(nextId()) {}

Client::~Client() = default;

base::TimePoint Client::since() const noexcept {
    return base::TimePoint(base::TimePoint::duration(since_.load(std::memory_order_acquire)));
}

// Streams belong to the loop in which they were opened, so each thread with a loop has its own.
Client::Pool& Client::pool() {
    if (runtime::Loop::current() == nullptr) return blocking_;
    thread_local std::unordered_map<std::uint64_t, std::unique_ptr<Pool>> pools;
    auto& own = pools[id_];
    if (!own) own = std::make_unique<Pool>();
    return *own;
}

/// A free one, the first rather than the last so that few are opened; else, in turn, one that becomes free in time.
Client::Slot* Client::take(runtime::Deadline deadline) {
    Pool& all = pool();
    for (Slot& slot : all.slots) {
        if (slot.busy.tryLock()) return &slot;
    }
    Slot& slot = all.slots[all.turn.fetch_add(1, std::memory_order_relaxed) % Pool::kSlots];
    return slot.busy.lockUntil(deadline) ? &slot : nullptr;
}

std::vector<Reply> Client::call(std::string_view commands, std::size_t count, runtime::Deadline deadline) {
    const unsigned generation = generation_.load(std::memory_order_acquire);
    if (!available()) return {};
    const auto own = runtime::Deadline::after(options_.wait, runtime::now());
    const auto limit = deadline.earlier(own);
    Slot* const slot = take(limit);
    if (slot == nullptr) return {};
    const base::ScopeExit free([slot] { slot->busy.unlock(); });
    // It may have gone away while others had the connection.
    if (!available()) return {};
    std::vector<Reply> replies;
    const Attempt result = attempt(*slot, commands, count, replies, limit);
    if (result.done) return replies;
    // Who ran out of time of his own says nothing of the server.
    const bool ownTime = deadline.when() < own.when() && deadline.expired(runtime::now());
    if (!ownTime) goAway(generation, result.error);
    return {};
}

Client::Attempt Client::attempt(
    Slot& slot, std::string_view commands, std::size_t count, std::vector<Reply>& replies, runtime::Deadline deadline) {
    if (slot.connection && !slot.connection->usable()) {
        slot.connection = nullptr;
        forgetful();
    }
    for (;;) {
        const bool reused = slot.connection != nullptr;
        if (!reused) {
            auto opened = Connection::open(options_.server, deadline);
            if (!opened.connection) return {false, std::move(opened.error)};
            slot.connection = std::move(opened.connection);
        }
        const auto outcome = slot.connection->call(commands, count, replies, deadline);
        if (outcome == Connection::Outcome::Done) break;
        slot.connection = nullptr;
        // It ended while it was idle.
        if (!reused || outcome != Connection::Outcome::Lost) return {false, std::string(toString(outcome))};
        forgetful();
    }
    if (const Reply* const error = firstError(replies)) return {false, "it answered: " + error->text};
    return {true, {}};
}

void Client::forgetful() {
    since_.store(runtime::now().time_since_epoch().count(), std::memory_order_release);
}

void Client::goAway(unsigned generation, const std::string& why) {
    {
        const std::lock_guard lock(mutex_);
        if (!generation_.compare_exchange_strong(generation, generation + 1, std::memory_order_acq_rel)) return;
        available_.store(false, std::memory_order_release);
        probing_ = std::make_unique<runtime::PeriodicTask>(options_.probePeriod, [weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->probe();
        });
    }
    changed_(false, why);
}

void Client::probe() {
    if (available()) return;
    auto opened = Connection::open(options_.server, runtime::Deadline::after(kProbeConnect, runtime::now()));
    if (!opened.connection) return;
    // A server that answers but takes nothing (it is full, or a replica) would be away again with the next call.
    const std::string write = command({"SET", options_.probeKey, "1", "PX", "1000"});
    std::vector<Reply> replies;
    const auto deadline = runtime::Deadline::after(options_.wait, runtime::now());
    if (opened.connection->call(write, 1, replies, deadline) != Connection::Outcome::Done) return;
    if (firstError(replies) != nullptr) return;
    {
        const std::lock_guard lock(mutex_);
        if (available()) return;
        forgetful();
        probing_ = nullptr;
        generation_.fetch_add(1, std::memory_order_acq_rel);
        available_.store(true, std::memory_order_release);
    }
    changed_(true, {});
}

}  // namespace myelin::redis
