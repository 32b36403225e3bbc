#include "engine/xml/xpath_parser.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>
#include <utility>

#include "engine/base/scope_exit.hpp"
#include "engine/xml/xpath_functions.hpp"
#include "engine/xml/xpath_lexer.hpp"
#include "engine/xml/xpath_parser_detail.hpp"

namespace myelin::xml::xpath {

namespace {

using T = TokenKind;

struct BinaryOperator {
    T token;
    Kind kind;
    Type type;
};
// Lowest precedence first; operators of one level associate to the left.
constexpr std::array<std::array<BinaryOperator, 4>, 6> kLevels{{
    {{{T::Or, Kind::Or, Type::Boolean}}},
    {{{T::And, Kind::And, Type::Boolean}}},
    {{{T::Equal, Kind::Equal, Type::Boolean}, {T::NotEqual, Kind::NotEqual, Type::Boolean}}},
    {{{T::Less, Kind::Less, Type::Boolean},
      {T::LessOrEqual, Kind::LessOrEqual, Type::Boolean},
      {T::Greater, Kind::Greater, Type::Boolean},
      {T::GreaterOrEqual, Kind::GreaterOrEqual, Type::Boolean}}},
    {{{T::Plus, Kind::Add, Type::Number}, {T::Minus, Kind::Subtract, Type::Number}}},
    {{{T::Multiply, Kind::Multiply, Type::Number},
      {T::Div, Kind::Divide, Type::Number},
      {T::Mod, Kind::Modulo, Type::Number}}},
}};

const BinaryOperator* operatorAt(std::size_t level, T token) noexcept {
    if (token == T::End) return nullptr;
    for (const BinaryOperator& candidate : kLevels[level]) {
        if (candidate.token == token) return &candidate;
    }
    return nullptr;
}

}  // namespace

std::unique_ptr<Program> Parser::run() {
    auto program = std::make_unique<Program>();
    program_ = program.get();
    program->root = expression();
    if (peek().kind != T::End) unexpected("an operator or the end");
    finish(*program);
    return program;
}

void Parser::finish(Program& program) const {
    program.text = text_;
    program.form = form_;
    program.needsDocument = needsDocument(program, *program.root, false);
    program.dependsOnContext = dependsOnContext(program, *program.root);
}

bool Parser::accept(TokenKind kind) noexcept {
    if (peek().kind != kind) return false;
    ++at_;
    return true;
}

void Parser::expect(TokenKind kind, const char* what) {
    if (!accept(kind)) unexpected(what);
}

void Parser::unexpected(const char* expected) const {
    const Token& token = peek();
    const std::string found = token.kind == T::End ? "the end" : "'" + std::string(token.text) + "'";
    fail(text_, token.position, std::string("expected ") + expected + ", found " + found);
}

ExprPtr Parser::make(Kind kind, Type type, std::size_t position) const {
    auto expr = std::make_unique<Expr>();
    expr->kind = kind;
    expr->type = type;
    expr->position = position;
    return expr;
}

ExprPtr Parser::measured(ExprPtr expr) const {
    expr->depth = depthOf(*expr);
    if (expr->depth > kMaxDepth) fail(text_, expr->position, "expression too complex");
    return expr;
}

ExprPtr Parser::expression() {
    if (++nesting_ > kMaxNesting) fail(text_, peek().position, "expression nested too deeply");
    const base::ScopeExit leave([this] { --nesting_; });
    return binary(0);
}

ExprPtr Parser::binary(std::size_t level) {
    if (level == kLevels.size()) return unary();
    ExprPtr left = binary(level + 1);
    while (const BinaryOperator* found = operatorAt(level, peek().kind)) {
        const std::size_t position = peek().position;
        ++at_;
        left = joined(found->kind, found->type, position, std::move(left), binary(level + 1));
    }
    // Once for a whole chain: measuring looks at all of it.
    return isAssociative(left->kind) ? measured(std::move(left)) : std::move(left);
}

ExprPtr Parser::joined(Kind kind, Type type, std::size_t position, ExprPtr left, ExprPtr right) const {
    if (!isAssociative(kind) || left->kind != kind) {
        ExprPtr both = make(kind, type, position);
        both->operands.push_back(std::move(left));
        left = std::move(both);
    }
    left->operands.push_back(std::move(right));
    return isAssociative(kind) ? std::move(left) : measured(std::move(left));
}

ExprPtr Parser::unary() {
    std::vector<std::size_t> signs;
    while (peek().kind == T::Minus) {
        signs.push_back(peek().position);
        ++at_;
    }
    ExprPtr operand = unionOf();
    for (; !signs.empty(); signs.pop_back()) {
        ExprPtr negated = make(Kind::Negate, Type::Number, signs.back());
        negated->operands.push_back(std::move(operand));
        operand = measured(std::move(negated));
    }
    return operand;
}

ExprPtr Parser::unionOf() {
    ExprPtr left = path();
    while (peek().kind == T::Pipe) {
        const std::size_t position = peek().position;
        ++at_;
        requireNodes(*left, "operand of '|'");
        ExprPtr right = path();
        requireNodes(*right, "operand of '|'");
        left = joined(Kind::Union, Type::Nodes, position, std::move(left), std::move(right));
    }
    return isAssociative(left->kind) ? measured(std::move(left)) : std::move(left);
}

void Parser::requireNodes(Expr& expr, const char* what) const {
    if (expr.kind == Kind::Slot) {
        Slot& slot = program_->slots[expr.slot];
        if (slot.kind == Slot::Kind::Variable || slot.kind == Slot::Kind::Property) {
            slot.nodes = true;
            expr.type = Type::Nodes;
        }
    }
    if (expr.type != Type::Nodes) fail(text_, expr.position, std::string(what) + " must be nodes");
}

bool Parser::startsPrimary() const noexcept {
    switch (peek().kind) {
        case T::Variable:
        case T::OpenParen:
        case T::Literal:
        case T::Number:
            return true;
        case T::Name:
            return tokens_[at_ + 1].kind == T::OpenParen && !isNodeType(peek());
        default:
            return false;
    }
}

ExprPtr Parser::path() {
    const std::size_t start = peek().position;
    if (!startsPrimary()) return locationPath(start);

    ExprPtr head = primary();
    if (peek().kind == T::OpenBracket) {
        requireNodes(*head, "what a predicate follows");
        ExprPtr filter = make(Kind::Filter, Type::Nodes, start);
        filter->operands.push_back(std::move(head));
        while (peek().kind == T::OpenBracket) filter->operands.push_back(predicate());
        head = measured(std::move(filter));
    }
    if (peek().kind != T::Slash && peek().kind != T::SlashSlash) return head;
    requireNodes(*head, "what '/' follows");
    ExprPtr whole = make(Kind::Path, Type::Nodes, start);
    whole->operands.push_back(std::move(head));
    while (peek().kind == T::Slash || peek().kind == T::SlashSlash) separatedStep(*whole);
    return measured(std::move(whole));
}

ExprPtr Parser::locationPath(std::size_t start) {
    ExprPtr whole = make(Kind::Path, Type::Nodes, start);
    if (peek().kind == T::Slash || peek().kind == T::SlashSlash) {
        whole->absolute = true;
        if (peek().kind == T::Slash && !startsStep(tokens_[at_ + 1].kind)) {
            ++at_;
            return whole;
        }
        separatedStep(*whole);
    } else {
        if (!startsStep(peek().kind)) unexpected("an expression");
        step(*whole);
    }
    while (peek().kind == T::Slash || peek().kind == T::SlashSlash) separatedStep(*whole);
    return measured(std::move(whole));
}

bool Parser::startsStep(TokenKind kind) noexcept {
    return kind == T::Dot || kind == T::DotDot || kind == T::At || kind == T::Star || kind == T::PrefixStar ||
           kind == T::Name;
}

void Parser::separatedStep(Expr& path) {
    if (accept(T::SlashSlash)) {
        path.steps.push_back({Axis::DescendantOrSelf, Test::Node, kNoUri, {}, {}});
    } else {
        expect(T::Slash, "'/'");
    }
    step(path);
}

void Parser::step(Expr& path) {
    Step made;
    if (accept(T::Dot)) {
        made.axis = Axis::Self;
        path.steps.push_back(std::move(made));
        return;
    }
    if (accept(T::DotDot)) {
        made.axis = Axis::Parent;
        path.steps.push_back(std::move(made));
        return;
    }
    if (accept(T::At)) {
        made.axis = Axis::Attribute;
    } else if (peek().kind == T::Name && tokens_[at_ + 1].kind == T::ColonColon) {
        made.axis = axis(peek());
        at_ += 2;
    }
    nodeTest(made);
    while (peek().kind == T::OpenBracket) made.predicates.push_back(predicate());
    path.steps.push_back(std::move(made));
}

Axis Parser::axis(const Token& token) const {
    constexpr std::array<std::pair<std::string_view, Axis>, 12> kAxes{{{"ancestor", Axis::Ancestor},
                                                                       {"ancestor-or-self", Axis::AncestorOrSelf},
                                                                       {"attribute", Axis::Attribute},
                                                                       {"child", Axis::Child},
                                                                       {"descendant", Axis::Descendant},
                                                                       {"descendant-or-self", Axis::DescendantOrSelf},
                                                                       {"following", Axis::Following},
                                                                       {"following-sibling", Axis::FollowingSibling},
                                                                       {"parent", Axis::Parent},
                                                                       {"preceding", Axis::Preceding},
                                                                       {"preceding-sibling", Axis::PrecedingSibling},
                                                                       {"self", Axis::Self}}};
    for (const auto& [name, found] : kAxes) {
        if (token.text == name) return found;
    }
    if (token.text == "namespace")
        fail(text_, token.position, "the namespace axis is not supported; use namespace-uri()");
    fail(text_, token.position, "unknown axis '" + std::string(token.text) + "'");
}

void Parser::nodeTest(Step& made) {
    const Token& token = peek();
    if (accept(T::Star)) {
        made.test = Test::AnyName;
    } else if (accept(T::PrefixStar)) {
        made.test = Test::AnyInNamespace;
        made.uri = uriIndex(token);
    } else if (token.kind == T::Name && tokens_[at_ + 1].kind == T::OpenParen) {
        if (!isNodeType(token)) fail(text_, token.position, "a function cannot be a step of a path");
        at_ += 2;
        made.test = token.local == "text"      ? Test::Text
                    : token.local == "comment" ? Test::Comment
                    : token.local == "node"    ? Test::Node
                                               : Test::ProcessingInstruction;
        if (made.test == Test::ProcessingInstruction && peek().kind == T::Literal) {
            made.local = peek().text;
            ++at_;
        }
        expect(T::CloseParen, "')'");
    } else if (accept(T::Name)) {
        made.test = Test::Name;
        made.local = token.local;
        if (made.axis != Axis::Attribute || !token.prefix.empty()) made.uri = uriIndex(token);
    } else {
        unexpected("a name, '*' or node test");
    }
}

std::size_t Parser::uriIndex(const Token& token) const {
    std::string_view uri;
    if (!token.prefix.empty()) {
        const auto found = namespaces_.find(token.prefix);
        if (!found) {
            std::string known;
            for (const auto& binding : namespaces_.bindings())
                known.append(known.empty() ? "" : ", ").append(binding.first);
            fail(text_,
                 token.position,
                 "namespace prefix '" + std::string(token.prefix) + "' is not declared (" +
                     (known.empty() ? "none is" : "declared: " + known) + ")");
        }
        uri = *found;
        if (uri.find('\'') != std::string_view::npos && uri.find('"') != std::string_view::npos) {
            fail(text_, token.position, "namespace with both kinds of quotes in its name");
        }
    }
    auto& uris = program_->uris;
    const auto at = std::find(uris.begin(), uris.end(), uri);
    if (at != uris.end()) return static_cast<std::size_t>(at - uris.begin());
    uris.emplace_back(uri);
    return uris.size() - 1;
}

ExprPtr Parser::predicate() {
    expect(T::OpenBracket, "'['");
    ++predicates_;
    ExprPtr inner = expression();
    --predicates_;
    expect(T::CloseBracket, "']'");
    return inner;
}

ExprPtr Parser::primary() {
    const Token token = peek();
    if (token.kind == T::Name) return call();
    ++at_;
    if (token.kind == T::OpenParen) {
        ExprPtr inner = expression();
        expect(T::CloseParen, "')'");
        return inner;
    }
    if (token.kind == T::Variable) {
        ExprPtr expr = make(Kind::Slot, Type::Unknown, token.position);
        Slot slot;
        slot.prefix = token.prefix;
        slot.name = token.local;
        expr->slot = program_->slots.size();
        program_->slots.push_back(std::move(slot));
        return expr;
    }
    const bool literal = token.kind == T::Literal;
    ExprPtr expr = make(literal ? Kind::Literal : Kind::Number, literal ? Type::Text : Type::Number, token.position);
    expr->text = token.text;
    return expr;
}

std::unique_ptr<Program> parse(std::string_view expression, const NamespaceMap& namespaces, XPath::Form form) {
    constexpr std::size_t kMaxLength = 64 * 1024;
    if (expression.size() > kMaxLength) fail(expression, 0, "expression longer than 64 KiB");
    return Parser(expression, namespaces, form).run();
}

}  // namespace myelin::xml::xpath
