#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/xml/xpath.hpp"

/// What an expression is compiled into: its syntax tree, in which names are resolved to namespaces and everything that
/// comes from the message is a slot.
namespace myelin::xml::xpath {

enum class Axis {
    Ancestor,
    AncestorOrSelf,
    Attribute,
    Child,
    Descendant,
    DescendantOrSelf,
    Following,
    FollowingSibling,
    Parent,
    Preceding,
    PrecedingSibling,
    Self
};

enum class Test { Name, AnyName, AnyInNamespace, Node, Text, Comment, ProcessingInstruction };

enum class Kind {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Union,
    Negate,
    Literal,
    Number,
    Slot,
    Call,
    Path,
    Filter
};

/// Chains of these are one node with many operands.
constexpr bool isAssociative(Kind kind) noexcept {
    return kind == Kind::Or || kind == Kind::And || kind == Kind::Union;
}

enum class Type { Nodes, Text, Number, Boolean, Unknown };

struct Expr;
using ExprPtr = std::unique_ptr<Expr>;

/// Of an attribute name without a prefix, which needs no namespace to be looked up.
constexpr std::size_t kNoUri = static_cast<std::size_t>(-1);

struct Step {
    Axis axis = Axis::Child;
    Test test = Test::Node;
    std::size_t uri = kNoUri;  // index into Program::uris
    std::string local{};       // or the target of processing-instruction()
    std::vector<ExprPtr> predicates{};
};

struct Expr {
    Kind kind = Kind::Literal;
    Type type = Type::Unknown;
    std::size_t position = 0;         // in the text of the expression
    std::size_t depth = 1;            // of what pugixml evaluates one inside the other
    std::string text{};               // of a literal or number; name of a function
    std::size_t slot = 0;             // index into Program::slots
    bool absolute = false;            // of a path without a head
    std::vector<ExprPtr> operands{};  // of a path: its head, if any; of a filter: what is filtered, then predicates
    std::vector<Step> steps{};
};

struct Program;

/// A value that the message gives, or a Synapse function that is computed before the expression proper.
struct Slot {
    enum class Kind { Variable, Property, Base64Encode, Base64Decode, UrlEncode };
    Kind kind = Kind::Variable;
    bool nodes = false;    // used where only a node set fits: other values count as an empty one
    std::string prefix{};  // of a variable; scope of a property
    std::string name{};
    std::string dateFormat{};
    std::vector<std::unique_ptr<Program>> arguments{};  // of functions; of get-property when not all are literals
};

class QueryBox;

/// Compiled queries, a box for each of a few threads. Whoever evaluates takes the box out and puts it back, so that no
/// two threads ever share a query; a thread that finds none makes a new one.
class QueryCache {
public:
    QueryCache() = default;
    QueryCache(const QueryCache&) = delete;
    QueryCache& operator=(const QueryCache&) = delete;
    ~QueryCache();

    std::unique_ptr<QueryBox> take() noexcept;
    void put(std::unique_ptr<QueryBox> box) noexcept;

private:
    std::array<std::atomic<QueryBox*>, 32> boxes_{};
};

struct Program {
    std::string text;
    ExprPtr root;
    std::vector<std::string> uris;
    std::vector<Slot> slots;
    bool needsDocument = false;
    bool dependsOnContext = false;
    XPath::Form form = XPath::Form::Automatic;
    mutable QueryCache cache;
};

/// True for the names that get-property() takes as a scope.
bool isPropertyScope(std::string_view name) noexcept;

}  // namespace myelin::xml::xpath
