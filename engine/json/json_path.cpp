#include "engine/json/json_path.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "engine/base/strings.hpp"

namespace myelin::json {

namespace {

/// Not of objects and arrays: writing those recurses as deep as they are.
std::string textOf(const rapidjson::Value& value) {
    if (value.IsString()) return {value.GetString(), value.GetStringLength()};
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
    value.Accept(writer);
    return {buffer.GetString(), buffer.GetSize()};
}

bool keyEnds(char c) noexcept {
    return c == '.' || c == '[';
}

}  // namespace

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

std::optional<JsonPath::Found> JsonPath::find(std::string_view document, std::string& error) const {
    rapidjson::Document json;
    // Iterative: how deep a stranger nests must not decide how deep our stack is.
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
    if (at->IsObject()) return Found{"{...}"};
    if (at->IsArray()) return Found{"[...]"};
    return Found{textOf(*at), true};
}

}  // namespace myelin::json
