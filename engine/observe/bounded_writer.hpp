#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace myelin::observe {

/// Carries lines to a file, a pipe or standard error on a thread of its own, so that whoever submits one never waits
/// for a disk or a reader. What does not fit into the bounded queue, or cannot be written (disk full, reader gone), is
/// dropped and counted; when writing works again, a line says how many were lost.
class BoundedWriter {
public:
    struct Options {
        std::size_t messages = 8192;          ///< at most so many wait or are being written, over all shards
        std::size_t bytes = 8u << 20;         ///< likewise, in bytes
        unsigned shards = 1;                  ///< queues, picked by thread: more of them, less contention, less order
        std::chrono::milliseconds gather{0};  ///< how long lines may wait for company before they are written
        std::string_view noun = "log lines";  ///< what was dropped, in the notice; outlives the writer
    };

    /// `path`: a file to append to (made when absent), a FIFO (with or without a reader), or empty for standard error.
    /// Throws std::runtime_error with the reason when it cannot be opened.
    BoundedWriter(const std::string& path, const Options& options);
    BoundedWriter(const BoundedWriter&) = delete;
    BoundedWriter& operator=(const BoundedWriter&) = delete;
    /// Writes what waits, for at most kFarewell; what a blocked reader does not take by then is given up.
    ~BoundedWriter();

    /// A complete line with its line end. Any thread; never blocks on output, never throws. False when it was dropped.
    bool submit(std::string_view line) noexcept;

    /// Waits until all that was submitted before is written or dropped; false when `limit` passed first.
    bool flush(std::chrono::milliseconds limit);

    /// Lines lost since the beginning.
    std::uint64_t dropped() const noexcept;

    static constexpr std::chrono::milliseconds kFarewell{1000};

private:
    struct Core;
    std::shared_ptr<Core> core_;  // shared with the thread, which may outlive us when its output is stuck
};

}  // namespace myelin::observe
