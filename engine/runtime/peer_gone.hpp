#pragma once

#include "engine/runtime/stream.hpp"

namespace myelin::runtime {

/// Whether the peer has ended its side of the connection, or broken it, as far as the kernel knows. Never waits, takes
/// nothing off the stream. False while there is something unread in front of the end, unless the loop has been told of
/// the end.
bool peerGone(Stream& stream) noexcept;

}  // namespace myelin::runtime
