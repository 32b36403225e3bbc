#include "engine/observe/access_log.hpp"

#include <atomic>
#include <charconv>
#include <exception>
#include <memory>
#include <utility>

#include "engine/observe/line_format.hpp"

namespace myelin::observe {

namespace {

constexpr std::size_t kLongestTarget = 2048;
constexpr std::size_t kLongestAgent = 256;

std::unique_ptr<AccessLog> ownedLog;
std::atomic<AccessLog*> currentLog{nullptr};

BoundedWriter::Options options() {
    BoundedWriter::Options result;
    result.messages = 128u << 10;
    result.bytes = 32u << 20;
    result.shards = 16;
    result.gather = std::chrono::milliseconds(100);
    result.noun = "access log lines";
    return result;
}

void appendNumber(std::string& line, std::uint64_t number) {
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    line.append(digits, end);
}

/// A word that ends at the next blank, and is shown as "-" when there is none.
void appendWord(std::string& line, std::string_view word) {
    if (word.empty()) {
        line += '-';
        return;
    }
    for (const char c : word) {
        if (c == ' ') {
            line += "\\x20";
        } else {
            appendQuotedField(line, {&c, 1});
        }
    }
}

}  // namespace

AccessLog* AccessLog::current() noexcept {
    return currentLog.load(std::memory_order_acquire);
}

void AccessLog::configure(const std::string& file) {
    std::unique_ptr<AccessLog> log;
    if (!file.empty()) log = std::make_unique<AccessLog>(file == "-" ? std::string() : file);
    currentLog.store(log.get(), std::memory_order_release);
    ownedLog = std::move(log);
}

AccessLog::AccessLog(const std::string& file) : writer_(file, options()) {}

void AccessLog::record(const AccessRecord& record) noexcept {
    try {
        thread_local std::string line;
        line.clear();
        appendWord(line, record.client);
        line += " - - [";
        appendAccessLogTime(line, std::chrono::system_clock::now());
        line += "] \"";
        appendQuotedField(line, record.method);
        line += ' ';
        appendQuotedField(line, record.target.substr(0, kLongestTarget));
        line += " HTTP/1.";
        appendNumber(line, static_cast<std::uint64_t>(record.minorVersion));
        line += "\" ";
        appendNumber(line, static_cast<std::uint64_t>(record.status));
        line += ' ';
        appendNumber(line, record.responseBytes);
        line += " \"";
        appendQuotedField(line, record.userAgent.empty() ? "-" : record.userAgent.substr(0, kLongestAgent));
        line += "\" ";
        appendNumber(line, record.requestBytes);
        line += ' ';
        appendNumber(line, static_cast<std::uint64_t>(record.duration.count()));
        line += "us ";
        appendWord(line, record.endpoint);
        line += '\n';
        writer_.submit(line);
    } catch (const std::exception&) {  // no memory for the line: lost, as when the queue is full
    }
}

}  // namespace myelin::observe
