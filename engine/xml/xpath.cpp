#include "engine/xml/xpath.hpp"

#include <optional>
#include <utility>

#include "engine/base/scope_exit.hpp"
#include "engine/xml/xpath_functions.hpp"
#include "engine/xml/xpath_lexer.hpp"
#include "engine/xml/xpath_parser.hpp"
#include "engine/xml/xpath_program.hpp"
#include "engine/xml/xpath_query.hpp"

namespace myelin::xml {

namespace xpath {

namespace {

Value evaluate(const Program& program, const XPathContext& context);

std::string textArgument(const Slot& slot, std::size_t i, const XPathContext& context) {
    return i < slot.arguments.size() ? toText(evaluate(*slot.arguments[i], context)) : std::string();
}

Value computedProperty(const Slot& slot, const XPathContext& context) {
    const std::string first = textArgument(slot, 0, context);
    const std::string second = textArgument(slot, 1, context);
    if (slot.arguments.size() == 1) return context.variables.property({}, first, {});
    if (slot.arguments.size() == 2 && !isPropertyScope(first)) return context.variables.property({}, first, second);
    return context.variables.property(first, second, textArgument(slot, 2, context));
}

// Views that the source gave must not outlive the texts computed here.
Value owned(Value value) {
    if (const auto* view = std::get_if<std::string_view>(&value)) return std::string(*view);
    return value;
}

Value slotValue(const Program& program, const Slot& slot, const XPathContext& context) {
    switch (slot.kind) {
        case Slot::Kind::Variable:
            return context.variables.variable(slot.prefix, slot.name);
        case Slot::Kind::Property:
            if (!slot.arguments.empty()) return owned(computedProperty(slot, context));
            return context.variables.property(slot.prefix, slot.name, slot.dateFormat);
        default:
            break;
    }
    const std::string text = textArgument(slot, 0, context);
    const std::string charset = textArgument(slot, 1, context);
    std::optional<std::string> result;
    if (slot.kind == Slot::Kind::Base64Encode) result = base64Encode(text, charset);
    if (slot.kind == Slot::Kind::Base64Decode) result = base64Decode(text, charset);
    if (slot.kind == Slot::Kind::UrlEncode) result = urlEncode(text, charset);
    if (!result) fail(program.text, 0, "character set '" + charset + "' is unknown or cannot hold the text");
    return std::move(*result);
}

// Nodes of another document are spelled in another way than those of the message.
bool foreign(const Value& value, const Document& document) {
    const auto* nodes = std::get_if<NodeSet>(&value);
    if (!nodes) return false;
    for (const pugi::xpath_node& node : *nodes) {
        if ((node.attribute() ? node.parent() : node.node()).root() != document.tree()) return true;
    }
    return false;
}

void spell(const Program& program, const XPathContext& context, const std::vector<Value>& slots, SpellingViews& to) {
    to.assign(program.uris.size(), std::nullopt);
    if (to.empty() || !context.document || program.form == XPath::Form::Slow) return;
    for (const Value& value : slots) {
        if (foreign(value, *context.document)) return;
    }
    const NamespacesInUse& inUse = context.document->namespacesInUse();
    for (std::size_t i = 0; i < to.size(); ++i) {
        const NamespacesInUse::Choice choice = inUse.spelling(program.uris[i]);
        if (choice.spelling == NamespacesInUse::Spelling::Prefix) to[i] = choice.prefix;
        if (choice.spelling == NamespacesInUse::Spelling::Absent) to[i] = kNeverPrefix;
    }
}

// Calls `use` with the query, ready to be evaluated. Nothing in there calls out of this layer.
template <typename Use>
auto withQuery(const Program& program, const XPathContext& context, Use use) {
    std::vector<Value> slots;
    slots.reserve(program.slots.size());
    for (const Slot& slot : program.slots) slots.push_back(slotValue(program, slot, context));
    std::unique_ptr<QueryBox> box = program.cache.take();
    if (!box) box = std::make_unique<QueryBox>();
    const base::ScopeExit giveBack([&] { program.cache.put(std::move(box)); });
    spell(program, context, slots, box->scratch);
    Query& query = box->find(program, box->scratch, slots);
    query.bind(slots);
    const base::ScopeExit release([&] { query.release(); });
    return use(query.query());
}

NodeSet sorted(NodeSet nodes) {
    nodes.sort();
    return nodes;
}

// What needs no document, no pugixml and no cache.
std::optional<Value> pureValue(const Program& program, const XPathContext& context) {
    const Expr& root = *program.root;
    if (root.kind == Kind::Slot) return slotValue(program, program.slots[root.slot], context);
    // In place: moving a temporary makes GCC 12 warn of an uninitialised string under the sanitizers.
    if (root.kind == Kind::Literal) return std::optional<Value>(std::in_place, std::string_view(root.text));
    if (root.kind == Kind::Number) {
        return std::optional<Value>(std::in_place, toNumber(std::string_view(root.text)));
    }
    return std::nullopt;
}

Value evaluate(const Program& program, const XPathContext& context) {
    if (auto pure = pureValue(program, context)) return std::move(*pure);
    return withQuery(program, context, [&](const pugi::xpath_query& query) -> Value {
        switch (query.return_type()) {
            case pugi::xpath_type_node_set:
                return sorted(query.evaluate_node_set(context.node));
            case pugi::xpath_type_number:
                return query.evaluate_number(context.node);
            case pugi::xpath_type_boolean:
                return query.evaluate_boolean(context.node);
            default:
                return query.evaluate_string(context.node);
        }
    });
}

}  // namespace

}  // namespace xpath

XPath::XPath(std::unique_ptr<xpath::Program> program) : program_(std::move(program)) {}
XPath::XPath(XPath&&) noexcept = default;
XPath& XPath::operator=(XPath&&) noexcept = default;
XPath::~XPath() = default;

XPath XPath::compile(std::string_view expression, const NamespaceMap& namespaces, Form form) {
    std::unique_ptr<xpath::Program> program = xpath::parse(expression, namespaces, form);
    // What pugixml would refuse at the first message is refused here.
    const xpath::SpellingViews slow(program->uris.size());
    const std::vector<Value> slots(program->slots.size());
    xpath::Query check(*program, slow, slots);
    return XPath(std::move(program));
}

bool XPath::needsDocument() const noexcept {
    return program_->needsDocument;
}

const std::string& XPath::text() const noexcept {
    return program_->text;
}

Value XPath::evaluate(const XPathContext& context) const {
    return xpath::evaluate(*program_, context);
}

std::optional<std::string> XPath::evaluateString(const XPathContext& context) const {
    if (auto pure = xpath::pureValue(*program_, context)) {
        if (isNull(*pure)) return std::nullopt;
        if (auto* text = std::get_if<std::string>(&*pure)) return std::move(*text);
        return toText(*pure);
    }
    return xpath::withQuery(*program_, context, [&](const pugi::xpath_query& query) {
        if (query.return_type() != pugi::xpath_type_node_set) return query.evaluate_string(context.node);
        Value nodes(query.evaluate_node_set(context.node));
        std::get<NodeSet>(nodes).sort();
        return toText(nodes);
    });
}

bool XPath::evaluateBool(const XPathContext& context) const {
    if (const auto pure = xpath::pureValue(*program_, context)) return toBoolean(*pure);
    return xpath::withQuery(
        *program_, context, [&](const pugi::xpath_query& query) { return query.evaluate_boolean(context.node); });
}

double XPath::evaluateNumber(const XPathContext& context) const {
    if (const auto pure = xpath::pureValue(*program_, context)) return toNumber(*pure);
    return xpath::withQuery(
        *program_, context, [&](const pugi::xpath_query& query) { return query.evaluate_number(context.node); });
}

NodeSet XPath::evaluateNodes(const XPathContext& context) const {
    Value value = evaluate(context);
    if (isNull(value)) return {};
    if (auto* nodes = std::get_if<NodeSet>(&value)) return std::move(*nodes);
    xpath::fail(program_->text, 0, "the result is no node set");
}

}  // namespace myelin::xml
