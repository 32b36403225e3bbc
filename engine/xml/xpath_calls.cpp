#include <algorithm>
#include <array>
#include <utility>

#include "engine/base/scope_exit.hpp"
#include "engine/xml/xpath_functions.hpp"
#include "engine/xml/xpath_parser_detail.hpp"

namespace myelin::xml::xpath {

namespace {

// Properties that stand in the message's XML (WS-Addressing headers, faults).
bool propertyNeedsDocument(const Slot& slot) noexcept {
    constexpr std::array<std::string_view, 6> kInDocument{
        "From", "FaultTo", "ReplyTo", "MessageID", "RelatesTo", "FAULT"};
    if (!slot.prefix.empty() && slot.prefix != "default" && slot.prefix != "synapse") return false;
    return std::find(kInDocument.begin(), kInDocument.end(), slot.name) != kInDocument.end();
}

bool slotNeedsDocument(const Slot& slot) {
    if (slot.kind == Slot::Kind::Variable) {
        return slot.prefix.empty() && (slot.name == "body" || slot.name == "header" || slot.name == "env");
    }
    // A name that is only known later may be one of those.
    if (slot.kind == Slot::Kind::Property && (!slot.arguments.empty() || propertyNeedsDocument(slot))) return true;
    return std::any_of(slot.arguments.begin(), slot.arguments.end(), [](const auto& a) { return a->needsDocument; });
}

bool looksAtContext(const Expr& call) {
    const CoreFunction* function = coreFunction(call.text);
    return call.text == "lang" || (call.operands.empty() && function && function->contextWithoutArgs);
}

}  // namespace

std::size_t depthOf(const Expr& expr) noexcept {
    std::size_t deepest = 0;
    for (const ExprPtr& operand : expr.operands) deepest = std::max(deepest, operand->depth);
    if (isAssociative(expr.kind)) {
        for (std::size_t n = 1; n < expr.operands.size(); n *= 2) ++deepest;
        return deepest;
    }
    // Evaluating a step evaluates those before it from inside.
    std::size_t behind = expr.kind == Kind::Path ? deepest : 0;
    for (const Step& step : expr.steps) {
        ++behind;
        std::size_t inside = 0;
        for (const ExprPtr& predicate : step.predicates) inside = std::max(inside, predicate->depth);
        behind += step.predicates.size();
        deepest = std::max({deepest, behind, inside + 1});
    }
    return deepest + 1;
}

bool needsDocument(const Program& program, const Expr& expr, bool insidePredicate) {
    if (expr.kind == Kind::Slot) return slotNeedsDocument(program.slots[expr.slot]);
    if (expr.kind == Kind::Path && expr.operands.empty() && !insidePredicate) return true;
    if (expr.kind == Kind::Call && !insidePredicate && looksAtContext(expr)) return true;
    for (std::size_t i = 0; i < expr.operands.size(); ++i) {
        const bool predicate = expr.kind == Kind::Filter && i > 0;
        if (needsDocument(program, *expr.operands[i], insidePredicate || predicate)) return true;
    }
    for (const Step& step : expr.steps) {
        for (const ExprPtr& predicate : step.predicates) {
            if (needsDocument(program, *predicate, true)) return true;
        }
    }
    return false;
}

bool dependsOnContext(const Program& program, const Expr& expr) {
    if (expr.kind == Kind::Slot) {
        const auto& arguments = program.slots[expr.slot].arguments;
        return std::any_of(arguments.begin(), arguments.end(), [](const auto& a) { return a->dependsOnContext; });
    }
    if (expr.kind == Kind::Path && expr.operands.empty() && !expr.absolute) return true;
    if (expr.kind == Kind::Call && looksAtContext(expr)) return true;
    // Predicates have a context of their own.
    const std::size_t count = expr.kind == Kind::Filter ? 1 : expr.operands.size();
    for (std::size_t i = 0; i < count; ++i) {
        if (dependsOnContext(program, *expr.operands[i])) return true;
    }
    return false;
}

ExprPtr Parser::call() {
    const Token token = peek();
    at_ += 2;
    if (const auto kind = synapseFunction(token.local)) return synapseCall(token, *kind);
    return coreCall(token);
}

ExprPtr Parser::coreCall(const Token& token) {
    const CoreFunction* function = coreFunction(token.local);
    if (!function) {
        fail(text_,
             token.position,
             "unknown function '" + std::string(token.text) + "' (known: " + knownFunctions() + ")");
    }
    ExprPtr made = make(Kind::Call, function->result, token.position);
    made->text = function->name;
    if (peek().kind != TokenKind::CloseParen) {
        do {
            made->operands.push_back(expression());
        } while (accept(TokenKind::Comma));
    }
    expect(TokenKind::CloseParen, "',' or ')'");
    const std::size_t count = made->operands.size();
    if (count < function->minimum || count > function->maximum) {
        std::string wanted = std::to_string(function->minimum);
        if (function->maximum != function->minimum) {
            wanted += function->maximum > 3 ? " or more" : " to " + std::to_string(function->maximum);
        }
        fail(text_,
             token.position,
             std::string(function->name) + "() takes " + wanted + " arguments, not " + std::to_string(count));
    }
    if (function->takesNodes && count == 1) {
        requireNodes(*made->operands[0], "the argument of this function");
    }
    return measured(std::move(made));
}

std::unique_ptr<Program> Parser::argument() {
    auto made = std::make_unique<Program>();
    Program* const outer = std::exchange(program_, made.get());
    const base::ScopeExit restore([&] { program_ = outer; });
    const std::size_t start = peek().position;
    made->root = expression();
    finish(*made);
    made->text = text_.substr(start, peek().position - start);
    if (predicates_ > 0 && made->dependsOnContext) {
        fail(text_,
             start,
             "inside a predicate, the arguments of a Synapse function must not depend on the predicate's node");
    }
    return made;
}

ExprPtr Parser::synapseCall(const Token& token, Slot::Kind kind) {
    ExprPtr made = make(Kind::Slot, kind == Slot::Kind::Property ? Type::Unknown : Type::Text, token.position);
    std::vector<std::unique_ptr<Program>> arguments;
    if (peek().kind != TokenKind::CloseParen) {
        do {
            arguments.push_back(argument());
        } while (accept(TokenKind::Comma));
    }
    expect(TokenKind::CloseParen, "',' or ')'");
    const std::size_t maximum = kind == Slot::Kind::Property ? 3 : 2;
    if (arguments.empty() || arguments.size() > maximum) {
        fail(text_,
             token.position,
             std::string(token.local) + "() takes 1 to " + std::to_string(maximum) + " arguments, not " +
                 std::to_string(arguments.size()));
    }
    Slot slot;
    slot.kind = kind;
    if (kind == Slot::Kind::Property) {
        propertyArguments(slot, std::move(arguments));
    } else {
        if (arguments.size() == 2 && arguments[1]->root->kind == Kind::Literal &&
            !base64Encode("", arguments[1]->root->text)) {
            fail(text_, token.position, "unknown character set '" + arguments[1]->root->text + "'");
        }
        slot.arguments = std::move(arguments);
    }
    made->slot = program_->slots.size();
    program_->slots.push_back(std::move(slot));
    return made;
}

void Parser::propertyArguments(Slot& slot, std::vector<std::unique_ptr<Program>> arguments) const {
    const auto literal = [](const auto& a) { return a->root->kind == Kind::Literal; };
    if (!std::all_of(arguments.begin(), arguments.end(), literal)) {
        slot.arguments = std::move(arguments);
        return;
    }
    const auto text = [&](std::size_t i) { return arguments[i]->root->text; };
    if (arguments.size() == 1) {
        slot.name = text(0);
    } else if (arguments.size() == 2 && !isPropertyScope(text(0))) {
        slot.name = text(0);
        slot.dateFormat = text(1);
    } else {
        slot.prefix = text(0);
        slot.name = text(1);
        if (arguments.size() == 3) slot.dateFormat = text(2);
    }
}

}  // namespace myelin::xml::xpath
