#pragma once

#include <functional>
#include <string>
#include <utility>

#include "engine/runtime/fiber.hpp"
#include "engine/runtime/loop.hpp"
#include "engine/runtime/stream.hpp"

namespace myelin::runtime::test {

/// Runs `body` in a fiber of a loop of its own, on the calling thread, until it and all fibers it started have ended.
/// An exception comes out here.
void inLoop(const std::function<void()>& body);

/// Two connected TCP sockets on the loopback interface.
std::pair<int, int> connectedSockets();
std::unique_ptr<Stream> streamOf(int descriptor);

/// A deadline by which whatever a test waits for has happened, unless it never will.
Deadline soon();

struct Death {
    int signal = 0;     ///< that ended the child; 0 when it ended otherwise
    std::string error;  ///< what it wrote on standard error
};
/// Runs `body` in a child process that is expected to die in it.
Death deathOf(const std::function<void()>& body);

}  // namespace myelin::runtime::test
