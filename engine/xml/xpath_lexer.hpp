#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace myelin::xml::xpath {

enum class TokenKind {
    End,
    OpenParen,
    CloseParen,
    OpenBracket,
    CloseBracket,
    Dot,
    DotDot,
    At,
    Comma,
    ColonColon,
    Slash,
    SlashSlash,
    Pipe,
    Plus,
    Minus,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Multiply,
    And,
    Or,
    Mod,
    Div,
    Star,        // a name test
    PrefixStar,  // p:*
    Name,
    Variable,
    Literal,
    Number
};

struct Token {
    TokenKind kind = TokenKind::End;
    std::size_t position = 0;
    std::string_view text{};    // as written; of a literal, without its quotes
    std::string_view prefix{};  // of a name, variable or p:*
    std::string_view local{};
};

/// All tokens of an expression, the last of kind End, with `*` and operator names told from name tests by what stands
/// before them (XPath 1.0, 3.7). Throws XPathError.
std::vector<Token> tokenize(std::string_view expression);

/// Throws XPathError: the expression, what is wrong and where.
[[noreturn]] void fail(std::string_view expression, std::size_t position, const std::string& what);

}  // namespace myelin::xml::xpath
