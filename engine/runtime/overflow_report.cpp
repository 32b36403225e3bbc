#include "engine/runtime/overflow_report.hpp"

#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <mutex>

#include "engine/runtime/loop_core.hpp"

namespace myelin::runtime {

#if defined(MYELIN_ASAN) || defined(MYELIN_TSAN)

OverflowReport::OverflowReport() = default;
OverflowReport::~OverflowReport() = default;

#else

namespace {

constexpr std::size_t kSignalStack = 64 * 1024;

struct sigaction gPreviousSegv;
struct sigaction gPreviousBus;

/// Text put together without anything that a signal handler must not call.
class SignalSafeText {
public:
    SignalSafeText& operator<<(const char* text) noexcept {
        while (*text != '\0' && size_ < sizeof text_) text_[size_++] = *text++;
        return *this;
    }
    SignalSafeText& operator<<(const void* address) noexcept {
        const auto value = reinterpret_cast<std::uintptr_t>(address);
        *this << "0x";
        for (int shift = 60; shift >= 0; shift -= 4) {
            const char digit[2] = {"0123456789abcdef"[(value >> shift) & 15], '\0'};
            *this << digit;
        }
        return *this;
    }
    void print() const noexcept { [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text_, size_); }

private:
    char text_[512];
    std::size_t size_ = 0;
};

bool reportOverflow(const void* fault) noexcept {
    const LoopCore* core = tLoopCore;
    if (core == nullptr || core->current == nullptr) return false;
    const StackBounds guard = guardZone(*core->current);
    const auto* address = static_cast<const std::byte*>(fault);
    if (address < guard.low || address >= guard.high) return false;
    const StackBounds stack = usableStack(*core->current);
    SignalSafeText text;
    text << "myelin: fiber stack overflow: access to " << fault << " below the fiber's stack " << stack.low << " - "
         << stack.high
         << " (kFiberStackSize, engine/runtime/fiber.hpp): recursion without bound, or large objects on the stack, "
            "belong on the blocking pool (law 3, engine/README.md)\n";
    text.print();
    return true;
}

/// Puts back what was there and returns: the fault happens again and goes where it would have gone without us.
void onFault(int number, siginfo_t* info, void* /*context*/) {
    if (reportOverflow(info->si_addr)) {
        ::signal(number, SIG_DFL);
    } else {
        ::sigaction(number, number == SIGSEGV ? &gPreviousSegv : &gPreviousBus, nullptr);
    }
}

void install(int number, struct sigaction& previous) {
    struct sigaction present;
    ::sigaction(number, nullptr, &present);
    if ((present.sa_flags & SA_SIGINFO) != 0 && present.sa_sigaction == &onFault) return;
    previous = present;
    struct sigaction ours;
    std::memset(&ours, 0, sizeof ours);
    ours.sa_sigaction = &onFault;
    ours.sa_flags = SA_SIGINFO | SA_ONSTACK;
    ::sigemptyset(&ours.sa_mask);
    ::sigaction(number, &ours, nullptr);
}

}  // namespace

OverflowReport::OverflowReport() : stack_(new std::byte[kSignalStack]) {
    stack_t own{};
    own.ss_sp = stack_.get();
    own.ss_size = kSignalStack;
    ::sigaltstack(&own, &previous_);
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    install(SIGSEGV, gPreviousSegv);
    install(SIGBUS, gPreviousBus);
}

OverflowReport::~OverflowReport() {
    ::sigaltstack(&previous_, nullptr);
}

#endif

}  // namespace myelin::runtime
