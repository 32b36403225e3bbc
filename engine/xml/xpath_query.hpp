#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "engine/xml/xpath_emit.hpp"
#include "engine/xml/xpath_program.hpp"

namespace myelin::xml::xpath {

/// For each of Program::uris: the prefix to match by, or nothing; views into the document.
using SpellingViews = std::vector<std::optional<std::string_view>>;

/// The expression compiled by pugixml for one way to spell its namespaces and one set of variable types (pugixml's
/// variables have fixed types).
class Query {
public:
    /// Throws XPathError when pugixml refuses the expression for these types.
    Query(const Program& program, const SpellingViews& spellings, const std::vector<Value>& slots);

    bool fits(const SpellingViews& spellings, const std::vector<Value>& slots) const noexcept;
    /// Gives the variables their values for the next evaluation.
    void bind(const std::vector<Value>& slots);
    /// Lets go of large values.
    void release();
    const pugi::xpath_query& query() const noexcept { return query_; }

    std::uint64_t lastUse = 0;

private:
    const Program& program_;
    Spellings spellings_;
    std::vector<pugi::xpath_value_type> types_;
    std::vector<pugi::xpath_variable*> variables_;
    pugi::xpath_variable_set set_;
    pugi::xpath_query query_;
    bool large_ = false;
};

/// The queries of one program that one thread has compiled. Bounded: a client that sends a new prefix with every
/// message only ever replaces the entry used longest ago.
class QueryBox {
public:
    Query& find(const Program& program, const SpellingViews& spellings, const std::vector<Value>& slots);

    /// Room for those of the evaluation under way, so that none of them allocates; the views die with its document.
    SpellingViews scratch;

private:
    static constexpr std::size_t kMaxQueries = 4;
    std::vector<std::unique_ptr<Query>> queries_;
    std::uint64_t uses_ = 0;
};

}  // namespace myelin::xml::xpath
