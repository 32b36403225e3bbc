#include "engine/dispatch/uri_template.hpp"

#include <optional>
#include <stdexcept>

#include "engine/base/strings.hpp"

namespace myelin::dispatch {

namespace {

constexpr std::string_view kReserved = ":/?#[]@!$&'()*+,;=";

int hexDigit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool nameCharacter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || base::isDigit(c) || c == '_' || c == '.' || c == '-' ||
           c == '%';
}

}  // namespace

std::string percentDecode(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size()) {
            const int high = hexDigit(text[i + 1]);
            const int low = hexDigit(text[i + 2]);
            if (high >= 0 && low >= 0) {
                decoded += static_cast<char>(high * 16 + low);
                i += 2;
                continue;
            }
        }
        decoded += text[i];
    }
    return decoded;
}

UriTemplate::UriTemplate(std::string text) : text_(std::move(text)) {
    std::string literal;
    const auto endLiteral = [&] {
        if (literal.empty()) return;
        literalCharacters_ += literal.size();
        parts_.push_back({Part::Kind::Literal, std::move(literal), 0, 0});
        literal.clear();
    };
    for (std::size_t i = 0; i < text_.size(); ++i) {
        if (text_[i] == '{') {
            const std::size_t close = text_.find('}', i);
            if (close == std::string::npos) {
                throw std::invalid_argument("the \"{\" at character " + std::to_string(i + 1) + " is never closed");
            }
            endLiteral();
            parseExpression(std::string_view(text_).substr(i + 1, close - i - 1), i + 1);
            i = close;
        } else if (text_[i] == '}') {
            throw std::invalid_argument("the \"}\" at character " + std::to_string(i + 1) + " closes nothing");
        } else if (text_[i] == '*' && i + 1 == text_.size()) {
            endLiteral();
            parts_.push_back({Part::Kind::Wildcard, {}, 0, 0});
        } else {
            if (text_[i] == '?') matchesQuery_ = true;
            literal += text_[i];
        }
    }
    endLiteral();
}

void UriTemplate::parseExpression(std::string_view expression, std::size_t at) {
    const auto fail = [at](const std::string& what) {
        throw std::invalid_argument(what + " at character " + std::to_string(at + 1));
    };
    char modifier = 0;
    if (!expression.empty() && std::string_view("+#./").find(expression.front()) != std::string_view::npos) {
        modifier = expression.front();
        expression.remove_prefix(1);
    } else if (!expression.empty() && std::string_view("?&;").find(expression.front()) != std::string_view::npos) {
        fail(std::string("{") + expression.front() + "...} cannot be matched; write the query literally");
    }
    const auto names = base::split(expression, ",");
    if (names.empty()) fail("an expression without a variable");
    for (std::size_t i = 0; i < names.size(); ++i) {
        std::string_view name = base::trim(names[i]);
        std::size_t length = 0;
        if (const auto colon = name.find(':'); colon != std::string_view::npos) {
            const auto number = base::parseNumber<std::size_t>(name.substr(colon + 1));
            if (!number || *number == 0) fail("a length that is no number");
            length = *number;
            name = name.substr(0, colon);
        }
        if (name.empty()) fail("an empty variable name");
        for (const char c : name) {
            if (!nameCharacter(c)) fail(std::string("the character '") + c + "' in a variable name");
        }
        if (i > 0) parts_.push_back({Part::Kind::Literal, ",", 0, 0});
        parts_.push_back({Part::Kind::Variable, std::string(name), modifier, length});
        ++variables_;
    }
}

bool UriTemplate::moreSpecificThan(const UriTemplate& other) const noexcept {
    if (literalCharacters_ != other.literalCharacters_) return literalCharacters_ > other.literalCharacters_;
    return variables_ < other.variables_;
}

bool UriTemplate::match(std::string_view target, Variables& variables) const {
    if (!matchesQuery_) target = target.substr(0, target.find('?'));
    const auto attempt = [&](std::string_view candidate) {
        variables.clear();
        Attempt fresh{variables};
        return matchFrom(0, candidate, fresh);
    };
    if (attempt(target)) return true;
    // A trailing slash of the request is tolerated.
    if (target.size() > 1 && target.back() == '/' && attempt(target.substr(0, target.size() - 1))) return true;
    // "/a/*" takes "/a" as well.
    const bool endsInSlashWildcard = parts_.size() >= 2 && parts_.back().kind == Part::Kind::Wildcard &&
                                     parts_[parts_.size() - 2].kind == Part::Kind::Literal &&
                                     parts_[parts_.size() - 2].text.ends_with('/');
    return endsInSlashWildcard && !target.ends_with('/') && attempt(std::string(target) + '/');
}

bool UriTemplate::matchFrom(std::size_t part, std::string_view rest, Attempt& attempt) const {
    if (part == parts_.size()) return rest.empty();
    const Part& current = parts_[part];
    switch (current.kind) {
        case Part::Kind::Literal:
            return rest.starts_with(current.text) && matchFrom(part + 1, rest.substr(current.text.size()), attempt);
        case Part::Kind::Wildcard:
            return true;
        case Part::Kind::Variable:
            return matchVariable(part, rest, attempt);
    }
    return false;
}

bool UriTemplate::matchVariable(std::size_t part, std::string_view rest, Attempt& attempt) const {
    Variables& variables = attempt.variables;
    const Part& variable = parts_[part];
    if (variable.modifier == '#' || variable.modifier == '.' || variable.modifier == '/') {
        if (rest.empty() || rest.front() != variable.modifier) return false;
        rest.remove_prefix(1);
    }
    const bool greedy = variable.modifier == '+' || variable.modifier == '#';
    std::size_t most = 0;
    while (most < rest.size() && (greedy || kReserved.find(rest[most]) == std::string_view::npos)) ++most;
    std::size_t least = 1;
    if (variable.length != 0) {
        if (most < variable.length) return false;
        most = least = variable.length;
    }
    // The longest value that lets the rest of the template match: a greedy variable may have to give some back.
    for (std::size_t length = most; length >= least && length > 0; --length) {
        if (attempt.stepsLeft == 0) return false;
        --attempt.stepsLeft;
        const std::size_t known = variables.size();
        const std::string value = percentDecode(rest.substr(0, length));
        bool agrees = true;
        for (const auto& [name, earlier] : variables) {
            if (name == variable.text && earlier != value) agrees = false;
        }
        if (agrees) {
            variables.emplace_back(variable.text, value);
            if (matchFrom(part + 1, rest.substr(length), attempt)) return true;
            variables.resize(known);
        }
        if (!greedy && part + 1 < parts_.size() && parts_[part + 1].kind == Part::Kind::Literal &&
            kReserved.find(parts_[part + 1].text.front()) != std::string_view::npos) {
            break;  // the next literal starts with a reserved character: no shorter value can lead to it
        }
    }
    return false;
}

}  // namespace myelin::dispatch
