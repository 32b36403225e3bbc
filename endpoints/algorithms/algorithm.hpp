#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace myelin::endpoints {

/// The children of a group as an algorithm sees them while it chooses.
class Candidates {
public:
    virtual ~Candidates() = default;
    virtual std::size_t size() const noexcept = 0;
    /// Whether child `index` may be given a message now, and was not refused for this message before.
    virtual bool available(std::size_t index) const noexcept = 0;
};

constexpr std::size_t kNoCandidate = static_cast<std::size_t>(-1);

/// Chooses a child of a load-balance group, and is told how it went. Never sends, retries or sleeps. One object serves
/// all workers at once: state is atomic, or locked for no longer than a choice takes. Its state survives a reload that
/// does not change the group. This header is to become the plugin interface: nothing but the standard library in it.
class Algorithm {
public:
    virtual ~Algorithm() = default;
    /// An index below candidates.size(), or kNoCandidate when none is available.
    virtual std::size_t pick(const Candidates& candidates) = 0;
    /// What became of a message that was sent to `index`.
    virtual void report(std::size_t index, bool answered) {
        (void)index;
        (void)answered;
    }
};

}  // namespace myelin::endpoints
