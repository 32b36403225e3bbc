#pragma once

namespace myelin::base {

/// Prints what was violated and where, then aborts. Used by the macro below; never returns.
[[noreturn]] void assertionFailed(const char* expression, const char* what, const char* file, int line) noexcept;

}  // namespace myelin::base

/// What cannot happen unless Myelin itself is wrong. Checked in every build: a wrong engine must not go on.
#define MYELIN_ASSERT(condition, what)                                             \
    do {                                                                           \
        if (!(condition)) [[unlikely]]                                             \
            ::myelin::base::assertionFailed(#condition, what, __FILE__, __LINE__); \
    } while (false)
