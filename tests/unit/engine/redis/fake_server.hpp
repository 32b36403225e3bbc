#pragma once

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Timespan.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "engine/redis/address.hpp"

namespace myelin::redis::test {

using Words = std::vector<std::string>;

/// A Redis server of a few commands on a free port of the loopback, which misbehaves as it is told.
class FakeServer {
public:
    FakeServer() { start(0); }
    ~FakeServer() { stop(); }
    FakeServer(const FakeServer&) = delete;
    FakeServer& operator=(const FakeServer&) = delete;

    /// Answers come no more, though the server takes everything.
    std::atomic<bool> silent{false};
    /// Bytes to answer a command with instead, unless nothing; called by the server's threads.
    std::function<std::optional<std::string>(const Words&)> answers;

    Address address() const {
        Address address;
        address.host = "127.0.0.1";
        address.port = port_;
        return address;
    }
    /// Ends all connections and the listening; data stay.
    void stop() {
        stopping_ = true;
        if (thread_.joinable()) thread_.join();
    }
    /// On the same port.
    void restart() {
        stop();
        start(port_);
    }
    void forget() {
        const std::lock_guard lock(mutex_);
        values_.clear();
    }
    /// All values, by key, of which the time has not run out.
    std::map<std::string, std::string> values() {
        const std::lock_guard lock(mutex_);
        std::map<std::string, std::string> all;
        for (const auto& [key, value] : values_) {
            if (value.ends > now()) all[key] = value.text;
        }
        return all;
    }
    /// Its clock goes on by that much more.
    void pass(std::chrono::milliseconds time) { ahead_ += time.count(); }
    std::vector<Words> commands() {
        const std::lock_guard lock(mutex_);
        return commands_;
    }
    std::size_t commandsNamed(const std::string& name) {
        std::size_t count = 0;
        for (const Words& words : commands()) count += words[0] == name ? 1 : 0;
        return count;
    }
    int connections() const { return connections_; }

private:
    using Clock = std::chrono::steady_clock;
    struct Value {
        std::string text;
        Clock::time_point ends;
    };

    Clock::time_point now() const { return Clock::now() + std::chrono::milliseconds(ahead_); }

    void start(std::uint16_t port) {
        stopping_ = false;
        listener_ = std::make_unique<Poco::Net::ServerSocket>();
        listener_->bind(Poco::Net::SocketAddress("127.0.0.1", port), true);
        listener_->listen();
        port_ = listener_->address().port();
        thread_ = std::thread([this] { accept(); });
    }

    void accept() {
        std::list<std::thread> threads;
        while (!stopping_) {
            if (!listener_->poll(Poco::Timespan(0, 5000), Poco::Net::Socket::SELECT_READ)) continue;
            ++connections_;
            // Not by Poco's own count of users, which ThreadSanitizer does not see.
            const auto socket = std::make_shared<Poco::Net::StreamSocket>(listener_->acceptConnection());
            threads.emplace_back([this, socket] { serve(*socket); });
        }
        listener_->close();
        for (auto& thread : threads) thread.join();
    }

    void serve(Poco::Net::StreamSocket& socket) try {
        socket.setNoDelay(true);
        std::string input;
        while (!stopping_) {
            if (!socket.poll(Poco::Timespan(0, 5000), Poco::Net::Socket::SELECT_READ)) continue;
            char bytes[4096];
            const int size = socket.receiveBytes(bytes, sizeof bytes);
            if (size <= 0) return;
            input.append(bytes, static_cast<std::size_t>(size));
            while (const auto words = command(input)) {
                if (silent) continue;
                const std::string output = answer(*words);
                socket.sendBytes(output.data(), static_cast<int>(output.size()));
            }
        }
        socket.close();
    } catch (const Poco::Exception&) {
        // The other side is gone.
    }

    /// Takes a whole command off.
    static std::optional<Words> command(std::string& input) {
        std::size_t at = 0;
        const auto number = [&](char kind) -> std::optional<std::size_t> {
            const auto end = input.find("\r\n", at);
            if (end == std::string::npos || input[at] != kind) return std::nullopt;
            const auto value = std::stoul(input.substr(at + 1, end - at - 1));
            at = end + 2;
            return value;
        };
        const auto count = number('*');
        if (!count) return std::nullopt;
        Words words;
        while (words.size() < *count) {
            const auto length = number('$');
            if (!length || input.size() < at + *length + 2) return std::nullopt;
            words.push_back(input.substr(at, *length));
            at += *length + 2;
        }
        input.erase(0, at);
        return words;
    }

    std::string answer(const Words& words) {
        if (answers) {
            if (auto other = answers(words)) return *other;
        }
        const std::lock_guard lock(mutex_);
        commands_.push_back(words);
        const std::string& name = words[0];
        const std::size_t keyAt = name == "EVAL" ? 3 : 1;
        const auto found = words.size() > keyAt ? values_.find(words[keyAt]) : values_.end();
        const bool lives = found != values_.end() && found->second.ends > now();
        if (name == "SET") {
            const bool onlyNew = words[3] == "NX";
            if (onlyNew && lives) return "$-1\r\n";
            const auto life = std::chrono::milliseconds(std::stoll(words.back()));
            values_[words[1]] = {words[2], now() + life};
            return "+OK\r\n";
        }
        const auto bulk = [](const std::string& text) {
            return '$' + std::to_string(text.size()) + "\r\n" + text + "\r\n";
        };
        if (name == "GET") return lives ? bulk(found->second.text) : "$-1\r\n";
        // Scripts that compare and set, or compare and delete.
        if (name == "EVAL" && words.size() == 7) {
            if (lives && found->second.text != words[4]) return bulk(found->second.text);
            values_[words[3]] = {words[5], now() + std::chrono::milliseconds(std::stoll(words[6]))};
            return bulk(words[5]);
        }
        if (name == "EVAL") {
            if (lives && found->second.text == words[4]) values_.erase(found);
            return ":0\r\n";
        }
        if (name == "PTTL") {
            if (!lives) return ":-2\r\n";
            const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(found->second.ends - now());
            return ':' + std::to_string(left.count()) + "\r\n";
        }
        if (name == "PEXPIRE") {
            if (lives) found->second.ends = now() + std::chrono::milliseconds(std::stoll(words[2]));
            return lives ? ":1\r\n" : ":0\r\n";
        }
        if (name == "DEL") return ':' + std::to_string(values_.erase(words[1])) + "\r\n";
        if (name == "AUTH" || name == "SELECT") return "+OK\r\n";
        return "-ERR unknown command\r\n";
    }

    std::unique_ptr<Poco::Net::ServerSocket> listener_;
    std::uint16_t port_ = 0;
    std::atomic<bool> stopping_{false};
    std::atomic<int> connections_{0};
    std::atomic<std::chrono::milliseconds::rep> ahead_{0};
    std::mutex mutex_;
    std::map<std::string, Value> values_;
    std::vector<Words> commands_;
    std::thread thread_;
};

}  // namespace myelin::redis::test
