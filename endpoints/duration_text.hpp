#pragma once

#include <chrono>
#include <string>

#include "engine/base/clock.hpp"

namespace myelin::endpoints {

/// "1500 ms", for logs and errors.
inline std::string milliseconds(base::Duration duration) {
    return std::to_string(std::chrono::duration_cast<base::Milliseconds>(duration).count()) + " ms";
}

}  // namespace myelin::endpoints
