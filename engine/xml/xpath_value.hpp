#pragma once

#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <variant>

namespace myelin::xml {

using NodeSet = pugi::xpath_node_set;

/// What an expression or a variable is. monostate is null: a variable or property that does not exist. A string_view
/// given by a VariableSource stays valid until the evaluation returns; one returned by an evaluation, as long as the
/// source's own text does.
using Value = std::variant<std::monostate, std::string_view, std::string, double, bool, NodeSet>;

inline bool isNull(const Value& value) noexcept {
    return std::holds_alternative<std::monostate>(value);
}

/// A node set of one node; empty when the node is null.
NodeSet nodeSetOf(pugi::xml_node node);

/// Synapse's stringValueOf: text as it is; numbers as XPath prints them ("3", not Java's "3.0"); node sets as all their
/// nodes' parts one after the other: text and attributes their value, an element its direct text or, when that is
/// blank, the element as XML. Null gives "".
std::string toText(const Value& value);
/// XPath's boolean(); null is false.
bool toBoolean(const Value& value);
/// XPath's number() (of a node set: of its first node's string value); null is NaN.
double toNumber(const Value& value);
/// XPath's string() of a number.
std::string numberToText(double number);

/// Where variables and properties come from: the message. Only what an expression uses is asked for, all of it before
/// the expression is evaluated.
class VariableSource {
public:
    virtual ~VariableSource() = default;

    /// `$prefix:name`, or `$name` with an empty prefix: body, header, env (nodes of the message's own document), ctx,
    /// trp, axis2, url, func, operation, or the name of a property that holds a map.
    virtual Value variable(std::string_view prefix, std::string_view name) = 0;

    /// get-property(). `scope` is empty when none was written, else "default", "axis2", "transport" and so on;
    /// `dateFormat` is empty when none was written.
    virtual Value property(std::string_view scope, std::string_view name, std::string_view dateFormat) = 0;
};

/// Knows nothing: all null.
class NoVariables final : public VariableSource {
public:
    Value variable(std::string_view, std::string_view) override { return {}; }
    Value property(std::string_view, std::string_view, std::string_view) override { return {}; }
};

}  // namespace myelin::xml
