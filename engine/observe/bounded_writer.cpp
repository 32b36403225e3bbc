#include "engine/observe/bounded_writer.hpp"

#include <pthread.h>

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/observe/output_file.hpp"

namespace myelin::observe {

namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 50ms;       // one wait for a stuck reader; bounds how late a stop is noticed
constexpr auto kAfterFailure = 100ms;  // between attempts on a full disk

/// Threads take turns at the shards.
unsigned shardNumber() noexcept {
    static std::atomic<unsigned> next{0};
    thread_local const unsigned mine = next.fetch_add(1, std::memory_order_relaxed);
    return mine;
}

/// Signals of the process are other threads' business; and a SIGPIPE of a write here becomes EPIPE.
class SignalsBlocked {
public:
    SignalsBlocked() noexcept {
        sigset_t all;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

private:
    sigset_t before_{};
};

struct Batch {
    std::string bytes;
    std::vector<std::size_t> ends;  // of each line in `bytes`

    void clear() noexcept {
        bytes.clear();
        ends.clear();
    }
};

struct alignas(64) Shard {
    std::mutex mutex;
    Batch waiting;
    std::size_t messages = 0;  // waiting or being written
    std::size_t bytes = 0;
};

}  // namespace

struct BoundedWriter::Core {
    Core(const std::string& path, const Options& options)
        : limits(options), output(path), shards(std::max(1u, options.shards)) {}

    void run();
    bool collect(Shard& shard);
    void write(const Batch& batch);
    bool put(std::string_view bytes, std::size_t& done);
    void report();
    bool pause(std::chrono::milliseconds duration);
    bool giveUp() const { return stopping.load() && std::chrono::steady_clock::now() >= end; }

    const Options limits;
    OutputFile output;
    std::deque<Shard> shards;
    std::atomic<bool> woken{false};  // the thread knows that there is something to collect
    std::atomic<bool> stopping{false};
    std::atomic<std::uint64_t> dropped{0};
    std::uint64_t reported = 0;
    bool brokenLine = false;  // the output ends in the middle of a line
    Batch current;

    std::mutex mutex;  // for the two conditions; never held while writing
    std::condition_variable wake;
    std::condition_variable progress;
    std::uint64_t rounds = 0;  // collections of all shards that are complete, writing included
    bool collecting = false;
    bool ended = false;
    std::chrono::steady_clock::time_point end{};
};

/// Waits, unless a stop comes first. False when stopping.
bool BoundedWriter::Core::pause(std::chrono::milliseconds duration) {
    std::unique_lock lock(mutex);
    wake.wait_until(lock, std::chrono::system_clock::now() + duration, [this] { return stopping.load(); });
    return !stopping;
}

void BoundedWriter::Core::run() {
    for (;;) {
        {
            std::unique_lock lock(mutex);
            wake.wait(lock, [this] { return woken.load() || stopping.load(); });
        }
        if (limits.gather > 0ms) pause(limits.gather);
        {
            const std::lock_guard lock(mutex);
            collecting = true;
        }
        const bool last = stopping;
        woken = false;  // before looking: what comes later wakes again
        bool any = false;
        for (Shard& shard : shards) any = collect(shard) || any;
        const std::lock_guard lock(mutex);
        collecting = false;
        ++rounds;
        progress.notify_all();
        if (last && (!any || giveUp())) break;
    }
    const std::lock_guard lock(mutex);
    ended = true;
    progress.notify_all();
}

/// Takes and writes all that waits in one shard; whether there was something.
bool BoundedWriter::Core::collect(Shard& shard) {
    {
        const std::lock_guard lock(shard.mutex);
        if (shard.waiting.ends.empty()) return false;
        std::swap(current, shard.waiting);
    }
    write(current);
    const std::lock_guard lock(shard.mutex);
    shard.messages -= current.ends.size();
    shard.bytes -= current.bytes.size();
    current.clear();
    return true;
}

void BoundedWriter::Core::write(const Batch& batch) {
    report();
    std::size_t done = 0;
    if (put(batch.bytes, done)) {
        report();
        return;
    }
    const auto lost = std::upper_bound(batch.ends.begin(), batch.ends.end(), done);
    const std::size_t begin = lost == batch.ends.begin() ? 0 : *std::prev(lost);
    brokenLine = brokenLine || done > begin;
    dropped.fetch_add(static_cast<std::uint64_t>(batch.ends.end() - lost), std::memory_order_relaxed);
    if (!stopping) pause(kAfterFailure);
}

/// Writes it all, however long a reader takes; false when it failed for good after `done` bytes.
bool BoundedWriter::Core::put(std::string_view bytes, std::size_t& done) {
    while (done < bytes.size()) {
        std::size_t count = 0;
        switch (output.writeSome(bytes.substr(done), kPatience, count)) {
            case OutputFile::Result::Written:
                done += count;
                break;
            case OutputFile::Result::Stuck:
                if (giveUp()) return false;
                break;
            case OutputFile::Result::Failed:
                return false;
        }
    }
    return true;
}

/// Says how many lines were lost, as soon as writing works again.
void BoundedWriter::Core::report() {
    const std::uint64_t lost = dropped.load(std::memory_order_relaxed) - reported;
    if (lost == 0 || giveUp()) return;
    std::string notice = brokenLine ? "\n" : "";
    notice += std::to_string(lost) + " " + std::string(limits.noun) + " were dropped\n";
    std::size_t done = 0;
    if (put(notice, done)) {
        reported += lost;
        brokenLine = false;
    } else if (done > 0) {
        brokenLine = done > 1 || notice[0] != '\n';
    }
}

BoundedWriter::BoundedWriter(const std::string& path, const Options& options)
    : core_(std::make_shared<Core>(path, options)) {
    const SignalsBlocked blocked;  // inherited by the thread
    std::thread([core = core_] { core->run(); }).detach();
}

BoundedWriter::~BoundedWriter() {
    std::unique_lock lock(core_->mutex);
    core_->end = std::chrono::steady_clock::now() + kFarewell;
    core_->stopping = true;
    core_->wake.notify_all();
    core_->progress.wait_until(
        lock, std::chrono::system_clock::now() + kFarewell + 4 * kPatience, [this] { return core_->ended; });
}

bool BoundedWriter::submit(std::string_view line) noexcept {
    Core& core = *core_;
    const std::size_t count = core.shards.size();
    Shard& shard = core.shards[count == 1 ? 0 : shardNumber() % count];
    try {
        const std::lock_guard lock(shard.mutex);
        if (shard.messages >= core.limits.messages / count || shard.bytes + line.size() > core.limits.bytes / count) {
            core.dropped.fetch_add(1, std::memory_order_relaxed);
            return false;
        }
        shard.waiting.bytes.append(line);
        shard.waiting.ends.push_back(shard.waiting.bytes.size());
        ++shard.messages;
        shard.bytes += line.size();
    } catch (const std::exception&) {  // no memory: as good as a full queue
        core.dropped.fetch_add(1, std::memory_order_relaxed);
        return false;
    }
    if (!core.woken.load(std::memory_order_relaxed) && !core.woken.exchange(true)) {
        const std::lock_guard lock(core.mutex);
        core.wake.notify_one();
    }
    return true;
}

bool BoundedWriter::flush(std::chrono::milliseconds limit) {
    Core& core = *core_;
    std::unique_lock lock(core.mutex);
    // A collection that runs may have passed our shard already; the one after it has not.
    const std::uint64_t goal = core.rounds + (core.collecting ? 2 : 1);
    core.woken = true;
    core.wake.notify_one();
    return core.progress.wait_until(lock, std::chrono::system_clock::now() + limit, [&] {
        if (core.rounds < goal && !core.woken.exchange(true)) core.wake.notify_one();
        return core.rounds >= goal;
    });
}

std::uint64_t BoundedWriter::dropped() const noexcept {
    return core_->dropped.load(std::memory_order_relaxed);
}

}  // namespace myelin::observe
