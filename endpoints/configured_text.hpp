#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/config/element.hpp"
#include "engine/message/message_context.hpp"
#include "engine/xml/xpath.hpp"

namespace myelin::endpoints {

/// Text content of an element that is either static or a whole `{xpath}`, which is evaluated for each message. May be a
/// secret, so no message ever shows it.
class ConfiguredText {
public:
    ConfiguredText() = default;
    /// Reports blank content and expressions that cannot be compiled.
    static ConfiguredText read(const config::Element& element);

    bool isStatic() const noexcept { return !expression_; }
    /// As written, without the braces of an expression.
    const std::string& written() const noexcept { return text_; }
    /// The static text, or the value of the expression in the message's arena; nothing when that is null or empty.
    /// Throws as MessageContext::evaluateText() does.
    std::optional<std::string_view> resolve(message::MessageContext& context) const;

private:
    std::string text_;
    std::optional<xml::XPath> expression_;
};

}  // namespace myelin::endpoints
