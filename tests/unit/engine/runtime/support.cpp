#include "tests/unit/engine/runtime/support.hpp"

#include <Poco/Net/StreamSocket.h>
#include <Poco/Net/StreamSocketImpl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <system_error>

namespace myelin::runtime::test {

void inLoop(const std::function<void()>& body) {
    Loop loop;
    std::exception_ptr failure;
    loop.postFiber([&] {
        try {
            body();
        } catch (...) {
            failure = std::current_exception();
        }
        while (loop.fibersRunning() > 1) sleepFor(std::chrono::milliseconds(1));
        loop.stop();
    });
    loop.run();
    if (failure) std::rethrow_exception(failure);
}

namespace {
void check(bool good, const char* what) {
    if (!good) throw std::system_error(errno, std::generic_category(), what);
}
}  // namespace

std::pair<int, int> connectedSockets() {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    check(listener >= 0, "socket");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    check(::bind(listener, generic, size) == 0, "bind");
    check(::listen(listener, 1) == 0, "listen");
    check(::getsockname(listener, generic, &size) == 0, "getsockname");
    const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    check(::connect(client, generic, size) == 0, "connect");
    const int server = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    check(server >= 0, "accept4");
    ::close(listener);
    return {client, server};
}

std::unique_ptr<Stream> streamOf(int descriptor) {
    return makeTcpStream(Poco::Net::StreamSocket(new Poco::Net::StreamSocketImpl(descriptor)));
}

Deadline soon() {
    return Deadline::after(std::chrono::seconds(20), Clock::now());
}

Death deathOf(const std::function<void()>& body) {
    int pipeEnds[2];
    check(::pipe(pipeEnds) == 0, "pipe");
    const pid_t child = ::fork();
    check(child >= 0, "fork");
    if (child == 0) {
        const rlimit noCore{0, 0};
        ::setrlimit(RLIMIT_CORE, &noCore);
        for (const int number : {SIGABRT, SIGSEGV, SIGBUS}) ::signal(number, SIG_DFL);
        ::alarm(30);
        ::dup2(pipeEnds[1], STDERR_FILENO);
        body();
        ::_exit(0);
    }
    ::close(pipeEnds[1]);
    Death death;
    char buffer[4096];
    for (ssize_t got; (got = ::read(pipeEnds[0], buffer, sizeof buffer)) > 0;)
        death.error.append(buffer, static_cast<std::size_t>(got));
    ::close(pipeEnds[0]);
    int status = 0;
    check(::waitpid(child, &status, 0) == child, "waitpid");
    if (WIFSIGNALED(status)) death.signal = WTERMSIG(status);
    return death;
}

}  // namespace myelin::runtime::test
