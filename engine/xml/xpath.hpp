#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "engine/xml/document.hpp"
#include "engine/xml/namespaces.hpp"
#include "engine/xml/xpath_value.hpp"

namespace myelin::xml {

namespace xpath {
struct Program;
}

/// An expression that cannot be compiled, or (rarely: a type that only shows with the data) not evaluated.
class XPathError : public std::runtime_error {
public:
    XPathError(const std::string& message, std::string reason, std::size_t position)
        : std::runtime_error(message), reason_(std::move(reason)), position_(position) {}
    /// The message without the expression and the position.
    const std::string& reason() const noexcept { return reason_; }
    /// Byte offset into the expression.
    std::size_t position() const noexcept { return position_; }

private:
    std::string reason_;
    std::size_t position_;
};

/// Where an expression is evaluated.
struct XPathContext {
    /// The document of `node`. Null when there is none, or when only the node is at hand; the always-right but slower
    /// form of the expression is used then.
    const Document* document = nullptr;
    /// Context node: for Synapse the SOAP Envelope element. May be null for expressions that need no document.
    pugi::xml_node node{};
    VariableSource& variables;
};

/// An XPath 1.0 expression with Synapse's functions and variables, compiled once for all workers. Names are matched by
/// namespace, whatever prefixes a document uses.
///
/// - Prefixes are those of the configuration; an unbound one is an error. Unprefixed names are in no namespace.
/// - Core functions may carry any prefix, bound or not (fn:concat).
/// - get-property, base64Encode, base64Decode and url-encode are known by local name; their arguments may be
///   expressions. Inside a predicate, arguments must not depend on the predicate's node: they are evaluated once.
/// - id() and the namespace axis do not exist. Text and CDATA sections beside each other are separate text nodes.
class XPath {
public:
    enum class Form {
        Automatic,  ///< match by the document's own prefixes where that is right
        Slow        ///< always look namespaces up; for tests and measurements
    };

    /// Throws XPathError: what was expected where, which prefix is not declared, which function is unknown.
    static XPath compile(std::string_view expression, const NamespaceMap& namespaces, Form form = Form::Automatic);

    XPath(XPath&&) noexcept;
    XPath& operator=(XPath&&) noexcept;
    ~XPath();

    /// Whether evaluating needs the message's document: false for literals, variables and properties (Synapse's
    /// content-awareness, decided on the syntax tree). Known at load time; without need the context may be empty.
    bool needsDocument() const noexcept;
    /// As written.
    const std::string& text() const noexcept;

    /// Any thread. Throws XPathError when a type that only shows with the data does not fit.
    Value evaluate(const XPathContext& context) const;
    /// Synapse's stringValueOf of the result. Nothing when the expression is a single variable or get-property() that
    /// is null; null inside a larger expression is "".
    std::optional<std::string> evaluateString(const XPathContext& context) const;
    /// XPath's boolean() of the result.
    bool evaluateBool(const XPathContext& context) const;
    double evaluateNumber(const XPathContext& context) const;
    /// In document order. Throws XPathError when the result is no node set; null gives an empty one.
    NodeSet evaluateNodes(const XPathContext& context) const;

private:
    explicit XPath(std::unique_ptr<xpath::Program> program);
    std::unique_ptr<xpath::Program> program_;
};

}  // namespace myelin::xml
