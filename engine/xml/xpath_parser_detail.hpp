#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/xml/xpath_lexer.hpp"
#include "engine/xml/xpath_program.hpp"

namespace myelin::xml::xpath {

/// Nesting by parentheses, predicates and calls: bounds our own recursion.
constexpr unsigned kMaxNesting = 48;
/// Longest chain of operators, steps and predicates inside each other: bounds pugixml's recursion, which must fit a
/// fiber's stack (the unit test measures it).
constexpr std::size_t kMaxDepth = 48;

/// From the depths of its parts.
std::size_t depthOf(const Expr& expr) noexcept;
bool needsDocument(const Program& program, const Expr& expr, bool insidePredicate);
/// Whether the value depends on the context node, position or size.
bool dependsOnContext(const Program& program, const Expr& expr);

/// comment(), text(), node() and processing-instruction() look like calls but are node tests.
inline bool isNodeType(const Token& token) noexcept {
    return token.prefix.empty() && (token.local == "comment" || token.local == "text" || token.local == "node" ||
                                    token.local == "processing-instruction");
}

/// Recursive descent over the tokens of one expression.
class Parser {
public:
    Parser(std::string_view text, const NamespaceMap& namespaces, XPath::Form form)
        : text_(text), namespaces_(namespaces), form_(form), tokens_(tokenize(text)) {}

    std::unique_ptr<Program> run();

private:
    const Token& peek() const noexcept { return tokens_[at_]; }
    bool accept(TokenKind kind) noexcept;
    void expect(TokenKind kind, const char* what);
    [[noreturn]] void unexpected(const char* expected) const;
    ExprPtr make(Kind kind, Type type, std::size_t position) const;
    /// Everything that has parts goes through here: refuses what is too deep before it can grow further.
    ExprPtr measured(ExprPtr expr) const;
    void finish(Program& program) const;
    void requireNodes(Expr& expr, const char* what) const;

    ExprPtr expression();
    ExprPtr binary(std::size_t level);
    ExprPtr joined(Kind kind, Type type, std::size_t position, ExprPtr left, ExprPtr right) const;
    ExprPtr unary();
    ExprPtr unionOf();
    ExprPtr path();
    ExprPtr locationPath(std::size_t start);
    bool startsPrimary() const noexcept;
    static bool startsStep(TokenKind kind) noexcept;
    void separatedStep(Expr& path);
    void step(Expr& path);
    Axis axis(const Token& token) const;
    void nodeTest(Step& made);
    std::size_t uriIndex(const Token& token) const;
    ExprPtr predicate();
    ExprPtr primary();

    ExprPtr call();
    ExprPtr coreCall(const Token& token);
    ExprPtr synapseCall(const Token& token, Slot::Kind kind);
    std::unique_ptr<Program> argument();
    void propertyArguments(Slot& slot, std::vector<std::unique_ptr<Program>> arguments) const;

    std::string_view text_;
    const NamespaceMap& namespaces_;
    XPath::Form form_;
    std::vector<Token> tokens_;
    std::size_t at_ = 0;
    unsigned nesting_ = 0;
    unsigned predicates_ = 0;
    Program* program_ = nullptr;  // that is being built: an argument of a Synapse function is one of its own
};

}  // namespace myelin::xml::xpath
