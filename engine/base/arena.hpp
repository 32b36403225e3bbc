#pragma once

#include <cstddef>
#include <cstring>
#include <memory_resource>
#include <optional>
#include <string_view>

namespace myelin::base {

/// Memory that lives as long as one request: handed out by moving a pointer, given back all at once. One thread.
class Arena {
public:
    // Not defaulted: Arena{} would fill the block with zeros.
    Arena() {}  // NOLINT
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;

    void* allocate(std::size_t size, std::size_t alignment = alignof(std::max_align_t)) {
        return resource_.take(size, alignment);
    }
    char* text(std::size_t size) { return static_cast<char*>(resource_.take(size == 0 ? 1 : size, 1)); }
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
    // std::pmr::monotonic_buffer_resource does the same, but out of line: four times as many instructions for a request
    // that needs nothing beyond the first block.
    class Resource final : public std::pmr::memory_resource {
    public:
        void* take(std::size_t size, std::size_t alignment) {
            const std::size_t begin = (used_ + alignment - 1) & ~(alignment - 1);
            if (alignment > alignof(std::max_align_t) || begin > kFirst || size > kFirst - begin) [[unlikely]]
                return takeMore(size, alignment);
            used_ = begin + size;
            return first_ + begin;
        }

    private:
        // Out of line, so that the common path needs no stack frame.
        [[gnu::cold, gnu::noinline]] void* takeMore(std::size_t size, std::size_t alignment) {
            if (!more_) more_.emplace(2 * kFirst);
            return more_->allocate(size, alignment);
        }
        void* do_allocate(std::size_t size, std::size_t alignment) override { return take(size, alignment); }
        void do_deallocate(void*, std::size_t, std::size_t) override {}
        bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override { return this == &other; }

        // What an ordinary proxied request needs, so that it allocates nothing. It stands on the fiber's stack.
        static constexpr std::size_t kFirst = 6 * 1024;
        std::size_t used_ = 0;
        std::optional<std::pmr::monotonic_buffer_resource> more_;
        alignas(std::max_align_t) std::byte first_[kFirst];
    };

    Resource resource_;
};

}  // namespace myelin::base
