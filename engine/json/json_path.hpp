#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace myelin::json {

/// A place in a JSON document: `$.a.b[0]['c d']`. Keys and indexes only; no wildcards, no filters. Immutable.
class JsonPath {
public:
    /// Nothing when the text is none.
    static std::optional<JsonPath> parse(std::string_view text);

    /// What stands at the place. Strings are without quotes, numbers and so on as JSON writes them.
    struct Found {
        std::string text;     ///< "{...}" and "[...]" for objects and arrays
        bool single = false;  ///< a string, number, boolean or null
    };
    /// Nothing when the document has no such place. `error` says why when `document` is no JSON.
    std::optional<Found> find(std::string_view document, std::string& error) const;
    const std::string& text() const noexcept { return text_; }

private:
    std::string text_;
    std::vector<std::variant<std::string, std::size_t>> steps_;
};

}  // namespace myelin::json
