#pragma once

#include <cstdint>
#include <optional>

namespace myelin::runtime {

/// How many bytes that were written to a TCP socket the peer's kernel has acknowledged since the connection was opened;
/// still known after the connection broke. What was never acknowledged, no process behind it can have read. Nothing
/// when the system cannot tell.
std::optional<std::uint64_t> acknowledgedBytes(int descriptor) noexcept;

}  // namespace myelin::runtime
