#include "engine/cli/control.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "engine/base/scope_exit.hpp"
#include "engine/base/strings.hpp"
#include "engine/observe/log.hpp"
#include "engine/runtime/loop.hpp"

namespace myelin::cli {

namespace {

constexpr std::size_t kLongestRequest = 4096;
constexpr std::size_t kLongestAnswer = std::size_t{64} << 20U;
constexpr std::chrono::milliseconds kPatience{2000};
constexpr std::chrono::milliseconds kPause{20};
constexpr int kBacklog = 16;

std::runtime_error failure(const std::string& path, const std::string& what) {
    return std::runtime_error("control socket " + path + ": " + what);
}

sockaddr_un addressOf(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path) {
        throw failure(path, "a path has 1 to " + std::to_string(sizeof address.sun_path - 1) + " characters");
    }
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

int makeSocket(const std::string& path) {
    const int made = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (made < 0) throw failure(path, std::strerror(errno));
    return made;
}

bool connectTo(int socket, const sockaddr_un& address) noexcept {
    return ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

/// Another process may listen there; a file of another kind is nobody's to remove.
void clearWay(const std::string& path, const sockaddr_un& address) {
    struct stat found {};
    if (::lstat(path.c_str(), &found) != 0) return;
    if (!S_ISSOCK(found.st_mode)) throw failure(path, "the file is there, and is no socket");
    const int probe = makeSocket(path);
    const base::ScopeExit close([&] { ::close(probe); });
    if (connectTo(probe, address) || errno == EAGAIN) throw failure(path, "another process listens on it");
    ::unlink(path.c_str());
}

/// Whether it became so within the time that is left.
bool await(int descriptor, short events, std::chrono::steady_clock::time_point end) noexcept {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd one{descriptor, events, 0};
    return ::poll(&one, 1, static_cast<int>(left.count())) > 0;
}

bool sendAll(int descriptor, std::string_view text, std::chrono::steady_clock::time_point end) noexcept {
    while (!text.empty()) {
        const auto sent = ::send(descriptor, text.data(), text.size(), MSG_NOSIGNAL);
        if (sent > 0) {
            text.remove_prefix(static_cast<std::size_t>(sent));
        } else if ((errno != EAGAIN && errno != EINTR) || !await(descriptor, POLLOUT, end)) {
            return false;
        }
    }
    return true;
}

/// Up to the end of the line or, without `line`, of what is sent. Nothing when the time, or the other side, ends first.
std::optional<std::string> receive(int descriptor,
                                   bool line,
                                   std::size_t most,
                                   std::chrono::steady_clock::time_point end) {
    std::string text;
    char piece[4096];
    for (;;) {
        const auto got = ::recv(descriptor, piece, sizeof piece, 0);
        if (got == 0) return line ? std::nullopt : std::optional(text);
        if (got < 0) {
            if ((errno == EAGAIN || errno == EINTR) && await(descriptor, POLLIN, end)) continue;
            return std::nullopt;
        }
        text.append(piece, static_cast<std::size_t>(got));
        if (const auto stop = line ? text.find('\n') : std::string::npos; stop != std::string::npos) {
            return text.substr(0, stop);
        }
        if (text.size() > most) return line ? std::optional(text) : std::nullopt;
    }
}

/// The permissions say so already, where the system heeds them on sockets.
bool mayAsk(int client) noexcept {
    ucred who{};
    socklen_t size = sizeof who;
    if (::getsockopt(client, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) return false;
    return who.uid == 0 || who.uid == ::geteuid();
}

}  // namespace

ControlServer::ControlServer(std::string path, endpoints::Operations& operations)
    : path_(std::move(path)), operations_(operations) {
    const auto address = addressOf(path_);
    clearWay(path_, address);
    listener_ = makeSocket(path_);
    stop_ = ::eventfd(0, EFD_CLOEXEC);
    // Nobody may connect between bind and chmod, for nothing listens yet.
    if (stop_ < 0 || ::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::chmod(path_.c_str(), S_IRUSR | S_IWUSR) != 0 || ::listen(listener_, kBacklog) != 0) {
        const std::string why = std::strerror(errno);
        ::close(listener_);
        if (stop_ >= 0) ::close(stop_);
        throw failure(path_, why);
    }
    thread_ = std::thread([this] { serve(); });
}

ControlServer::~ControlServer() {
    ::eventfd_write(stop_, 1);
    thread_.join();
    ::unlink(path_.c_str());
    ::close(listener_);
    ::close(stop_);
}

void ControlServer::serve() {
    for (;;) {
        pollfd both[] = {{listener_, POLLIN, 0}, {stop_, POLLIN, 0}};
        if (::poll(both, 2, -1) < 0 && errno != EINTR) return;
        if (both[1].revents != 0) return;
        const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (client < 0) {
            // Without descriptors the listener stays readable: not in a busy loop.
            if (errno != EAGAIN && errno != EINTR) await(stop_, POLLIN, std::chrono::steady_clock::now() + kPatience);
            continue;
        }
        const base::ScopeExit close([&] { ::close(client); });
        try {
            serveOne(client);
        } catch (const std::exception& problem) {
            observe::log(observe::Level::Error, "control", std::string("a request failed: ") + problem.what());
        }
    }
}

void ControlServer::serveOne(int client) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    if (!mayAsk(client)) return;
    const auto request = receive(client, true, kLongestRequest, end);
    if (!request) return;
    sendAll(client, answerTo(*request, operations_), end);
}

std::string ControlServer::answerTo(const std::string& request, endpoints::Operations& operations) {
    if (request.size() > kLongestRequest) return "error\nthe request is too long\n";
    const auto now = runtime::now();
    const std::string_view line = base::trim(request);
    if (line == "list") return "ok\n" + endpoints::toText(operations.list(now));
    if (line == "list json") return "ok\n" + endpoints::toJson(operations.list(now));
    const auto blank = line.find(' ');
    const auto verb = line.substr(0, blank);
    const auto name = blank == std::string_view::npos ? std::string_view() : base::trim(line.substr(blank));
    if ((verb != "off" && verb != "on") || name.empty()) {
        return "error\nknown requests: list, list json, off NAME, on NAME\n";
    }
    const auto result = verb == "off" ? operations.off(name, now) : operations.on(name, now);
    return (result.done ? "ok\n" : "error\n") + result.text + '\n';
}

std::string askControl(const std::string& path, const std::string& request) {
    const auto address = addressOf(path);
    const int connection = makeSocket(path);
    const base::ScopeExit close([&] { ::close(connection); });
    const auto end = std::chrono::steady_clock::now() + 2 * kPatience;
    bool connected = connectTo(connection, address);
    // Others stand in line.
    while (!connected && errno == EAGAIN && std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(kPause);
        connected = connectTo(connection, address);
    }
    if (!connected) {
        const bool nobody = errno == ECONNREFUSED || errno == ENOENT;
        throw failure(path, nobody ? "no Myelin listens on it" : std::strerror(errno));
    }
    if (!sendAll(connection, request + "\n", end)) throw failure(path, "it takes no request");
    const auto answer = receive(connection, false, kLongestAnswer, end);
    if (!answer || answer->empty()) throw failure(path, "there came no answer");
    return *answer;
}

}  // namespace myelin::cli
