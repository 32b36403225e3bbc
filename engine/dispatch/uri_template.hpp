#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace myelin::dispatch {

/// The match side of RFC 6570 as Synapse's APIs speak it (synapse-mediation 3.5): literals, {a}, {a,b}, {a:3}, {+a},
/// {.a}, {/a}, {#a} and a trailing *. Immutable.
class UriTemplate {
public:
    /// Names (views into the template) and values.
    using Variables = std::vector<std::pair<std::string_view, std::string>>;

    /// Throws std::invalid_argument that says what is wrong and where.
    explicit UriTemplate(std::string text);

    /// Matches the part of a request target behind the API's context; a template without `?` ignores the query. The
    /// values are percent-decoded. A variable that occurs twice must have one value.
    bool match(std::string_view target, Variables& variables) const;

    const std::string& text() const noexcept { return text_; }

    /// Orders templates that match the same target: more literal characters first, then fewer variables. Templates
    /// that are equal in both keep the order of their declaration.
    bool moreSpecificThan(const UriTemplate& other) const noexcept;

private:
    struct Part {
        enum class Kind { Literal, Variable, Wildcard } kind = Kind::Literal;
        std::string text;        // literal, or the variable's name
        char modifier = 0;       // + # . / or none
        std::size_t length = 0;  // {a:3}
    };

    /// One attempt to match; gives up after so many steps that no sensible template needs them.
    struct Attempt {
        Variables& variables;
        unsigned stepsLeft = 20'000;
    };
    bool matchFrom(std::size_t part, std::string_view rest, Attempt& attempt) const;
    bool matchVariable(std::size_t part, std::string_view rest, Attempt& attempt) const;
    void parseExpression(std::string_view expression, std::size_t at);

    std::string text_;
    std::vector<Part> parts_;
    std::size_t literalCharacters_ = 0;
    std::size_t variables_ = 0;
    bool matchesQuery_ = false;
};

/// `%41` becomes `A`; `+` stays. A malformed escape is left as it stands.
std::string percentDecode(std::string_view text);

}  // namespace myelin::dispatch
