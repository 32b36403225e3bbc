#pragma once

#include <cstddef>
#include <cstring>
#include <memory_resource>
#include <string_view>

namespace myelin::base {

/// Memory that lives as long as one request: handed out by moving a pointer, given back all at once. One thread.
class Arena {
public:
    Arena() : resource_(first_, sizeof first_) {}
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;

    void* allocate(std::size_t size, std::size_t alignment = alignof(std::max_align_t)) {
        return resource_.allocate(size, alignment);
    }
    char* text(std::size_t size) { return static_cast<char*>(resource_.allocate(size == 0 ? 1 : size, 1)); }
    /// A copy that lives as long as the arena.
    std::string_view copy(std::string_view original) {
        if (original.empty()) return {};
        char* to = text(original.size());
        std::memcpy(to, original.data(), original.size());
        return {to, original.size()};
    }
    /// Both parts, one after the other.
    std::string_view join(std::string_view a, std::string_view b) {
        char* to = text(a.size() + b.size());
        if (!a.empty()) std::memcpy(to, a.data(), a.size());
        if (!b.empty()) std::memcpy(to + a.size(), b.data(), b.size());
        return {to, a.size() + b.size()};
    }
    std::pmr::memory_resource& resource() noexcept { return resource_; }

private:
    // What an ordinary proxied request needs, so that it allocates nothing. It stands on the fiber's stack.
    static constexpr std::size_t kFirst = 6 * 1024;
    alignas(std::max_align_t) std::byte first_[kFirst];
    std::pmr::monotonic_buffer_resource resource_;
};

}  // namespace myelin::base
