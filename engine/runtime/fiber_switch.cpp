#include "engine/runtime/fiber_switch.hpp"

#include <cxxabi.h>

#include <cstdio>
#include <cstdlib>

#include "engine/runtime/fiber.hpp"

#ifdef MYELIN_ASAN
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef MYELIN_TSAN
#include <sanitizer/tsan_interface.h>
#endif

namespace myelin::runtime {

namespace {

// The layout is fixed by the Itanium C++ ABI, section 2.2.2.
struct ExceptionGlobals {
    void* caughtExceptions;
    unsigned int uncaughtExceptions;
};

constinit thread_local const char* tNoSuspension = nullptr;

/// Asked for once a thread: the call goes through two libraries, four times a request.
constinit thread_local ExceptionGlobals* tExceptionGlobals = nullptr;

ExceptionGlobals& exceptionGlobals() noexcept {
    if (tExceptionGlobals == nullptr) [[unlikely]]
        tExceptionGlobals = reinterpret_cast<ExceptionGlobals*>(abi::__cxa_get_globals());
    return *tExceptionGlobals;
}

[[noreturn]] void suspendedWhileForbidden() {
    std::fprintf(stderr,
                 "myelin: internal error: a fiber switch while suspending is forbidden: %s (law 2, engine/README.md)\n",
                 tNoSuspension);
    std::abort();
}

/// The side that jumped here has its place to go on only now.
void rememberWhereItLeft(boost::context::detail::transfer_t arrival) {
    static_cast<Context*>(arrival.data)->at = arrival.fctx;
}

}  // namespace

NoSuspension::NoSuspension(const char* why) noexcept : previous_(tNoSuspension) {
    tNoSuspension = why;
}
NoSuspension::~NoSuspension() {
    tNoSuspension = previous_;
}

void switchContext(Context& from, Context& to) {
    if (tNoSuspension != nullptr) [[unlikely]]
        suspendedWhileForbidden();
    ExceptionGlobals& globals = exceptionGlobals();
    from.caughtExceptions = globals.caughtExceptions;
    from.uncaughtExceptions = globals.uncaughtExceptions;
    globals.caughtExceptions = to.caughtExceptions;
    globals.uncaughtExceptions = to.uncaughtExceptions;
#ifdef MYELIN_ASAN
    __sanitizer_start_switch_fiber(&from.fakeStack, to.stackBottom, to.stackSize);
#endif
#ifdef MYELIN_TSAN
    __tsan_switch_to_fiber(to.tsanFiber, 0);
#endif
    const boost::context::detail::transfer_t arrival = boost::context::detail::jump_fcontext(to.at, &from);
    rememberWhereItLeft(arrival);
#ifdef MYELIN_ASAN
    auto* left = static_cast<Context*>(arrival.data);
    __sanitizer_finish_switch_fiber(from.fakeStack, &left->stackBottom, &left->stackSize);
#endif
}

void arriveOnFreshStack([[maybe_unused]] Context& self, boost::context::detail::transfer_t arrival) {
    rememberWhereItLeft(arrival);
#ifdef MYELIN_ASAN
    auto* left = static_cast<Context*>(arrival.data);
    __sanitizer_finish_switch_fiber(self.fakeStack, &left->stackBottom, &left->stackSize);
#endif
}

void adoptThread([[maybe_unused]] Context& self) {
#ifdef MYELIN_TSAN
    self.tsanFiber = __tsan_get_current_fiber();
#endif
}

}  // namespace myelin::runtime
