#include "engine/xml/xpath_lexer.hpp"

#include <string>

#include "engine/xml/byte_scan.hpp"
#include "engine/xml/xpath.hpp"

namespace myelin::xml::xpath {

namespace {

constexpr bool isDigit(char c) noexcept {
    return c >= '0' && c <= '9';
}

class Lexer {
public:
    explicit Lexer(std::string_view text) : text_(text) {}

    std::vector<Token> run() {
        for (;;) {
            while (at_ < text_.size() && has(text_[at_], kSpace)) ++at_;
            if (at_ == text_.size()) break;
            next();
        }
        tokens_.push_back({TokenKind::End, text_.size(), {}, {}, {}});
        return std::move(tokens_);
    }

private:
    char peek(std::size_t ahead) const noexcept { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

    void add(TokenKind kind, std::size_t length) {
        tokens_.push_back({kind, at_, text_.substr(at_, length), {}, {}});
        at_ += length;
    }

    // Whether what stands before makes `*` or a name an operator.
    bool operatorExpected() const noexcept {
        if (tokens_.empty()) return false;
        switch (tokens_.back().kind) {
            case TokenKind::CloseParen:
            case TokenKind::CloseBracket:
            case TokenKind::Dot:
            case TokenKind::DotDot:
            case TokenKind::Star:
            case TokenKind::PrefixStar:
            case TokenKind::Name:
            case TokenKind::Variable:
            case TokenKind::Literal:
            case TokenKind::Number:
                return true;
            default:
                return false;
        }
    }

    void next() {
        const char c = text_[at_];
        const char d = peek(1);
        switch (c) {
            case '(':
                return add(TokenKind::OpenParen, 1);
            case ')':
                return add(TokenKind::CloseParen, 1);
            case '[':
                return add(TokenKind::OpenBracket, 1);
            case ']':
                return add(TokenKind::CloseBracket, 1);
            case '@':
                return add(TokenKind::At, 1);
            case ',':
                return add(TokenKind::Comma, 1);
            case '|':
                return add(TokenKind::Pipe, 1);
            case '+':
                return add(TokenKind::Plus, 1);
            case '-':
                return add(TokenKind::Minus, 1);
            case '=':
                return add(TokenKind::Equal, 1);
            case '*':
                return add(operatorExpected() ? TokenKind::Multiply : TokenKind::Star, 1);
            case '/':
                return d == '/' ? add(TokenKind::SlashSlash, 2) : add(TokenKind::Slash, 1);
            case '<':
                return d == '=' ? add(TokenKind::LessOrEqual, 2) : add(TokenKind::Less, 1);
            case '>':
                return d == '=' ? add(TokenKind::GreaterOrEqual, 2) : add(TokenKind::Greater, 1);
            case '!':
                if (d != '=') fail(text_, at_, "expected '=' after '!'");
                return add(TokenKind::NotEqual, 2);
            case ':':
                if (d != ':') fail(text_, at_, "unexpected ':'");
                return add(TokenKind::ColonColon, 2);
            case '.':
                if (isDigit(d)) return number();
                return d == '.' ? add(TokenKind::DotDot, 2) : add(TokenKind::Dot, 1);
            case '"':
            case '\'':
                return literal(c);
            case '$':
                return variable();
            default:
                break;
        }
        if (isDigit(c)) return number();
        if (has(c, kNameStart)) return name();
        fail(text_, at_, std::string("unexpected character '") + c + "'");
    }

    void number() {
        std::size_t length = 0;
        while (isDigit(peek(length))) ++length;
        if (peek(length) == '.') {
            ++length;
            while (isDigit(peek(length))) ++length;
        }
        add(TokenKind::Number, length);
    }

    void literal(char quote) {
        const std::size_t end = text_.find(quote, at_ + 1);
        if (end == std::string_view::npos) fail(text_, at_, "literal without a closing quote");
        tokens_.push_back({TokenKind::Literal, at_, text_.substr(at_ + 1, end - at_ - 1), {}, {}});
        at_ = end + 1;
    }

    std::size_t nameLength(std::size_t ahead) const noexcept {
        if (!has(peek(ahead), kNameStart)) return 0;
        std::size_t length = 1;
        while (has(peek(ahead + length), kNameChar)) ++length;
        return length;
    }

    void variable() {
        const std::size_t start = at_++;
        const std::size_t first = nameLength(0);
        if (first == 0) fail(text_, start, "expected a variable name after '$'");
        Token token = qualified(first);
        token.kind = TokenKind::Variable;
        token.position = start;
        tokens_.push_back(token);
        at_ += token.text.size();
    }

    // The name at at_, whose first part is `first` bytes long.
    Token qualified(std::size_t first) const noexcept {
        Token token{TokenKind::Name, at_, text_.substr(at_, first), {}, text_.substr(at_, first)};
        if (peek(first) != ':') return token;
        if (const std::size_t second = nameLength(first + 1)) {
            token.prefix = token.local;
            token.local = text_.substr(at_ + first + 1, second);
            token.text = text_.substr(at_, first + 1 + second);
        }
        return token;
    }

    void name() {
        const std::size_t first = nameLength(0);
        const std::string_view word = text_.substr(at_, first);
        if (operatorExpected()) {
            if (word == "and") return add(TokenKind::And, first);
            if (word == "or") return add(TokenKind::Or, first);
            if (word == "mod") return add(TokenKind::Mod, first);
            if (word == "div") return add(TokenKind::Div, first);
            fail(text_, at_, "expected an operator or the end, found '" + std::string(word) + "'");
        }
        if (peek(first) == ':' && peek(first + 1) == '*') {
            tokens_.push_back({TokenKind::PrefixStar, at_, text_.substr(at_, first + 2), word, {}});
            at_ += first + 2;
            return;
        }
        const Token token = qualified(first);
        tokens_.push_back(token);
        at_ += token.text.size();
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokenize(std::string_view expression) {
    return Lexer(expression).run();
}

void fail(std::string_view expression, std::size_t position, const std::string& what) {
    constexpr std::size_t kShown = 200;
    std::string shown(expression.substr(0, kShown));
    if (expression.size() > kShown) shown += "...";
    throw XPathError(
        "XPath \"" + shown + "\": " + what + " at character " + std::to_string(position + 1), what, position);
}

}  // namespace myelin::xml::xpath
