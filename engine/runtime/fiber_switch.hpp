#pragma once

#include <boost/context/detail/fcontext.hpp>
#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define MYELIN_ASAN 1
#endif
#if defined(__SANITIZE_THREAD__)
#define MYELIN_TSAN 1
#endif
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MYELIN_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define MYELIN_TSAN 1
#endif
#endif

/// The one place where a thread changes stacks (law 1). Internal to the runtime.
namespace myelin::runtime {

/// One side of a switch: a fiber, or the loop that runs fibers.
struct Context {
    boost::context::detail::fcontext_t at = nullptr;  // where to go on; valid while the side does not run

    // The C++ run-time keeps the exceptions being handled, and the number of those in flight, per thread. They belong
    // to the side: without this a `throw;` rethrows whatever another fiber is handling.
    void* caughtExceptions = nullptr;
    unsigned int uncaughtExceptions = 0;

#ifdef MYELIN_ASAN
    void* fakeStack = nullptr;
    const void* stackBottom = nullptr;
    std::size_t stackSize = 0;
#endif
#ifdef MYELIN_TSAN
    void* tsanFiber = nullptr;
#endif
};

/// Leaves `from` and goes on in `to`; returns when someone switches back to `from`. Aborts while a NoSuspension lives.
void switchContext(Context& from, Context& to);

/// What a fresh stack has to do first: the second half of the switch that led there.
void arriveOnFreshStack(Context& self, boost::context::detail::transfer_t arrival);

/// Makes the sanitizers know the calling thread as a side (the loop's).
void adoptThread(Context& self);

}  // namespace myelin::runtime
