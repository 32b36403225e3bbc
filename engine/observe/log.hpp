#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace myelin::observe {

/// How much a line matters; a level includes those before it.
enum class Level : int { Off, Fatal, Error, Warning, Info, Debug, Trace };

/// By name, in any case: off, fatal, error, warn or warning, info, debug, trace.
std::optional<Level> levelNamed(std::string_view name) noexcept;

namespace detail {
inline std::atomic<int> logLevel{static_cast<int>(Level::Info)};
}

/// Whether a line of that level would be written. One relaxed load: ask before making the text.
inline bool enabled(Level level) noexcept {
    return static_cast<int>(level) <= detail::logLevel.load(std::memory_order_relaxed);
}

/// Writes one entry, if its level is enabled. `source` says which part speaks ("mediation sequence main"). Any thread,
/// fibers too; never waits for the output and never throws. Line breaks in the text are followed by a tab and other
/// control characters are written as \xNN, so that nobody can forge a line through what is logged.
void log(Level level, std::string_view source, std::string_view text) noexcept;

/// Sets the level and where lines go: a file, or standard error when empty. Poco::Logger's root, and with it every
/// Poco logger, goes there too. May be called again. Throws std::runtime_error when the file cannot be opened. Until
/// the first call, lines go straight to standard error.
void configureLogging(Level level, const std::string& file);
void setLogLevel(Level level) noexcept;

/// Waits until what was logged is written, for at most `limit`. The program calls shutdownLogging() last: it writes
/// what waits and returns to the state before the first configureLogging().
bool flushLog(std::chrono::milliseconds limit);
void shutdownLogging();

/// Lines lost because the output was full or stuck.
std::uint64_t droppedLogLines() noexcept;

/// Gets entries instead of the output, for tests. Called by any thread.
class LogSink {
public:
    virtual ~LogSink() = default;
    virtual void write(Level level, std::string_view source, std::string_view text) = 0;
};
/// Null gives lines back to the output. The sink before is returned.
LogSink* exchangeLogSink(LogSink* sink) noexcept;

}  // namespace myelin::observe
