#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "engine/http/body.hpp"

namespace myelin::simulate {

/// A body that is in memory.
class Body final : public http::BodySource {
public:
    /// The bytes have to outlive it.
    explicit Body(std::string_view bytes) noexcept : rest_(bytes), size_(bytes.size()) {}

    http::BodyPart next(http::Deadline) override {
        if (rest_.empty()) return {};
        return {http::BodyStatus::Data, std::exchange(rest_, {})};
    }
    std::optional<std::uint64_t> length() const noexcept override { return size_; }
    std::optional<std::string_view> wholeIfBuffered() const noexcept override { return rest_; }

private:
    std::string_view rest_;
    std::size_t size_;
};

}  // namespace myelin::simulate
