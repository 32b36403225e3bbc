#include "endpoints/health/expectations.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>

#include "engine/base/strings.hpp"

namespace myelin::endpoints {

namespace {

/// Not of objects and arrays: writing those recurses as deep as they are.
std::string textOf(const rapidjson::Value& value) {
    if (value.IsString()) return {value.GetString(), value.GetStringLength()};
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
    value.Accept(writer);
    return {buffer.GetString(), buffer.GetSize()};
}

/// Enough of what came to see what it is.
std::string shown(std::string_view text) {
    constexpr std::size_t kMost = 80;
    std::string result = "\"";
    for (const char c : text.substr(0, kMost)) result += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    return result + (text.size() > kMost ? "...\"" : "\"");
}

bool keyEnds(char c) noexcept {
    return c == '.' || c == '[';
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

std::optional<JsonPath> JsonPath::parse(std::string_view text) {
    JsonPath path;
    path.text_ = text;
    if (text.empty() || text.front() != '$') return std::nullopt;
    for (std::size_t at = 1; at < text.size();) {
        if (text[at] == '.') {
            const auto start = ++at;
            while (at < text.size() && !keyEnds(text[at])) ++at;
            if (at == start || text[start] == '*') return std::nullopt;
            path.steps_.emplace_back(std::string(text.substr(start, at - start)));
            continue;
        }
        if (text[at] != '[' || at + 1 == text.size()) return std::nullopt;
        const char quote = text[at + 1];
        if (quote == '\'' || quote == '"') {
            const auto end = text.find(quote, at + 2);
            if (end == std::string_view::npos || end + 1 >= text.size() || text[end + 1] != ']') return std::nullopt;
            path.steps_.emplace_back(std::string(text.substr(at + 2, end - at - 2)));
            at = end + 2;
            continue;
        }
        const auto end = text.find(']', at);
        if (end == std::string_view::npos) return std::nullopt;
        const auto index = base::parseNumber<std::size_t>(text.substr(at + 1, end - at - 1));
        if (!index) return std::nullopt;
        path.steps_.emplace_back(*index);
        at = end + 1;
    }
    return path;
}

std::optional<std::string> JsonPath::find(std::string_view document, std::string& error) const {
    rapidjson::Document json;
    // Iterative: how deep a server nests must not decide how deep our stack is.
    json.Parse<rapidjson::kParseIterativeFlag>(document.data(), document.size());
    if (json.HasParseError()) {
        error = "the body is no JSON";
        return std::nullopt;
    }
    const rapidjson::Value* at = &json;
    for (const auto& step : steps_) {
        if (const auto* index = std::get_if<std::size_t>(&step)) {
            if (!at->IsArray() || *index >= at->Size()) return std::nullopt;
            at = &(*at)[static_cast<rapidjson::SizeType>(*index)];
            continue;
        }
        const auto& key = std::get<std::string>(step);
        if (!at->IsObject()) return std::nullopt;
        const auto member = at->FindMember(
            rapidjson::Value(rapidjson::StringRef(key.data(), static_cast<rapidjson::SizeType>(key.size()))));
        if (member == at->MemberEnd()) return std::nullopt;
        at = &member->value;
    }
    if (at->IsObject()) return "{...}";
    if (at->IsArray()) return "[...]";
    return textOf(*at);
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
        if (wanted.value && *found != *wanted.value) {
            return wanted.path.text() + " is " + shown(*found) + " and not " + shown(*wanted.value);
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
