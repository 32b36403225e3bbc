#include "engine/dispatch/dispatcher.hpp"

#include <exception>
#include <string>
#include <utility>

#include "engine/dispatch/flow.hpp"
#include "engine/message/exchange.hpp"
#include "engine/observe/access_log.hpp"
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
/// Writes the access log's line, when there is such a log, at the end of a request.
class Recorder {
public:
    explicit Recorder(http::ServerExchange& server) noexcept : log_(observe::AccessLog::current()), server_(server) {
        if (log_) began_ = base::Clock::now();
    }
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;
    ~Recorder() {
        if (log_) record();
    }
    void setEndpoint(std::string_view endpoint) noexcept { endpoint_ = endpoint; }

private:
    void record() noexcept {
        const http::RequestHead& request = server_.request();
        observe::AccessRecord record;
        record.client = server_.peerAddress();
        record.method = request.method;
        record.target = request.target;
        record.minorVersion = request.minorVersion;
        record.status = server_.answeredStatus();
        record.requestBytes = server_.bodyBytesReceived();
        record.responseBytes = server_.bodyBytesSent();
        record.duration = std::chrono::duration_cast<std::chrono::microseconds>(base::Clock::now() - began_);
        record.endpoint = endpoint_;
        record.userAgent = request.headers.get(http::HeaderId::UserAgent).value_or(std::string_view());
        log_->record(record);
    }

    observe::AccessLog* log_;
    http::ServerExchange& server_;
    std::string_view endpoint_;
    base::TimePoint began_;
};

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
    Recorder recorder(server);
    std::string failure;
    try {
        message::Exchange exchange(server, lease.held->router->configuration());
        ExchangeFlow(*lease.held->router, exchange).run();
        recorder.setEndpoint(exchange.answeringEndpoint());
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
