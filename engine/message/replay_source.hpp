#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/http/body.hpp"

namespace myelin::message {

/// A body from the network that can be sent again: what goes by is kept, up to a limit. With a limit of 0 nothing is
/// kept, and only a body of which nothing has been read yet can be sent again (the connection never came up).
class ReplaySource final : public http::BodySource {
public:
    ReplaySource(http::BodySource& source, std::uint64_t limit) : source_(&source), limit_(limit) {}

    /// Goes back to the first byte. False when that is gone.
    bool restart() noexcept;
    bool restartable() const noexcept { return !overflowed_; }
    /// Takes effect for what has not gone by yet.
    void raiseLimit(std::uint64_t limit) noexcept { limit_ = limit; }

    http::BodyPart next(http::Deadline deadline) override;
    std::optional<std::uint64_t> length() const noexcept override { return source_->length(); }
    std::optional<std::string_view> wholeIfBuffered() const noexcept override;
    const http::Headers* trailers() const noexcept override { return source_->trailers(); }

private:
    http::BodySource* source_;
    std::uint64_t limit_;
    std::string kept_;                       // from the first byte, as far as it was read; empty once overflowed
    std::size_t position_ = 0;               // in kept_, while replaying
    std::optional<http::BodyStatus> ended_;  // how the source ended; the same again on every replay
    bool overflowed_ = false;
};

}  // namespace myelin::message
