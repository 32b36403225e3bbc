#include "endpoints/configured_text.hpp"

#include "engine/base/strings.hpp"

namespace myelin::endpoints {

ConfiguredText ConfiguredText::read(const config::Element& element) {
    ConfiguredText result;
    const auto errors = element.diagnostics().errorCount();
    result.text_ = element.text();
    const std::string shown = "<" + std::string(element.name()) + ">";
    if (result.text_.empty()) {
        // An unset environment variable has been reported already.
        if (element.diagnostics().errorCount() == errors) element.error(shown + " is empty");
        return result;
    }
    if (result.text_.size() < 2 || result.text_.front() != '{' || result.text_.back() != '}') return result;
    result.text_ = base::trim(std::string_view(result.text_).substr(1, result.text_.size() - 2));
    try {
        result.expression_ = xml::XPath::compile(result.text_, element.namespacesInScope());
    } catch (const xml::XPathError& error) {
        // Neither the text nor the reason, which quotes it: it may be a password with braces around it.
        element.error("the XPath in " + shown + " cannot be compiled",
                      "the mistake is at character " + std::to_string(error.position() + 1) + " of the expression");
    }
    return result;
}

std::optional<std::string_view> ConfiguredText::resolve(message::MessageContext& context) const {
    if (!expression_) return text_;
    const auto value = context.evaluateText(*expression_);
    if (!value || value->empty()) return std::nullopt;
    return context.arena().copy(*value);
}

}  // namespace myelin::endpoints
