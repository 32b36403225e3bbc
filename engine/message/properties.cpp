#include "engine/message/properties.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "engine/base/strings.hpp"
#include "engine/xml/writer.hpp"

namespace myelin::message {

namespace {

/// Java's Double.toString: always a decimal point, an exponent outside 10^-3 to 10^7.
std::string doubleText(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
    if (value == 0) return std::signbit(value) ? "-0.0" : "0.0";

    std::array<char, 64> buffer{};
    const double size = std::fabs(value);
    const bool plain = size >= 1e-3 && size < 1e7;
    const auto [end, error] = std::to_chars(buffer.data(),
                                            buffer.data() + buffer.size(),
                                            value,
                                            plain ? std::chars_format::fixed : std::chars_format::scientific);
    std::string text(buffer.data(), error == std::errc{} ? end : buffer.data());
    if (plain) {
        if (text.find('.') == std::string::npos) text += ".0";
        return text;
    }
    // 1e+10 becomes 1.0E10, 2.5e-07 becomes 2.5E-7.
    const std::size_t exponentAt = text.find('e');
    std::string mantissa = text.substr(0, exponentAt);
    if (mantissa.find('.') == std::string::npos) mantissa += ".0";
    std::string_view exponent = std::string_view(text).substr(exponentAt + 1);
    const bool negative = !exponent.empty() && exponent.front() == '-';
    exponent.remove_prefix(std::min(exponent.find_first_not_of("+-0"), exponent.size()));
    return mantissa + (negative ? "E-" : "E") + std::string(exponent);
}

}  // namespace

std::optional<Scope> scopeNamed(std::string_view name) noexcept {
    if (name == "default" || name == "synapse") return Scope::Default;
    if (name == "axis2") return Scope::Axis2;
    if (name == "transport") return Scope::Transport;
    if (name == "operation") return Scope::Operation;
    if (name == "axis2-client") return Scope::Axis2Client;
    return std::nullopt;
}

std::string toText(const PropertyValue& value) {
    if (const auto* text = std::get_if<std::string_view>(&value)) return std::string(*text);
    if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return std::to_string(*whole);
    if (const auto* number = std::get_if<double>(&value)) return doubleText(*number);
    std::string out;
    if (const auto* document = std::get_if<std::shared_ptr<xml::Document>>(&value); document && *document) {
        xml::write((*document)->root(), out);
    }
    return out;
}

void Properties::set(std::string_view name, const PropertyValue& value) {
    PropertyValue kept = value;
    if (auto* text = std::get_if<std::string_view>(&kept)) *text = arena_->copy(*text);
    for (Entry& entry : entries_) {
        if (entry.name == name) {
            entry.value = std::move(kept);
            return;
        }
    }
    entries_.push_back({arena_->copy(name), std::move(kept)});
}

void Properties::setStatic(std::string_view name, PropertyValue value) {
    for (Entry& entry : entries_) {
        if (entry.name == name) {
            entry.value = std::move(value);
            return;
        }
    }
    entries_.push_back({name, std::move(value)});
}

void Properties::remove(std::string_view name) {
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
        if (entry->name == name) {
            entries_.erase(entry);
            return;
        }
    }
}

void Properties::clear() noexcept {
    entries_.clear();
}

const PropertyValue* Properties::get(std::string_view name) const noexcept {
    for (const Entry& entry : entries_) {
        if (entry.name == name) return &entry.value;
    }
    return nullptr;
}

std::string_view Properties::text(std::string_view name) const noexcept {
    const PropertyValue* value = get(name);
    const auto* text = value ? std::get_if<std::string_view>(value) : nullptr;
    return text ? *text : std::string_view();
}

bool Properties::isTrue(std::string_view name) const noexcept {
    const PropertyValue* value = get(name);
    if (value == nullptr) return false;
    if (const auto* flag = std::get_if<bool>(value)) return *flag;
    const auto* text = std::get_if<std::string_view>(value);
    return text && base::equalsIgnoreCase(*text, "true");
}

void Properties::inherit(const Properties& other) {
    for (const Entry& entry : other) setStatic(entry.name, entry.value);
}

}  // namespace myelin::message
