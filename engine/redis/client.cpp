#include "engine/redis/client.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <unordered_map>

#include "engine/base/scope_exit.hpp"
#include "engine/runtime/loop.hpp"

namespace myelin::redis {

namespace {

constexpr base::Milliseconds kProbeConnect{1000};

/// In the queue, and then with a connection, as often the wait.
constexpr int kPatience = 5;
/// Calls that are sent together.
constexpr std::size_t kMostOfBatch = 32;

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

struct Client::Slot {
    bool busy = false;  // guarded by the pool
    std::unique_ptr<Connection> connection;
};

struct Client::Pool {
    static constexpr std::size_t kSlots = 4;
    std::mutex mutex;
    std::array<Slot, kSlots> slots;
    std::deque<std::shared_ptr<Call>> queue;  // not empty only while all are busy
};

Client::Client(Options options, Changed changed)
    : options_(std::move(options)), changed_(std::move(changed)), id_(nextId()), blocking_(std::make_unique<Pool>()) {}

Client::~Client() = default;

base::TimePoint Client::since() const noexcept {
    return base::TimePoint(base::TimePoint::duration(since_.load(std::memory_order_acquire)));
}

// Streams belong to the loop in which they were opened, so each thread with a loop has its own.
Client::Pool& Client::pool() {
    if (runtime::Loop::current() == nullptr) return *blocking_;
    thread_local std::unordered_map<std::uint64_t, std::unique_ptr<Pool>> pools;
    auto& own = pools[id_];
    if (!own) own = std::make_unique<Pool>();
    return *own;
}

std::vector<Reply> Client::call(std::string_view commands, std::size_t count, runtime::Deadline deadline) {
    if (!available()) return {};
    Pool& all = pool();
    const auto call = std::make_shared<Call>(commands, count);
    {
        const std::lock_guard lock(all.mutex);
        // The first rather than the last, so that few are opened.
        const auto free = std::find_if(all.slots.begin(), all.slots.end(), [](const Slot& slot) { return !slot.busy; });
        if (free != all.slots.end()) {
            free->busy = true;
            call->slot = &*free;
            call->state = Call::State::Leads;
        } else {
            all.queue.push_back(call);
        }
    }
    const auto patience = [&] { return runtime::Deadline::after(kPatience * options_.wait, runtime::now()); };
    for (;;) {
        auto state = Call::State::Queued;
        {
            const std::lock_guard lock(all.mutex);
            state = call->state;
        }
        if (state == Call::State::Leads) return lead(all, *call->slot, call, deadline);
        if (state == Call::State::Ended) return std::move(call->replies);
        const bool woken = call->changed.wait(deadline.earlier(patience()));
        const std::lock_guard lock(all.mutex);
        if (woken || call->state != state) continue;
        std::erase(all.queue, call);
        return {};
    }
}

/// With a slot. It takes others along, unless it has too little time itself.
std::vector<Reply> Client::lead(Pool& pool, Slot& slot, const std::shared_ptr<Call>& call, runtime::Deadline deadline) {
    Batch batch{call};
    std::size_t at = 0;  // whose answers come
    const base::ScopeExit free([&] {
        for (std::size_t i = std::max<std::size_t>(at, 1); i < batch.size(); ++i) {
            batch[i]->replies.clear();
            end(pool, *batch[i]);
        }
        passOn(pool, slot);
    });
    const unsigned generation = generation_.load(std::memory_order_acquire);
    // It may have gone away while others had the connection.
    // The loop's clock may lie behind by a turn that takes long, which is not the server's time.
    const auto begin = base::Clock::now();
    if (!available() || deadline.expired(begin)) return {};
    const auto most = runtime::Deadline::after(kPatience * options_.wait, begin);
    const Connection::Pace pace{runtime::Deadline::after(options_.wait, begin), options_.wait, most.earlier(deadline)};
    std::string together;
    std::size_t count = call->count;
    if (deadline.when() >= most.when()) {
        const std::lock_guard lock(pool.mutex);
        // The rest is for those who are next with the other connections.
        const auto share = std::min(kMostOfBatch, 1 + (pool.queue.size() + Pool::kSlots - 1) / Pool::kSlots);
        while (!pool.queue.empty() && batch.size() < share) {
            auto& next = batch.emplace_back(std::move(pool.queue.front()));
            pool.queue.pop_front();
            next->state = Call::State::Follows;
            if (together.empty()) together = call->commands;
            together += next->commands;
            count += next->count;
        }
    }
    std::string refused;
    const auto answered = [&](Reply&& reply) {
        if (reply.kind == Reply::Kind::Error && refused.empty()) refused = reply.text;
        Call& whose = *batch[at];
        whose.replies.push_back(std::move(reply));
        if (whose.replies.size() < whose.count) return;
        if (firstError(whose.replies) != nullptr) whose.replies.clear();
        if (at != 0) end(pool, whose);
        ++at;
    };
    auto result = attempt(slot, together.empty() ? call->commands : together, count, answered, pace);
    if (at == 0) call->replies.clear();
    if (!refused.empty()) result = {false, "it answered: " + refused};
    // Who ran out of time of his own, or while it went on answering, says nothing of the server.
    if (!result.done && (!refused.empty() || !pace.all.expired(runtime::now()))) goAway(generation, result.error);
    return std::move(call->replies);
}

void Client::end(Pool& pool, Call& call) {
    {
        const std::lock_guard lock(pool.mutex);
        call.state = Call::State::Ended;
    }
    call.changed.set();
}

void Client::passOn(Pool& pool, Slot& slot) {
    std::shared_ptr<Call> next;
    {
        const std::lock_guard lock(pool.mutex);
        slot.busy = !pool.queue.empty();
        if (!slot.busy) return;
        next = std::move(pool.queue.front());
        pool.queue.pop_front();
        next->slot = &slot;
        next->state = Call::State::Leads;
    }
    next->changed.set();
}

Client::Attempt Client::attempt(Slot& slot,
                                std::string_view commands,
                                std::size_t count,
                                const std::function<void(Reply&&)>& answered,
                                const Connection::Pace& pace) {
    if (slot.connection && !slot.connection->usable()) {
        slot.connection = nullptr;
        forgetful();
    }
    for (;;) {
        const bool reused = slot.connection != nullptr;
        if (!reused) {
            auto opened = Connection::open(options_.server, pace.first.earlier(pace.all));
            if (!opened.connection) return {false, std::move(opened.error)};
            slot.connection = std::move(opened.connection);
        }
        const auto outcome = slot.connection->call(commands, count, answered, pace);
        if (outcome == Connection::Outcome::Done) return {true, {}};
        slot.connection = nullptr;
        // It ended while it was idle.
        if (!reused || outcome != Connection::Outcome::Lost) return {false, std::string(toString(outcome))};
        forgetful();
    }
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
    // A server that answers but takes nothing (it is full, or a replica), or no scripts, would be away again with the
    // next call.
    const std::string write =
        command({"SET", options_.probeKey, "1", "PX", "1000"}) + command({"EVAL", "return 0", "0"});
    std::vector<Reply> replies;
    const auto deadline = runtime::Deadline::after(options_.wait, runtime::now());
    if (opened.connection->call(write, 2, replies, deadline) != Connection::Outcome::Done) return;
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
