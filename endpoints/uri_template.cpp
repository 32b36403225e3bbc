#include "endpoints/uri_template.hpp"

#include <algorithm>

#include "endpoints/url_encoding.hpp"
#include "engine/base/strings.hpp"

namespace myelin::endpoints {

namespace {

/// What an operator does (RFC 6570, the table of its appendix A).
struct Operator {
    char sign;
    std::string_view first;
    char separator;
    bool named;
    bool equalsWhenEmpty;
    bool keepsReserved;
};

constexpr Operator kOperators[] = {
    {0, "", ',', false, false, false},
    {'+', "", ',', false, false, true},
    {'#', "#", ',', false, false, true},
    {'.', ".", '.', false, false, false},
    {'/', "/", '/', false, false, false},
    {';', ";", ';', true, false, false},
    {'?', "?", '&', true, true, false},
    {'&', "&", '&', true, true, false},
};

const Operator* operatorOf(char sign) noexcept {
    const auto* const end = std::end(kOperators);
    const auto* const found = std::find_if(std::begin(kOperators), end, [&](const auto& o) { return o.sign == sign; });
    return found == end ? nullptr : found;
}

bool isNameCharacter(char c) noexcept {
    const char lower = base::toLowerAscii(c);
    return (lower >= 'a' && lower <= 'z') || base::isDigit(c) || c == '_' || c == '.' || c == '-' || c == '%';
}

/// The first characters (not bytes) of UTF-8 text.
std::string_view firstCharacters(std::string_view text, std::size_t count) noexcept {
    std::size_t end = 0;
    for (; count > 0 && end < text.size(); --count) {
        ++end;
        while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) ++end;
    }
    return text.substr(0, end);
}

}  // namespace

UriTemplate::UriTemplate(std::string_view text) : text_(text) {
    std::size_t at = 0;
    while (at < text.size()) {
        const auto brace = std::min(text.find_first_of("{}", at), text.size());
        if (brace > at) {
            Part literal;
            appendKeepingReserved(text.substr(at, brace - at), literal.literal);
            parts_.push_back(std::move(literal));
        }
        if (brace == text.size()) return;
        if (text[brace] == '}') throw UriTemplateError(brace, "this \"}\" closes nothing");
        const auto close = text.find_first_of("{}", brace + 1);
        if (close == std::string_view::npos) throw UriTemplateError(brace, "this \"{\" is not closed");
        if (text[close] == '{') throw UriTemplateError(close, "a \"{\" stands inside another expression");
        readExpression(text.substr(brace + 1, close - brace - 1), brace + 1);
        at = close + 1;
    }
}

void UriTemplate::readExpression(std::string_view expression, std::size_t at) {
    if (expression.empty()) throw UriTemplateError(at - 1, "\"{}\" names no variable");
    Part part;
    if (!isNameCharacter(expression.front()) || expression.front() == '.') {
        if (!operatorOf(expression.front())) {
            throw UriTemplateError(at, std::string("\"") + expression.front() + "\" is no operator of URI templates");
        }
        part.operation = expression.front();
        expression.remove_prefix(1);
        ++at;
    }
    for (;;) {
        const auto comma = std::min(expression.find(','), expression.size());
        part.variables.push_back(readVariable(expression.substr(0, comma), at));
        if (comma == expression.size()) break;
        expression.remove_prefix(comma + 1);
        at += comma + 1;
    }
    parts_.push_back(std::move(part));
}

UriTemplate::Variable UriTemplate::readVariable(std::string_view spec, std::size_t at) {
    Variable variable;
    const auto end = std::min(spec.find_first_of(":*"), spec.size());
    const auto name = spec.substr(0, end);
    if (name.empty()) throw UriTemplateError(at, "the name of a variable is missing");
    const auto wrong = std::find_if_not(name.begin(), name.end(), isNameCharacter);
    if (wrong != name.end()) {
        throw UriTemplateError(at + static_cast<std::size_t>(wrong - name.begin()),
                               std::string("\"") + *wrong + "\" cannot stand in the name of a variable");
    }
    variable.name = name;
    const auto modifier = spec.substr(end);
    if (modifier.empty() || modifier == "*") return variable;
    if (modifier.front() == '*') throw UriTemplateError(at + end + 1, "nothing may follow \"*\"");
    constexpr std::size_t kLongest = 9999;
    const auto length = base::parseNumber<std::size_t>(modifier.substr(1));
    if (!length || *length == 0 || *length > kLongest) {
        throw UriTemplateError(at + end + 1, "the length after \":\" must be a number from 1 to 9999");
    }
    variable.prefix = *length;
    return variable;
}

std::vector<std::string_view> UriTemplate::variables() const {
    std::vector<std::string_view> names;
    for (const auto& part : parts_) {
        for (const auto& variable : part.variables) names.emplace_back(variable.name);
    }
    return names;
}

bool UriTemplate::hasMandatoryPart() const noexcept {
    return std::any_of(parts_.begin(), parts_.end(), [](const Part& part) {
        return !part.variables.empty() && (part.operation == 0 || part.operation == '+');
    });
}

std::string_view UriTemplate::literalStart() const noexcept {
    return parts_.empty() ? std::string_view() : parts_.front().literal;
}

char UriTemplate::firstOperator() const noexcept {
    for (const auto& part : parts_) {
        if (!part.variables.empty()) return part.operation;
    }
    return 0;
}

UriTemplate::Expansion UriTemplate::expand(Values& values, std::string& out) const {
    Expansion result;
    for (const auto& part : parts_) {
        if (part.variables.empty()) {
            out += part.literal;
        } else {
            result.defined += expandPart(part, values, out);
        }
    }
    return result;
}

std::size_t UriTemplate::expandPart(const Part& part, Values& values, std::string& out) {
    const Operator& how = *operatorOf(part.operation);
    std::size_t defined = 0;
    for (const auto& variable : part.variables) {
        auto value = values.value(variable.name);
        if (!value) continue;
        if (defined++ == 0) {
            out += how.first;
        } else {
            out += how.separator;
        }
        if (how.named) {
            out += variable.name;
            if (!value->empty() || how.equalsWhenEmpty) out += '=';
        }
        if (variable.prefix != 0) value = firstCharacters(*value, variable.prefix);
        if (how.keepsReserved) {
            appendKeepingReserved(*value, out);
        } else {
            appendEncoded(*value, out);
        }
    }
    return defined;
}

}  // namespace myelin::endpoints
