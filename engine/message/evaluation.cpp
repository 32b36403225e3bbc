#include <chrono>
#include <cstdlib>

#include "engine/base/strings.hpp"
#include "engine/message/date_format.hpp"
#include "engine/message/forms.hpp"
#include "engine/message/message_context.hpp"
#include "engine/message/soap.hpp"

namespace myelin::message {

namespace {

xml::Value valueOf(const std::optional<PropertyValue>& property) {
    if (!property) return {};
    if (const auto* text = std::get_if<std::string_view>(&*property)) return *text;
    if (const auto* flag = std::get_if<bool>(&*property)) return std::string_view(*flag ? "true" : "false");
    if (const auto* document = std::get_if<std::shared_ptr<xml::Document>>(&*property)) {
        if (*document) return xml::nodeSetOf((*document)->root());
        return {};
    }
    if (std::holds_alternative<std::monostate>(*property)) return {};
    return toText(*property);
}

/// The value of a query parameter, its name compared without regard to case; empty when there is none.
std::string queryParameter(std::string_view url, std::string_view name) {
    const std::size_t question = url.find('?');
    if (question == std::string_view::npos) return {};
    std::string_view query = url.substr(question + 1);
    query = query.substr(0, query.find('#'));
    for (const std::string_view pair : base::split(query, "&")) {
        const std::size_t equals = pair.find('=');
        if (!base::equalsIgnoreCase(decodeFormText(pair.substr(0, equals)), name)) continue;
        return equals == std::string_view::npos ? std::string() : decodeFormText(pair.substr(equals + 1));
    }
    return {};
}

}  // namespace

/// What expressions see of a message (synapse-mediation 5.3, 5.4).
class MessageContext::Variables final : public xml::VariableSource {
public:
    explicit Variables(MessageContext& context) : context_(context) {}

    xml::Value variable(std::string_view prefix, std::string_view name) override {
        if (prefix == "ctx") return valueOf(context_.property(Scope::Default, name));
        if (prefix == "trp") return valueOf(context_.property(Scope::Transport, name));
        if (prefix == "axis2") return valueOf(context_.property(Scope::Axis2, name));
        if (prefix == "operation") return valueOf(context_.property(Scope::Operation, name));
        if (prefix == "url") return queryParameter(context_.addressing().to, name);
        if (!prefix.empty()) return {};
        if (name == "body") return xml::nodeSetOf(soap::body(context_.envelope()));
        if (name == "header") return xml::nodeSetOf(soap::header(context_.envelope()));
        if (name == "env") return xml::nodeSetOf(context_.envelope().root());
        return {};
    }

    xml::Value property(std::string_view scope, std::string_view name, std::string_view dateFormat) override {
        if (scope == "registry") {
            // Without a registry, keys are those of local entries.
            const std::string* entry = context_.exchange_->artifacts().localEntry(name);
            return entry ? xml::Value(std::string_view(*entry)) : xml::Value();
        }
        if (scope == "env") {
            const char* value = std::getenv(std::string(name).c_str());
            return value ? xml::Value(std::string_view(value)) : xml::Value();
        }
        const auto known = scope.empty() ? std::optional<Scope>(Scope::Default) : scopeNamed(scope);
        if (!known) return {};
        if (!dateFormat.empty() && *known == Scope::Default && name == "SYSTEM_DATE") {
            const auto now = std::chrono::system_clock::now().time_since_epoch();
            return formatDate(dateFormat, std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
        }
        return valueOf(context_.property(*known, name));
    }

private:
    MessageContext& context_;
};

template <typename Evaluate>
auto MessageContext::evaluate(const xml::XPath& expression, Evaluate&& how) {
    Variables variables(*this);
    xml::XPathContext where{nullptr, {}, variables};
    if (expression.needsDocument()) {
        const xml::Document& document = envelope();
        where.document = &document;
        where.node = document.root();
    }
    try {
        return how(where);
    } catch (const xml::XPathError& error) {
        throw MediationFault(
            error_code::kMediation, "The expression \"" + expression.text() + "\" cannot be evaluated", error.what());
    }
}

std::optional<std::string> MessageContext::evaluateText(const xml::XPath& expression) {
    return evaluate(expression, [&](const xml::XPathContext& where) { return expression.evaluateString(where); });
}

bool MessageContext::evaluateBoolean(const xml::XPath& expression) {
    return evaluate(expression, [&](const xml::XPathContext& where) { return expression.evaluateBool(where); });
}

xml::NodeSet MessageContext::evaluateNodes(const xml::XPath& expression) {
    return evaluate(expression, [&](const xml::XPathContext& where) { return expression.evaluateNodes(where); });
}

xml::Value MessageContext::evaluateValue(const xml::XPath& expression) {
    return evaluate(expression, [&](const xml::XPathContext& where) { return expression.evaluate(where); });
}

}  // namespace myelin::message
