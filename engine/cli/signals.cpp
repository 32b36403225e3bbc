#include "engine/cli/signals.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace myelin::cli {

namespace {

sigset_t obeyed() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGINT, SIGQUIT, SIGHUP}) sigaddset(&set, signal);
    return set;
}

}  // namespace

void blockSignals() {
    const sigset_t set = obeyed();
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

Signals::Signals() {
    const sigset_t set = obeyed();
    descriptor_ = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
}

Signals::~Signals() {
    ::close(descriptor_);
}

Signals::Kind Signals::wait(std::chrono::milliseconds time) {
    return waitFor(static_cast<int>(time.count()));
}

Signals::Kind Signals::wait() {
    for (;;) {
        if (const Kind kind = waitFor(-1); kind != Kind::None) return kind;
    }
}

Signals::Kind Signals::waitFor(int milliseconds) {
    pollfd descriptor{descriptor_, POLLIN, 0};
    if (::poll(&descriptor, 1, milliseconds) <= 0) return Kind::None;
    signalfd_siginfo info{};
    if (::read(descriptor_, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return Kind::None;
    return info.ssi_signo == SIGHUP ? Kind::Reload : Kind::Terminate;
}

}  // namespace myelin::cli
