#include "endpoints/health/expectations.hpp"

#include <algorithm>

#include "engine/base/strings.hpp"

namespace myelin::endpoints {

namespace {

/// Enough of what came to see what it is.
std::string shown(std::string_view text) {
    constexpr std::size_t kMost = 80;
    std::string result = "\"";
    for (const char c : text.substr(0, kMost)) result += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    return result + (text.size() > kMost ? "...\"" : "\"");
}

}  // namespace

std::optional<Statuses> Statuses::parse(std::string_view text) {
    constexpr int kLeast = 100;
    constexpr int kMost = 599;
    Statuses result;
    for (const auto part : base::split(text, ", \t\r\n")) {
        const auto dash = part.find('-');
        const auto first = base::parseNumber<int>(part.substr(0, dash));
        const auto last = dash == std::string_view::npos ? first : base::parseNumber<int>(part.substr(dash + 1));
        if (!first || !last || *first < kLeast || *last > kMost || *first > *last) return std::nullopt;
        result.ranges_.push_back({*first, *last});
    }
    if (result.empty()) return std::nullopt;
    return result;
}

bool Statuses::contain(int status) const noexcept {
    return std::any_of(
        ranges_.begin(), ranges_.end(), [&](const Range& one) { return one.first <= status && status <= one.last; });
}

Expectations::StatusIs Expectations::judge(int status) const noexcept {
    if (bad.contain(status)) return StatusIs::Bad;
    if (good.contain(status)) return StatusIs::Good;
    return bad.empty() ? StatusIs::Bad : StatusIs::Unlisted;
}

std::string Expectations::unmetHeader(const http::Headers& found) const {
    for (const auto& wanted : headers) {
        bool there = false;
        bool met = false;
        for (const auto& field : found) {
            if (!base::equalsIgnoreCase(field.name, wanted.name)) continue;
            there = true;
            met = met || !wanted.value || base::trim(field.value) == *wanted.value;
        }
        if (!there) return "the answer has no field " + wanted.name;
        if (!met) return "the field " + wanted.name + " of the answer is not " + shown(*wanted.value);
    }
    return {};
}

std::string Expectations::unmetJson(std::string_view body) const {
    for (const auto& wanted : json) {
        std::string error;
        const auto found = wanted.path.find(body, error);
        if (!error.empty()) return error;
        if (!found) return "the body has nothing at " + wanted.path.text();
        if (wanted.value && found->text != *wanted.value) {
            return wanted.path.text() + " is " + shown(found->text) + " and not " + shown(*wanted.value);
        }
    }
    return {};
}

std::string Expectations::unmetXml(const xml::Document& document) const {
    xml::NoVariables nothing;
    const xml::XPathContext context{&document, document.root(), nothing};
    for (const auto& wanted : xml) {
        try {
            if (!wanted.value) {
                if (!wanted.path.evaluateBool(context)) return wanted.path.text() + " is not true of the body";
                continue;
            }
            const std::string found = wanted.path.evaluateString(context).value_or(std::string());
            if (base::trim(found) != base::trim(*wanted.value)) {
                return wanted.path.text() + " is " + shown(base::trim(found)) + " and not " + shown(*wanted.value);
            }
        } catch (const xml::XPathError& error) {
            return std::string("the XPath does not fit the body: ") + error.what();
        }
    }
    return {};
}

}  // namespace myelin::endpoints
