#include "engine/cli/control.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "engine/base/scope_exit.hpp"
#include "engine/base/strings.hpp"
#include "engine/observe/log.hpp"
#include "engine/runtime/loop.hpp"

namespace myelin::cli {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kLongestRequest = 4096;
constexpr std::size_t kLongestAnswer = std::size_t{64} << 20U;
constexpr std::chrono::milliseconds kPatience{2000};
constexpr std::chrono::milliseconds kPause{20};
constexpr std::chrono::milliseconds kWithoutDescriptors{500};
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

bool wouldWait() noexcept {
    return errno == EAGAIN || errno == EINTR;
}

/// Milliseconds for poll(), rounded up.
int until(Clock::time_point time) noexcept {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(time - Clock::now());
    return static_cast<int>(std::max<std::chrono::milliseconds::rep>(left.count(), 0));
}

/// The permissions say so already, where the system heeds them on sockets.
bool mayAsk(int client) noexcept {
    ucred who{};
    socklen_t size = sizeof who;
    if (::getsockopt(client, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) return false;
    return who.uid == 0 || who.uid == ::geteuid();
}

ControlAnswer answerTo(const std::string& request, endpoints::Operations& operations) {
    if (request.size() > kLongestRequest) return {false, "the request is too long\n"};
    const auto now = runtime::now();
    const std::string_view line = base::trim(request);
    if (line == "list") return {true, endpoints::toText(operations.list(now))};
    if (line == "list json") return {true, endpoints::toJson(operations.list(now))};
    const auto blank = line.find(' ');
    const auto verb = line.substr(0, blank);
    const auto name = blank == std::string_view::npos ? std::string_view() : base::trim(line.substr(blank));
    if ((verb != "off" && verb != "on") || name.empty()) {
        return {false, "known requests: list, list json, off NAME, on NAME\n"};
    }
    auto result = verb == "off" ? operations.off(name, now) : operations.on(name, now);
    return {result.done, std::move(result.text) + '\n'};
}

/// The answer in a whole message; nothing when it is none, or not yet.
std::optional<ControlAnswer> parseAnswer(std::string_view received) {
    const auto end = received.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    const auto first = received.substr(0, end);
    const auto text = received.substr(end + 1);
    const bool done = first.starts_with("ok ");
    if (!done && !first.starts_with("error ")) return std::nullopt;
    if (first.substr(first.find(' ') + 1) != std::to_string(text.size())) return std::nullopt;
    return ControlAnswer{done, std::string(text)};
}

}  // namespace

/// A connection: first its request is read, then the answer is written.
class ControlServer::Client {
public:
    explicit Client(int descriptor) : descriptor_(descriptor), patience_(Clock::now() + kPatience) {}
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client() { ::close(descriptor_); }

    pollfd awaited() const noexcept { return {descriptor_, static_cast<short>(answer_.empty() ? POLLIN : POLLOUT), 0}; }
    Clock::time_point patience() const noexcept { return patience_; }

    /// False when there is nothing more to do for it.
    bool advance(endpoints::Operations& operations) {
        if (answer_.empty()) {
            if (!read()) return false;
            const auto end = request_.find('\n');
            if (end == std::string::npos && request_.size() <= kLongestRequest) return true;
            const auto answer = answerTo(request_.substr(0, end), operations);
            answer_ = (answer.done ? "ok " : "error ") + std::to_string(answer.text.size()) + '\n' + answer.text;
            patience_ = Clock::now() + kPatience;
        }
        return write();
    }

private:
    bool read() {
        char piece[kLongestRequest];
        const auto got = ::recv(descriptor_, piece, sizeof piece, 0);
        if (got > 0) request_.append(piece, static_cast<std::size_t>(got));
        return got > 0 || (got < 0 && wouldWait());
    }
    bool write() {
        while (sent_ < answer_.size()) {
            const auto sent = ::send(descriptor_, answer_.data() + sent_, answer_.size() - sent_, MSG_NOSIGNAL);
            if (sent < 0) return wouldWait();
            sent_ += static_cast<std::size_t>(sent);
            patience_ = Clock::now() + kPatience;
        }
        return false;
    }

    int descriptor_;
    Clock::time_point patience_;
    std::string request_;
    std::string answer_;  // empty until the request is there
    std::size_t sent_ = 0;
};

ControlServer::ControlServer(std::string path, endpoints::Operations& operations)
    : path_(std::move(path)), operations_(operations) {
    const auto address = addressOf(path_);
    clearWay(path_, address);
    listener_ = makeSocket(path_);
    stop_ = ::eventfd(0, EFD_CLOEXEC);
    struct stat bound {};
    // Nobody may connect between bind and chmod, for nothing listens yet.
    if (stop_ < 0 || ::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::lstat(path_.c_str(), &bound) != 0 || ::chmod(path_.c_str(), S_IRUSR | S_IWUSR) != 0 ||
        ::listen(listener_, kBacklog) != 0) {
        const std::string why = std::strerror(errno);
        ::close(listener_);
        if (stop_ >= 0) ::close(stop_);
        throw failure(path_, why);
    }
    device_ = bound.st_dev;
    inode_ = bound.st_ino;
    thread_ = std::thread([this] { serve(); });
}

ControlServer::~ControlServer() {
    ::eventfd_write(stop_, 1);
    thread_.join();
    struct stat found {};
    const bool there = ::lstat(path_.c_str(), &found) == 0;
    if (there && found.st_dev == device_ && found.st_ino == inode_) ::unlink(path_.c_str());
    ::close(listener_);
    ::close(stop_);
}

void ControlServer::serve() {
    Clients clients;
    auto acceptAgain = Clock::now();
    for (;;) {
        const bool accepting = acceptAgain <= Clock::now();
        int patience = accepting ? -1 : until(acceptAgain);
        std::vector<pollfd> polled = {{stop_, POLLIN, 0}, {accepting ? listener_ : -1, POLLIN, 0}};
        for (const auto& client : clients) {
            polled.push_back(client.awaited());
            const int left = until(client.patience());
            patience = patience < 0 ? left : std::min(patience, left);
        }
        if (::poll(polled.data(), polled.size(), patience) < 0) {
            if (errno == EINTR) continue;
            return observe::log(
                observe::Level::Error, "control", std::string("cannot serve any more: ") + std::strerror(errno));
        }
        if (polled[0].revents != 0) return;
        advance(clients, polled);
        if (polled[1].revents != 0 && !acceptAll(clients)) acceptAgain = Clock::now() + kWithoutDescriptors;
    }
}

void ControlServer::advance(Clients& clients, const std::vector<pollfd>& polled) const {
    const auto now = Clock::now();
    auto state = polled.begin() + 2;
    for (auto client = clients.begin(); client != clients.end(); ++state) {
        bool goesOn = client->patience() > now;
        try {
            if (goesOn && state->revents != 0) goesOn = client->advance(operations_);
        } catch (const std::exception& problem) {
            observe::log(observe::Level::Error, "control", std::string("a request failed: ") + problem.what());
            goesOn = false;
        }
        client = goesOn ? std::next(client) : clients.erase(client);
    }
}

bool ControlServer::acceptAll(Clients& clients) const {
    for (std::size_t count = 0; count < kMostClients; ++count) {
        const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (client < 0) return wouldWait() || errno == ECONNABORTED;
        if (!mayAsk(client)) {
            ::close(client);
            continue;
        }
        if (clients.size() == kMostClients) {
            clients.erase(std::min_element(clients.begin(), clients.end(), [](const Client& one, const Client& other) {
                return one.patience() < other.patience();
            }));
        }
        clients.emplace_back(client);
    }
    return true;
}

ControlAnswer askControl(const std::string& path, const std::string& request) {
    const auto address = addressOf(path);
    const int connection = makeSocket(path);
    const base::ScopeExit close([&] { ::close(connection); });
    auto end = Clock::now() + 2 * kPatience;
    bool connected = connectTo(connection, address);
    // Others stand in line.
    while (!connected && errno == EAGAIN && Clock::now() < end) {
        std::this_thread::sleep_for(kPause);
        connected = connectTo(connection, address);
    }
    if (!connected) {
        const bool nobody = errno == ECONNREFUSED || errno == ENOENT;
        throw failure(path, nobody ? "no Myelin listens on it" : std::strerror(errno));
    }
    // A new connection takes a whole request.
    const std::string line = request + "\n";
    if (::send(connection, line.data(), line.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(line.size())) {
        throw failure(path, "it takes no request");
    }
    std::string received;
    for (;;) {
        char piece[16384];
        const auto got = ::recv(connection, piece, sizeof piece, 0);
        if (got > 0) {
            received.append(piece, static_cast<std::size_t>(got));
            end = Clock::now() + 2 * kPatience;
        }
        pollfd more{connection, POLLIN, 0};
        if (got == 0 || (got < 0 && (!wouldWait() || Clock::now() >= end))) break;
        if (got < 0) ::poll(&more, 1, until(end));
        if (received.size() > kLongestAnswer) throw failure(path, "the answer is too long");
    }
    auto answer = parseAnswer(received);
    if (!answer) throw failure(path, received.empty() ? "there came no answer" : "the answer is cut short");
    return std::move(*answer);
}

}  // namespace myelin::cli
