#include "tests/unit/endpoints/membership/fake_dns.hpp"

#include <Poco/Net/SocketAddress.h>
#include <Poco/Timespan.h>

#include "engine/base/strings.hpp"

namespace myelin::endpoints::test {

namespace {

void append16(std::string& out, unsigned value) {
    out += static_cast<char>(value >> 8U & 0xFFU);
    out += static_cast<char>(value & 0xFFU);
}

std::string encoded(const std::string& name) {
    std::string out;
    for (const auto label : base::split(name, ".")) {
        out += static_cast<char>(label.size());
        out += label;
    }
    return out + '\0';
}

}  // namespace

FakeDns::FakeDns(std::vector<Record> records)
    : records_(std::move(records)), socket_(Poco::Net::SocketAddress("127.0.0.1", 0)), thread_([this] { serve(); }) {}

FakeDns::~FakeDns() {
    stop_ = true;
    thread_.join();
}

void FakeDns::answerWith(std::vector<Record> records) {
    const std::lock_guard lock(mutex_);
    records_ = std::move(records);
}

void FakeDns::serve() {
    while (!stop_) {
        if (!socket_.poll(Poco::Timespan(0, 20'000), Poco::Net::Socket::SELECT_READ)) continue;
        char buffer[1024];
        Poco::Net::SocketAddress from;
        const int count = socket_.receiveFrom(buffer, sizeof buffer, from);
        if (count < 12) continue;
        ++questions_;
        const auto text = answerTo(std::string(buffer, static_cast<std::size_t>(count)));
        socket_.sendTo(text.data(), static_cast<int>(text.size()), from);
    }
}

std::string FakeDns::answerTo(const std::string& question) const {
    const std::lock_guard lock(mutex_);
    constexpr std::size_t kHeader = 12;
    // The name, type and class that were asked for.
    const std::size_t asked = question.find('\0', kHeader) + 5 - kHeader;
    std::string out = question.substr(0, 2);
    append16(out, records_.empty() ? 0x8183 : 0x8180);
    append16(out, 1);
    append16(out, static_cast<unsigned>(records_.size()));
    append16(out, 0);
    append16(out, 0);
    out += question.substr(kHeader, asked);
    for (const auto& record : records_) {
        append16(out, 0xC00C);  // the name of the question
        append16(out, 33);
        append16(out, 1);
        append16(out, 0);
        append16(out, 60);
        const auto host = encoded(record.host);
        append16(out, static_cast<unsigned>(6 + host.size()));
        append16(out, record.priority);
        append16(out, record.weight);
        append16(out, record.port);
        out += host;
    }
    return out;
}

}  // namespace myelin::endpoints::test
