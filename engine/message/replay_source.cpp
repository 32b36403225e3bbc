#include "engine/message/replay_source.hpp"

#include <algorithm>

namespace myelin::message {

bool ReplaySource::restart() noexcept {
    if (overflowed_) return false;
    position_ = 0;
    return true;
}

http::BodyPart ReplaySource::next(http::Deadline deadline) {
    if (position_ < kept_.size()) {
        const std::string_view rest = std::string_view(kept_).substr(position_);
        position_ = kept_.size();
        return {http::BodyStatus::Data, rest};
    }
    if (ended_) return {*ended_, {}};

    const http::BodyPart part = source_->next(deadline);
    if (part.status != http::BodyStatus::Data) {
        // Time may have been the reader's, not the sender's: a later attempt asks again.
        if (part.status != http::BodyStatus::TimedOut) ended_ = part.status;
        return part;
    }
    if (overflowed_ || part.bytes.empty()) return part;
    if (part.bytes.size() > limit_ - std::min<std::uint64_t>(limit_, kept_.size())) {
        overflowed_ = true;
        position_ = 0;
        kept_ = {};
        return part;
    }
    kept_.append(part.bytes);
    position_ = kept_.size();
    return part;
}

std::optional<std::string_view> ReplaySource::wholeIfBuffered() const noexcept {
    if (overflowed_) return std::nullopt;
    if (kept_.empty()) return ended_ ? std::nullopt : source_->wholeIfBuffered();
    if (position_ == 0 && ended_ == http::BodyStatus::End) return std::string_view(kept_);
    return std::nullopt;
}

}  // namespace myelin::message
