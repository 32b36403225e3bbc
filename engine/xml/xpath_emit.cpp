#include "engine/xml/xpath_emit.hpp"

#include <array>

namespace myelin::xml::xpath {

namespace {

std::string_view axisName(Axis axis) noexcept {
    constexpr std::array<std::string_view, 12> kNames{"ancestor",
                                                      "ancestor-or-self",
                                                      "attribute",
                                                      "child",
                                                      "descendant",
                                                      "descendant-or-self",
                                                      "following",
                                                      "following-sibling",
                                                      "parent",
                                                      "preceding",
                                                      "preceding-sibling",
                                                      "self"};
    return kNames[static_cast<std::size_t>(axis)];
}

std::string_view operatorText(Kind kind) noexcept {
    switch (kind) {
        case Kind::Or:
            return " or ";
        case Kind::And:
            return " and ";
        case Kind::Equal:
            return " = ";
        case Kind::NotEqual:
            return " != ";
        case Kind::Less:
            return " < ";
        case Kind::LessOrEqual:
            return " <= ";
        case Kind::Greater:
            return " > ";
        case Kind::GreaterOrEqual:
            return " >= ";
        case Kind::Add:
            return " + ";
        case Kind::Subtract:
            return " - ";
        case Kind::Multiply:
            return " * ";
        case Kind::Divide:
            return " div ";
        case Kind::Modulo:
            return " mod ";
        default:
            return " | ";
    }
}

class Emitter {
public:
    Emitter(const Program& program, const Spellings& spellings) : program_(program), spellings_(spellings) {}

    std::string run() {
        expr(*program_.root);
        return std::move(out_);
    }

private:
    void literal(std::string_view text) {
        const char quote = text.find('\'') == std::string_view::npos ? '\'' : '"';
        out_.push_back(quote);
        out_.append(text);
        out_.push_back(quote);
    }

    void expr(const Expr& e) {
        switch (e.kind) {
            case Kind::Literal:
                return literal(e.text);
            case Kind::Number: {
                if (e.text.front() == '.') out_.push_back('0');
                out_.append(e.text);
                if (e.text.back() == '.') out_.push_back('0');
                return;
            }
            case Kind::Slot:
                out_.append("$v").append(std::to_string(e.slot));
                return;
            case Kind::Negate:
                out_.append("(-");
                expr(*e.operands[0]);
                out_.push_back(')');
                return;
            case Kind::Call:
                return call(e);
            case Kind::Path:
                return path(e);
            case Kind::Filter:
                head(*e.operands[0]);
                for (std::size_t i = 1; i < e.operands.size(); ++i) predicate(*e.operands[i]);
                return;
            default:
                break;
        }
        out_.push_back('(');
        if (isAssociative(e.kind)) {
            balanced(e, 0, e.operands.size());
        } else {
            binary(e);
        }
        out_.push_back(')');
    }

    // As a balanced tree, so that pugixml's recursion grows with the logarithm of the number of operands.
    void balanced(const Expr& e, std::size_t from, std::size_t to) {
        if (to - from == 1) return expr(*e.operands[from]);
        const std::size_t middle = from + (to - from + 1) / 2;
        balanced(e, from, middle);
        out_.append(operatorText(e.kind));
        const bool several = to - middle > 1;
        if (several) out_.push_back('(');
        balanced(e, middle, to);
        if (several) out_.push_back(')');
    }

    // Operators associate to the left: a chain of one of them needs no parentheses, each of which would cost pugixml's
    // parser several levels of recursion.
    void binary(const Expr& e) {
        if (e.operands[0]->kind == e.kind) {
            binary(*e.operands[0]);
        } else {
            operand(e, 0);
        }
        out_.append(operatorText(e.kind));
        operand(e, 1);
    }

    // Ordering a node set and a boolean compares the node set's boolean() (XPath 1.0, 3.4); pugixml compares node by
    // node.
    void operand(const Expr& e, std::size_t i) {
        const bool ordering = e.kind == Kind::Less || e.kind == Kind::LessOrEqual || e.kind == Kind::Greater ||
                              e.kind == Kind::GreaterOrEqual;
        const bool asBoolean =
            ordering && e.operands[i]->type == Type::Nodes && e.operands[1 - i]->type == Type::Boolean;
        if (asBoolean) out_.append("boolean(");
        expr(*e.operands[i]);
        if (asBoolean) out_.push_back(')');
    }

    void call(const Expr& e) {
        out_.append(e.text).push_back('(');
        for (std::size_t i = 0; i < e.operands.size(); ++i) {
            if (i > 0) out_.append(", ");
            expr(*e.operands[i]);
        }
        out_.push_back(')');
    }

    // What a predicate or a step follows.
    void head(const Expr& e) {
        if (e.kind != Kind::Path && e.kind != Kind::Filter) return expr(e);
        out_.push_back('(');
        expr(e);
        out_.push_back(')');
    }

    void path(const Expr& e) {
        if (!e.operands.empty()) {
            head(*e.operands[0]);
            out_.push_back('/');
        } else if (e.absolute) {
            out_.push_back('/');
        }
        for (std::size_t i = 0; i < e.steps.size(); ++i) {
            if (i > 0) out_.push_back('/');
            step(e.steps[i]);
        }
    }

    void predicate(const Expr& e) {
        out_.push_back('[');
        expr(e);
        out_.push_back(']');
    }

    void step(const Step& s) {
        out_.append(axisName(s.axis)).append("::");
        switch (s.test) {
            case Test::Name:
                nameTest(s);
                break;
            case Test::AnyName:
                out_.push_back('*');
                break;
            case Test::AnyInNamespace:
                namespaceTest(s);
                break;
            case Test::Node:
                out_.append("node()");
                break;
            case Test::Text:
                out_.append("text()");
                break;
            case Test::Comment:
                out_.append("comment()");
                break;
            case Test::ProcessingInstruction:
                out_.append("processing-instruction(");
                if (!s.local.empty()) literal(s.local);
                out_.push_back(')');
                break;
        }
        for (const ExprPtr& p : s.predicates) predicate(*p);
    }

    void nameTest(const Step& s) {
        if (s.uri == kNoUri) {
            out_.append(s.local);
            return;
        }
        const std::optional<std::string>& spelled = spellings_[s.uri];
        if (!spelled) {
            out_.append("*[local-name() = ");
            literal(s.local);
            out_.append(" and namespace-uri() = ");
            literal(program_.uris[s.uri]);
            out_.push_back(']');
            return;
        }
        std::string_view prefix = *spelled;
        // The default namespace does not apply to attributes.
        if (prefix.empty() && s.axis == Axis::Attribute) prefix = kNeverPrefix;
        if (!prefix.empty()) out_.append(prefix).push_back(':');
        out_.append(s.local);
    }

    void namespaceTest(const Step& s) {
        const std::optional<std::string>& spelled = spellings_[s.uri];
        if (spelled && !spelled->empty()) {
            out_.append(*spelled).append(":*");
            return;
        }
        out_.append("*[namespace-uri() = ");
        literal(program_.uris[s.uri]);
        out_.push_back(']');
    }

    const Program& program_;
    const Spellings& spellings_;
    std::string out_;
};

}  // namespace

std::string emit(const Program& program, const Spellings& spellings) {
    return Emitter(program, spellings).run();
}

}  // namespace myelin::xml::xpath
