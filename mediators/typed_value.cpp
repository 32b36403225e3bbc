#include "mediators/typed_value.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include "engine/base/strings.hpp"
#include "engine/xml/writer.hpp"

namespace myelin::mediators {

namespace {

constexpr std::array<std::pair<std::string_view, ValueType>, 8> kTypes{{{"STRING", ValueType::String},
                                                                        {"BOOLEAN", ValueType::Boolean},
                                                                        {"DOUBLE", ValueType::Double},
                                                                        {"FLOAT", ValueType::Float},
                                                                        {"INTEGER", ValueType::Integer},
                                                                        {"LONG", ValueType::Long},
                                                                        {"SHORT", ValueType::Short},
                                                                        {"OM", ValueType::Xml}}};

template <typename T>
std::optional<T> number(std::string_view text) noexcept {
    text = base::trim(text);
    if (text.starts_with('+') && text.size() > 1 && text[1] != '-') text.remove_prefix(1);
    return base::parseNumber<T>(text);
}

template <typename T>
std::optional<message::PropertyValue> integer(std::string_view text) noexcept {
    const auto value = number<T>(text);
    if (!value) return std::nullopt;
    return message::PropertyValue(std::int64_t{*value});
}

/// A float, as the double that prints like it: 1.1f is shown as 1.1 and not as 1.10000002384.
std::optional<message::PropertyValue> singlePrecision(std::string_view text) noexcept {
    const auto value = number<float>(text);
    if (!value) return std::nullopt;
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), *value).ptr;
    const auto shown = number<double>({digits.data(), static_cast<std::size_t>(end - digits.data())});
    if (!shown) return std::nullopt;
    return message::PropertyValue(*shown);
}

}  // namespace

std::optional<ValueType> valueTypeNamed(std::string_view name) noexcept {
    for (const auto& [known, type] : kTypes) {
        if (base::equalsIgnoreCase(name, known)) return type;
    }
    return std::nullopt;
}

std::string_view nameOf(ValueType type) noexcept {
    for (const auto& [name, known] : kTypes) {
        if (known == type) return name;
    }
    return {};
}

std::optional<message::PropertyValue> convert(std::string_view text, ValueType type) {
    switch (type) {
        case ValueType::String:
            return message::PropertyValue(text);
        case ValueType::Boolean:
            return message::PropertyValue(base::equalsIgnoreCase(base::trim(text), "true"));
        case ValueType::Double: {
            const auto value = number<double>(text);
            return value ? std::optional<message::PropertyValue>(*value) : std::nullopt;
        }
        case ValueType::Float:
            return singlePrecision(text);
        case ValueType::Integer:
            return integer<std::int32_t>(text);
        case ValueType::Long:
            return integer<std::int64_t>(text);
        case ValueType::Short:
            return integer<std::int16_t>(text);
        case ValueType::Xml: {
            auto document = std::make_shared<xml::Document>();
            if (!xml::Document::parse(*document, text)) return std::nullopt;
            return message::PropertyValue(std::move(document));
        }
    }
    return std::nullopt;
}

std::shared_ptr<xml::Document> documentOf(pugi::xml_node element) {
    auto document = std::make_shared<xml::Document>();
    xml::importNode(document->tree(), element);
    document->changed();
    return document;
}

}  // namespace myelin::mediators
