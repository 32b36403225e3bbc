#include "engine/base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace myelin::base {

void assertionFailed(const char* expression, const char* what, const char* file, int line) noexcept {
    std::fprintf(stderr, "myelin: internal error: %s (%s) at %s:%d\n", what, expression, file, line);
    std::abort();
}

}  // namespace myelin::base
