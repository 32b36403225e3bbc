#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/http/head.hpp"
#include "engine/json/json_path.hpp"
#include "engine/xml/xpath.hpp"

namespace myelin::endpoints {

/// Ranges of HTTP statuses: "200-299,304".
class Statuses {
public:
    Statuses() = default;
    /// Nothing when the text is no list of numbers and ranges from 100 to 599.
    static std::optional<Statuses> parse(std::string_view text);
    bool empty() const noexcept { return ranges_.empty(); }
    bool contain(int status) const noexcept;

private:
    struct Range {
        int first;
        int last;
    };
    std::vector<Range> ranges_;
};

/// What the answer to a probe has to be. Immutable once read.
struct Expectations {
    Statuses good;
    /// Empty: every status that is not good. Otherwise a status in neither list decides nothing.
    Statuses bad;
    struct Header {
        std::string name;
        std::optional<std::string> value;  ///< nothing: any
    };
    std::vector<Header> headers;
    struct Json {
        json::JsonPath path;
        std::optional<std::string> value;  ///< nothing: any
    };
    std::vector<Json> json;
    struct Xml {
        xml::XPath path;
        std::optional<std::string> value;  ///< nothing: the expression is true
    };
    std::vector<Xml> xml;

    bool needBody() const noexcept { return !json.empty() || !xml.empty(); }

    enum class StatusIs { Good, Bad, Unlisted };
    StatusIs judge(int status) const noexcept;
    /// Why they are not met; empty when they are.
    std::string unmetHeader(const http::Headers& found) const;
    std::string unmetJson(std::string_view body) const;
    /// Of a document that has been parsed.
    std::string unmetXml(const xml::Document& document) const;
};

}  // namespace myelin::endpoints
