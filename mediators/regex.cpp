#define PCRE2_CODE_UNIT_WIDTH 8
#include "mediators/regex.hpp"

#include <pcre2.h>

#include <algorithm>
#include <array>
#include <new>

#include "engine/base/strings.hpp"
#include "engine/message/fault.hpp"

namespace myelin::mediators {

namespace {

// A text of a megabyte can be searched to and fro once; a pattern that explodes is stopped after some 20 ms.
constexpr std::uint32_t kMostSteps = 2'000'000;
constexpr std::uint32_t kMostDepth = 100'000;
constexpr std::uint32_t kMostHeapKiB = 16u << 10;
constexpr std::uint32_t kMostGroups = 64;

const pcre2_code* codeOf(const void* code) noexcept {
    return static_cast<const pcre2_code*>(code);
}

/// What matching needs beside the pattern; one per thread, since a match never suspends.
class Workspace {
public:
    Workspace()
        : context_(pcre2_match_context_create(nullptr)), data_(pcre2_match_data_create(kMostGroups + 1, nullptr)) {
        if (!context_ || !data_) {
            release();
            throw std::bad_alloc();
        }
        pcre2_set_match_limit(context_, kMostSteps);
        pcre2_set_depth_limit(context_, kMostDepth);
        pcre2_set_heap_limit(context_, kMostHeapKiB);
    }
    ~Workspace() { release(); }
    Workspace(const Workspace&) = delete;
    Workspace& operator=(const Workspace&) = delete;

    pcre2_match_context* context() const noexcept { return context_; }
    pcre2_match_data* data() const noexcept { return data_; }

private:
    void release() noexcept {
        pcre2_match_data_free(data_);
        pcre2_match_context_free(context_);
    }

    pcre2_match_context* context_;
    pcre2_match_data* data_;
};

Workspace& workspace() {
    thread_local Workspace instance;
    return instance;
}

std::string errorText(int code) {
    std::array<PCRE2_UCHAR, 256> buffer{};
    const int size = pcre2_get_error_message(code, buffer.data(), buffer.size());
    return size < 0 ? "error " + std::to_string(code) : std::string(buffer.begin(), buffer.begin() + size);
}

/// Java intersects classes with && ([a-z&&[^x]]); PCRE2 would take the same text for something else.
std::optional<std::size_t> classIntersection(std::string_view pattern) {
    bool inClass = false;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] == '\\') {
            ++i;
        } else if (pattern[i] == '[') {
            inClass = true;
        } else if (pattern[i] == ']') {
            inClass = false;
        } else if (inClass && pattern.substr(i).starts_with("&&")) {
            return i;
        }
    }
    return std::nullopt;
}

/// Text without a character that means anything in a pattern; ASCII, so that it is UTF-8 whatever the subject is.
bool isPlain(std::string_view pattern) noexcept {
    return std::all_of(pattern.begin(), pattern.end(), [](char c) {
        return base::isDigit(c) || base::isSpace(c) || (base::toLowerAscii(c) >= 'a' && base::toLowerAscii(c) <= 'z') ||
               c == '-' || c == '_' || c == '/' || c == ':' || c == ',' || c == '=';
    });
}

}  // namespace

void Regex::Free::operator()(void* code) const noexcept {
    pcre2_code_free(static_cast<pcre2_code*>(code));
}

std::optional<Regex> Regex::read(config::Element& element, std::string_view attribute) {
    const auto pattern = element.attribute(attribute);
    if (!pattern) return std::nullopt;
    Error error;
    auto regex = compile(*pattern, error);
    if (!regex) {
        element.errorAt(attribute,
                        "not a regular expression: " + error.text + " at character " +
                            std::to_string(error.position + 1) + " of \"" + *pattern + "\"");
    }
    return regex;
}

std::optional<Regex> Regex::compile(std::string_view pattern, Error& error) {
    if (const auto position = classIntersection(pattern)) {
        error = {"intersections of character classes (&&) are not supported", *position};
        return std::nullopt;
    }
    const std::unique_ptr<pcre2_compile_context, decltype(&pcre2_compile_context_free)> context(
        pcre2_compile_context_create(nullptr), &pcre2_compile_context_free);
    if (!context) throw std::bad_alloc();
    pcre2_set_newline(context.get(), PCRE2_NEWLINE_ANY);
    int code = 0;
    std::size_t offset = 0;
    Regex regex;
    regex.code_.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()),
                                    pattern.size(),
                                    PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_NEVER_BACKSLASH_C,
                                    &code,
                                    &offset,
                                    context.get()));
    if (!regex.code_) {
        error = {errorText(code), offset};
        return std::nullopt;
    }
    if (regex.groups() > kMostGroups) {
        error = {"more than " + std::to_string(kMostGroups) + " groups", pattern.size()};
        return std::nullopt;
    }
    regex.pattern_ = pattern;
    regex.plain_ = isPlain(pattern);
    return regex;
}

unsigned Regex::groups() const noexcept {
    std::uint32_t count = 0;
    pcre2_pattern_info(codeOf(code_.get()), PCRE2_INFO_CAPTURECOUNT, &count);
    return count;
}

int Regex::run(std::string_view text) const {
    Workspace& space = workspace();
    const char* begin = text.data() ? text.data() : "";
    const int result = pcre2_match(
        codeOf(code_.get()), reinterpret_cast<PCRE2_SPTR>(begin), text.size(), 0, 0, space.data(), space.context());
    if (result >= 0 || result == PCRE2_ERROR_NOMATCH) return result;
    throw message::MediationFault(message::error_code::kMediation,
                                  "regular expression \"" + pattern_ + "\" cannot be applied: " + errorText(result));
}

bool Regex::matches(std::string_view text) const {
    // Most patterns are plain text, which matches itself: a twentieth of the instructions.
    if (plain_ && text == pattern_) return true;
    return run(text) >= 0;
}

Regex::Match Regex::match(std::string_view text, unsigned group) const {
    if (run(text) < 0) return {};
    pcre2_match_data* data = workspace().data();
    const std::size_t* ends = pcre2_get_ovector_pointer(data);
    if (group >= pcre2_get_ovector_count(data) || ends[2 * group] == PCRE2_UNSET) return {true, std::nullopt};
    return {true, text.substr(ends[2 * group], ends[2 * group + 1] - ends[2 * group])};
}

}  // namespace myelin::mediators
