#include "engine/dispatch/dispatcher.hpp"

#include <exception>
#include <string>
#include <utility>

#include "engine/dispatch/flow.hpp"
#include "engine/message/exchange.hpp"
#include "engine/observe/log.hpp"

namespace myelin::dispatch {

/// What one thread holds of one dispatcher. The count is of messages in flight on this thread only.
struct Dispatcher::ThreadView {
    struct Held {
        std::shared_ptr<const Router> router;
        std::size_t users = 0;
        bool current = true;
    };
    const Dispatcher* owner = nullptr;
    std::uint64_t generation = 0;
    Held* held = nullptr;

    ~ThreadView() { retire(); }
    void retire() noexcept {
        Held* old = std::exchange(held, nullptr);
        if (!old) return;
        old->current = false;
        if (old->users == 0) delete old;
    }
};

struct Dispatcher::Lease {
    explicit Lease(ThreadView& view) noexcept : held(view.held) { ++held->users; }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() {
        if (--held->users == 0 && !held->current) delete held;
    }
    ThreadView::Held* held;
};

namespace {
// Never repeated, so that a view cannot take a new dispatcher at an old one's address for the old one.
std::atomic<std::uint64_t> nextGeneration{1};
}  // namespace

Dispatcher::Dispatcher(std::shared_ptr<const Router> router)
    : latest_(std::move(router)), generation_(nextGeneration.fetch_add(1)) {}

Dispatcher::~Dispatcher() = default;

Dispatcher::ThreadView& Dispatcher::view() {
    thread_local ThreadView mine;
    const std::uint64_t generation = generation_.load(std::memory_order_acquire);
    if (mine.owner != this || mine.generation != generation) [[unlikely]] {
        mine.retire();
        const std::lock_guard lock(mutex_);
        mine.owner = this;
        mine.generation = generation_.load(std::memory_order_relaxed);
        mine.held = new ThreadView::Held{latest_, 0, true};
    }
    return mine;
}

void Dispatcher::replace(std::shared_ptr<const Router> router) {
    const std::lock_guard lock(mutex_);
    latest_ = std::move(router);
    generation_.store(nextGeneration.fetch_add(1), std::memory_order_release);
}

void Dispatcher::refreshThread() {
    view();
}

void Dispatcher::handle(http::ServerExchange& server) noexcept {
    const Lease lease(view());
    std::string failure;
    try {
        message::Exchange exchange(server, lease.held->router->configuration());
        ExchangeFlow(*lease.held->router, exchange).run();
        return;
    } catch (const std::exception& thrown) {
        failure = thrown.what();
    }
    observe::log(observe::Level::Error, "dispatch", "a request failed inside Myelin: " + failure);
    if (server.answered()) return;
    http::OutgoingResponse response;
    response.status = 500;
    response.close = true;
    server.answer(response);
}

}  // namespace myelin::dispatch
