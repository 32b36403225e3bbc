#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace myelin::xml {

/// Which prefixes the elements and attributes of one document use, and for which namespaces. XPath asks it whether a
/// namespace can be recognised by its prefix in this document.
class NamespacesInUse {
public:
    struct Pair {
        std::string_view prefix;
        std::string_view uri;
    };
    enum class Spelling {
        Prefix,  ///< exactly the names with `prefix` are in the namespace
        Absent,  ///< nothing in the document is in the namespace
        Mixed    ///< only looking up each name's namespace tells
    };
    struct Choice {
        Spelling spelling = Spelling::Mixed;
        std::string_view prefix{};
    };

    /// An element or attribute uses `prefix` for `uri`. The texts must outlive this object.
    void add(std::string_view prefix, std::string_view uri);
    void elementWithoutNamespace() noexcept { elementWithoutNamespace_ = true; }

    /// Fills from a tree, copying what it keeps.
    void collect(pugi::xml_node root);
    void clear() noexcept;

    /// How element names of that namespace (empty: none) are spelled in the document.
    Choice spelling(std::string_view uri) const noexcept;

private:
    static constexpr std::size_t kMaxPairs = 16;
    std::array<Pair, kMaxPairs> pairs_;
    std::size_t count_ = 0;
    bool tooMany_ = false;
    bool defaultNamespaceUsed_ = false;
    bool elementWithoutNamespace_ = false;
    std::vector<std::string> owned_;
};

}  // namespace myelin::xml
