#include "engine/observe/log.hpp"

#include <Poco/AutoPtr.h>
#include <Poco/Channel.h>
#include <Poco/Logger.h>
#include <Poco/Message.h>
#include <unistd.h>

#include <array>
#include <exception>
#include <memory>
#include <mutex>
#include <utility>

#include "engine/base/strings.hpp"
#include "engine/observe/bounded_writer.hpp"
#include "engine/observe/line_format.hpp"

namespace myelin::observe {

namespace {

struct LevelName {
    Level level;
    std::string_view name;
    std::string_view padded;  // as it stands in a line
    Poco::Message::Priority priority;
};

constexpr std::array kLevels = {
    LevelName{Level::Fatal, "fatal", "FATAL", Poco::Message::PRIO_FATAL},
    LevelName{Level::Error, "error", "ERROR", Poco::Message::PRIO_ERROR},
    LevelName{Level::Warning, "warning", "WARN ", Poco::Message::PRIO_WARNING},
    LevelName{Level::Info, "info", "INFO ", Poco::Message::PRIO_INFORMATION},
    LevelName{Level::Debug, "debug", "DEBUG", Poco::Message::PRIO_DEBUG},
    LevelName{Level::Trace, "trace", "TRACE", Poco::Message::PRIO_TRACE},
};

const LevelName& nameOf(Level level) noexcept {
    for (const LevelName& entry : kLevels) {
        if (entry.level == level) return entry;
    }
    return kLevels.back();
}

Level levelOf(Poco::Message::Priority priority) noexcept {
    switch (priority) {
        case Poco::Message::PRIO_FATAL:
        case Poco::Message::PRIO_CRITICAL:
            return Level::Fatal;
        case Poco::Message::PRIO_ERROR:
            return Level::Error;
        case Poco::Message::PRIO_WARNING:
            return Level::Warning;
        case Poco::Message::PRIO_NOTICE:
        case Poco::Message::PRIO_INFORMATION:
            return Level::Info;
        case Poco::Message::PRIO_DEBUG:
            return Level::Debug;
        default:
            return Level::Trace;
    }
}

std::atomic<LogSink*> currentSink{nullptr};

/// Where lines go. Never destroyed before the program's end but by shutdownLogging(), when nobody else logs any more.
std::mutex configureMutex;
std::unique_ptr<BoundedWriter> ownedWriter;
std::atomic<BoundedWriter*> currentWriter{nullptr};
/// Writers that were replaced: other threads may still be inside submit(). Reconfiguring is rare.
std::unique_ptr<BoundedWriter> retiredWriter;

void writeLine(Level level, std::string_view source, std::string_view text) {
    thread_local std::string line;
    line.clear();
    appendIsoTime(line, std::chrono::system_clock::now());
    line += ' ';
    line += nameOf(level).padded;
    line += " [";
    line += source;
    line += "] ";
    appendEscapedLine(line, text);
    line += '\n';
    if (BoundedWriter* writer = currentWriter.load(std::memory_order_acquire)) {
        writer->submit(line);
    } else {
        // Nobody to tell if this fails.
        [[maybe_unused]] const auto count = ::write(STDERR_FILENO, line.data(), line.size());
    }
    if (line.capacity() > 64u << 10) line = {};
}

/// What Poco's own parts log, brought to the same place.
class PocoChannel final : public Poco::Channel {
public:
    void log(const Poco::Message& message) override {
        observe::log(levelOf(message.getPriority()), message.getSource(), message.getText());
    }
};

}  // namespace

std::optional<Level> levelNamed(std::string_view name) noexcept {
    if (base::equalsIgnoreCase(name, "off") || base::equalsIgnoreCase(name, "none")) return Level::Off;
    if (base::equalsIgnoreCase(name, "warn")) return Level::Warning;
    for (const LevelName& entry : kLevels) {
        if (base::equalsIgnoreCase(name, entry.name)) return entry.level;
    }
    return std::nullopt;
}

void log(Level level, std::string_view source, std::string_view text) noexcept {
    if (!enabled(level)) return;
    try {
        if (LogSink* sink = currentSink.load(std::memory_order_acquire)) {
            sink->write(level, source, text);
        } else {
            writeLine(level, source, text);
        }
    } catch (const std::exception&) {  // no memory for the line: lost, as when the queue is full
    }
}

void configureLogging(Level level, const std::string& file) {
    const std::lock_guard lock(configureMutex);
    auto writer = std::make_unique<BoundedWriter>(file, BoundedWriter::Options{});
    currentWriter.store(writer.get(), std::memory_order_release);
    if (ownedWriter) ownedWriter->flush(BoundedWriter::kFarewell);
    retiredWriter = std::exchange(ownedWriter, std::move(writer));

    Poco::Logger& root = Poco::Logger::root();
    Poco::AutoPtr<Poco::Channel> channel(new PocoChannel);
    Poco::Logger::setChannel(root.name(), channel);
    setLogLevel(level);
}

void setLogLevel(Level level) noexcept {
    detail::logLevel.store(static_cast<int>(level), std::memory_order_relaxed);
    Poco::Logger::setLevel("", level == Level::Off ? 0 : nameOf(level).priority);
}

bool flushLog(std::chrono::milliseconds limit) {
    BoundedWriter* writer = currentWriter.load(std::memory_order_acquire);
    return writer == nullptr || writer->flush(limit);
}

void shutdownLogging() {
    const std::lock_guard lock(configureMutex);
    currentWriter.store(nullptr, std::memory_order_release);
    ownedWriter.reset();
    retiredWriter.reset();
}

std::uint64_t droppedLogLines() noexcept {
    const BoundedWriter* writer = currentWriter.load(std::memory_order_acquire);
    return writer == nullptr ? 0 : writer->dropped();
}

LogSink* exchangeLogSink(LogSink* sink) noexcept {
    return currentSink.exchange(sink, std::memory_order_acq_rel);
}

}  // namespace myelin::observe
