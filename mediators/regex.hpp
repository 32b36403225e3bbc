#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/config/element.hpp"

namespace myelin::mediators {

/// A regular expression with the meaning of Java's String.matches(): it has to match the whole text, and a dot matches
/// no line end. Compiled once, shared by all workers. Matching is bounded in steps and memory, uses no stack and never
/// waits.
class Regex {
public:
    /// Compiles an attribute's value. Nothing when the attribute is absent or, after reporting where it is wrong, not a
    /// regular expression.
    static std::optional<Regex> read(config::Element& element, std::string_view attribute);

    /// Where and why a pattern is not a regular expression.
    struct Error {
        std::string text;
        std::size_t position = 0;  ///< bytes from the beginning
    };
    static std::optional<Regex> compile(std::string_view pattern, Error& error);

    /// Whether the whole text matches. Throws MediationFault when the text is not UTF-8 or matching takes too many
    /// steps: neither "yes" nor "no" would be true.
    bool matches(std::string_view text) const;
    /// What group `group` (0: everything) holds; nothing when the text does not match or the group took no part.
    /// `group` must not exceed groups().
    struct Match {
        bool matched = false;
        std::optional<std::string_view> group;
    };
    Match match(std::string_view text, unsigned group) const;

    unsigned groups() const noexcept;
    const std::string& pattern() const noexcept { return pattern_; }

private:
    struct Free {
        void operator()(void* code) const noexcept;
    };
    int run(std::string_view text) const;

    std::string pattern_;
    bool plain_ = false;  // it stands for itself
    std::unique_ptr<void, Free> code_;
};

}  // namespace myelin::mediators
