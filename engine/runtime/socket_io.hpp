#pragma once

#include "engine/runtime/loop.hpp"
#include "engine/runtime/stream.hpp"

/// What plain and secured streams share: waiting for a descriptor in a fiber or outside one, and the meaning of errno.
/// Internal to the runtime.
namespace myelin::runtime {

/// Waits until the descriptor can be read or written; false when the deadline passed first. In a fiber through the
/// watch, outside with poll(2).
bool waitReadable(IoWatch& watch, int descriptor, Deadline deadline);
bool waitWritable(IoWatch& watch, int descriptor, Deadline deadline);

/// A failed system call on a connected socket as a result.
IoResult failedIo(int error, std::size_t bytes) noexcept;

/// Non-blocking and without Nagle's delay. The socket may be one that refuses the latter (a socket pair in a test).
void prepareSocket(int descriptor) noexcept;

}  // namespace myelin::runtime
