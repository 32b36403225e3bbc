#pragma once

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace myelin::endpoints {

/// A template that cannot be read.
class UriTemplateError : public std::runtime_error {
public:
    UriTemplateError(std::size_t position, const std::string& reason)
        : std::runtime_error(reason), position_(position) {}
    /// Byte offset into the template.
    std::size_t position() const noexcept { return position_; }

private:
    std::size_t position_;
};

/// The expansion side of RFC 6570, all four levels, for values that are text: {x} {+x} {#x} {.x} {/x} {;x} {?x,y} {&x},
/// a prefix {x:3}, and {x*}, which for one text is {x}. Besides what the RFC allows, a variable's name may have '-'.
/// Immutable.
class UriTemplate {
public:
    /// Where values come from. They have to live until expand() returns.
    class Values {
    public:
        virtual ~Values() = default;
        /// Nothing: undefined, which expands to nothing.
        virtual std::optional<std::string_view> value(std::string_view name) = 0;
    };

    /// Throws UriTemplateError.
    explicit UriTemplate(std::string_view text);

    const std::string& text() const noexcept { return text_; }
    /// The names in order of their appearance, with repetitions.
    std::vector<std::string_view> variables() const;
    /// Whether it has an expression {x} or {+x}, whose absence leaves a hole, where the other ones are left out whole.
    bool hasMandatoryPart() const noexcept;

    /// The literal text before the first expression, encoded; and the operator of that expression: 0 for none (or no
    /// expression), else one of + # . / ; ? &.
    std::string_view literalStart() const noexcept;
    char firstOperator() const noexcept;

    struct Expansion {
        std::size_t defined = 0;  ///< how many variables had a value
    };
    /// Appends the expansion. Only characters that may stand in a URI come out, whatever the values are.
    Expansion expand(Values& values, std::string& out) const;

private:
    struct Variable {
        std::string name;
        std::size_t prefix = 0;  ///< {x:3}: characters; 0: all
    };
    /// Literal text, or an expression when it has variables.
    struct Part {
        std::string literal;
        char operation = 0;
        std::vector<Variable> variables;
    };

    void readExpression(std::string_view expression, std::size_t at);
    static Variable readVariable(std::string_view spec, std::size_t at);
    static std::size_t expandPart(const Part& part, Values& values, std::string& out);

    std::string text_;
    std::vector<Part> parts_;
};

}  // namespace myelin::endpoints
