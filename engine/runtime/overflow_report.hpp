#pragma once

#include <signal.h>

#include <cstddef>
#include <memory>

namespace myelin::runtime {

/// While it lives, a fiber of the calling thread that runs into its guard zone makes the process say "fiber stack
/// overflow" on standard error before it dies of SIGSEGV. Gives the thread a stack for signals, since the fiber's is
/// full, and puts the handler in place; a handler that was there before gets every other fault. Does nothing under
/// the sanitizers, which have reports of their own. One per loop, on the loop's thread. Internal to the runtime.
class OverflowReport {
public:
    OverflowReport();
    OverflowReport(const OverflowReport&) = delete;
    OverflowReport& operator=(const OverflowReport&) = delete;
    ~OverflowReport();

private:
    std::unique_ptr<std::byte[]> stack_;
    stack_t previous_{};
};

}  // namespace myelin::runtime
