#pragma once

#include <Poco/Net/DatagramSocket.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace myelin::endpoints::test {

/// A name server on a free UDP port of the loopback that has one answer to every question for SRV records.
class FakeDns {
public:
    struct Record {
        std::uint16_t priority;
        std::uint16_t weight;
        std::uint16_t port;
        std::string host;
    };

    explicit FakeDns(std::vector<Record> records);
    ~FakeDns();

    std::string address() const { return "127.0.0.1:" + std::to_string(socket_.address().port()); }
    /// From now on. Without records: the name does not exist.
    void answerWith(std::vector<Record> records);
    unsigned questions() const noexcept { return questions_; }

private:
    void serve();
    std::string answerTo(const std::string& question) const;

    std::vector<Record> records_;
    Poco::Net::DatagramSocket socket_;
    std::atomic<bool> stop_{false};
    std::atomic<unsigned> questions_{0};
    mutable std::mutex mutex_;
    std::thread thread_;
};

}  // namespace myelin::endpoints::test
