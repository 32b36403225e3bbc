#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace myelin::endpoints {

/// Each path once, however many sessions take it: there are as many as ways through a tree of endpoints, and a session
/// keeps a number of four bytes. One thread at a time.
class PathTable {
public:
    using Number = std::uint32_t;

    /// The number of that path, in use once more.
    Number take(std::string_view path);
    /// In use once less; nobody's path is forgotten.
    void release(Number number);
    std::string_view text(Number number) const noexcept { return entries_[number]->first; }
    /// What all paths take, roughly.
    std::size_t bytes() const noexcept { return bytes_; }

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>()(text); }
    };
    struct Use {
        Number number;
        std::size_t count;
    };
    using Paths = std::unordered_map<std::string, Use, Hash, std::equal_to<>>;

    static std::size_t sizeOf(std::string_view path) noexcept;

    Paths paths_;
    std::vector<Paths::value_type*> entries_;  // by number; null where free
    std::vector<Number> free_;
    std::size_t bytes_ = 0;
};

}  // namespace myelin::endpoints
