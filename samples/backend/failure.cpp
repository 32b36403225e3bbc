#include "samples/backend/failure.hpp"

#include <array>
#include <string_view>
#include <utility>

#include <Poco/Exception.h>

namespace samples {
namespace {

constexpr std::array<std::pair<std::string_view, FailMode>, 10> kModes{{
    {"none", FailMode::None},
    {"refuse-after-accept", FailMode::RefuseAfterAccept},
    {"reset", FailMode::Reset},
    {"close", FailMode::Close},
    {"hang", FailMode::Hang},
    {"garbage", FailMode::Garbage},
    {"half", FailMode::Half},
    {"500", FailMode::Status500},
    {"503", FailMode::Status503},
    {"fault", FailMode::Fault},
}};

void sendText(Poco::Net::StreamSocket& socket, std::string_view text) {
    socket.sendBytes(text.data(), static_cast<int>(text.size()));
}

}  // namespace

FailMode failModeNamed(const std::string& name) {
    std::string known;
    for (const auto& [text, mode] : kModes) {
        if (text == name) {
            return mode;
        }
        known.append(known.empty() ? "" : ", ").append(text);
    }
    throw Poco::InvalidArgumentException("no failure mode '" + name + "'; there are " + known);
}

bool breakConnection(FailMode mode, Poco::Net::StreamSocket& socket, Poco::Event& stopping) {
    switch (mode) {
        case FailMode::None:
        case FailMode::Status500:
        case FailMode::Status503:
        case FailMode::Fault:
            return false;
        case FailMode::Reset:
            // A linger time of zero turns the close into a reset.
            socket.setLinger(true, 0);
            socket.close();
            return true;
        case FailMode::RefuseAfterAccept:
        case FailMode::Close:
            socket.shutdown();
            return true;
        case FailMode::Hang:
            stopping.wait();
            socket.shutdown();
            return true;
        case FailMode::Garbage:
            sendText(socket, "\x01\x02 this is not HTTP \xff\xfe\r\n\r\n");
            socket.shutdown();
            return true;
        case FailMode::Half:
            sendText(socket,
                     "HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=UTF-8\r\nContent-Length: 4096\r\n\r\n<half");
            socket.shutdown();
            return true;
    }
    return false;
}

}  // namespace samples
