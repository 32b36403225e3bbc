#pragma once

#include <sys/types.h>

#include <cstddef>

#include "engine/runtime/loop.hpp"
#include "engine/runtime/stream.hpp"

/// What plain and secured streams share: waiting for a descriptor in a fiber or outside one, and the meaning of errno.
/// Internal to the runtime.
namespace myelin::runtime {

/// Waits until the descriptor can be read or written; false when the deadline passed first. In a fiber through the
/// watch, outside with poll(2).
bool waitReadable(IoWatch& watch, int descriptor, Deadline deadline);
bool waitWritable(IoWatch& watch, int descriptor, Deadline deadline);

/// recv(2) and send(2) without waiting and without SIGPIPE, errno included. The C library's own are places where a
/// thread may be cancelled, which costs a threaded process two atomic operations and some sixty instructions a call:
/// more than one per cent of all CPU time here, where nobody cancels threads.
ssize_t receiveNow(int descriptor, void* data, std::size_t size) noexcept;
ssize_t sendNow(int descriptor, const void* data, std::size_t size) noexcept;

/// A failed system call on a connected socket as a result.
IoResult failedIo(int error, std::size_t bytes) noexcept;

/// Non-blocking and without Nagle's delay. The socket may be one that refuses the latter (a socket pair in a test).
void prepareSocket(int descriptor) noexcept;

}  // namespace myelin::runtime
