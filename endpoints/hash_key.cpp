#include "endpoints/hash_key.hpp"

#include <utility>

#include "engine/base/strings.hpp"
#include "engine/http/characters.hpp"

namespace myelin::endpoints {

namespace {

constexpr std::string_view kHelp =
    "it is client, path, header:NAME, cookie:NAME, query:NAME, an {XPath} or {json-eval($.a.b)}";

/// The text up to `separator`, which is taken off `rest` together with it.
std::string_view take(std::string_view& rest, char separator) {
    const auto end = rest.find(separator);
    const auto part = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    return part;
}

/// The value in "a=1; b=2" or "a=1&b=2".
std::string_view valueIn(std::string_view list, char separator, std::string_view name) {
    while (!list.empty()) {
        auto value = take(list, separator);
        if (take(value, '=') == name) return value;
        while (separator == ';' && list.starts_with(' ')) list.remove_prefix(1);
    }
    return {};
}

/// Without scheme and authority, which an absolute target has.
std::string_view originForm(std::string_view target) {
    if (target.starts_with('/')) return target;
    const auto authority = target.find("://");
    if (authority == std::string_view::npos) return target;
    const auto path = target.find_first_of("/?", authority + 3);
    return path == std::string_view::npos ? std::string_view() : target.substr(path);
}

/// What stands in "{json-eval(...)}"; nothing when the text is not of that form.
std::optional<std::string_view> jsonEvaluation(std::string_view text) {
    constexpr std::string_view kBefore = "json-eval(";
    text = base::trim(text);
    if (text.size() < 2 || text.front() != '{' || text.back() != '}') return std::nullopt;
    text = base::trim(text.substr(1, text.size() - 2));
    if (!text.starts_with(kBefore) || text.back() != ')') return std::nullopt;
    return base::trim(text.substr(kBefore.size(), text.size() - kBefore.size() - 1));
}

std::string_view jsonValueOf(const json::JsonPath& path, message::MessageContext& context) {
    auto& payload = context.payload();
    if (payload.kind() != message::ContentKind::Json || !payload.readable()) return {};
    std::string error;
    const auto found = path.find(payload.bytes(context.deadline()), error);
    return found && found->single ? context.arena().copy(found->text) : std::string_view();
}

}  // namespace

std::shared_ptr<const HashKey> HashKey::read(const config::Element& endpoint, config::Build& build) {
    std::optional<config::Element> property;
    for (const auto& one : endpoint.childrenNamed("property")) {
        if (base::trim(one.attribute("name", "")) == kHashOn) property = one;
    }
    if (!property) return nullptr;
    if (!property->has("value")) {
        property->error("what to hash on is written as a value",
                        R"(write <property name="loadbalance.hashOn" value="{expression}"/>)");
        return nullptr;
    }
    return parse(*property, "value", build);
}

std::shared_ptr<const HashKey> HashKey::parse(config::Element element,
                                              std::string_view attribute,
                                              config::Build& build) {
    const std::string written = element.attribute(attribute, "");
    if (const auto text = jsonEvaluation(written)) {
        auto key = std::make_shared<HashKey>();
        key->source_ = Source::Json;
        key->jsonPath_ = json::JsonPath::parse(*text);
        if (key->jsonPath_) return key;
        element.errorAt(attribute,
                        "\"" + std::string(*text) + "\" is no JSONPath that Myelin reads",
                        "keys and indexes only, like $.order.lines[0].id or $['customer id']");
        return nullptr;
    }
    const auto errors = element.diagnostics().errorCount();
    auto value = build.value(element, attribute);
    auto key = std::make_shared<HashKey>();
    if (value.expression) {
        key->source_ = Source::Expression;
        key->expression_ = std::move(value.expression);
        return key;
    }
    if (element.diagnostics().errorCount() != errors) return nullptr;
    std::string_view name = base::trim(value.text);
    const std::string shown(name);
    const bool named = name.find(':') != std::string_view::npos;
    const auto source = base::trim(take(name, ':'));
    name = base::trim(name);
    if (named) {
        if (source == "header") key->source_ = Source::Header;
        if (source == "cookie") key->source_ = Source::Cookie;
        if (source == "query") key->source_ = Source::Query;
        const bool good = source == "query" ? !name.empty() : http::isToken(name);
        if (key->source_ != Source::Client && good) {
            key->name_ = name;
            return key;
        }
    } else if (source == "client" || source == "path") {
        key->source_ = source == "path" ? Source::Path : Source::Client;
        return key;
    }
    element.errorAt(attribute, "\"" + shown + "\" tells no messages apart", std::string(kHelp));
    return nullptr;
}

std::string_view HashKey::of(message::MessageContext& context) const {
    switch (source_) {
        case Source::Client:
            return clientOf(context);
        case Source::Path: {
            auto target = originForm(context.exchange().server().request().target);
            return take(target, '?');
        }
        case Source::Query: {
            auto target = originForm(context.exchange().server().request().target);
            take(target, '?');
            return valueIn(target, '&', name_);
        }
        case Source::Header:
            return std::as_const(context).headers().get(name_).value_or(std::string_view());
        case Source::Cookie:
            for (const auto& field : std::as_const(context).headers()) {
                if (!base::equalsIgnoreCase(field.name, "cookie")) continue;
                const auto value = valueIn(field.value, ';', name_);
                if (!value.empty()) return value;
            }
            return {};
        case Source::Expression:
            return context.arena().copy(context.evaluateText(*expression_).value_or(std::string()));
        case Source::Json:
            return jsonValueOf(*jsonPath_, context);
    }
    return {};
}

std::string_view HashKey::clientOf(message::MessageContext& context) {
    const auto address = context.property(message::Scope::Axis2, "REMOTE_ADDR");
    return address ? context.arena().copy(message::toText(*address)) : std::string_view();
}

}  // namespace myelin::endpoints
