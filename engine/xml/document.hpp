#pragma once

#include <memory>
#include <pugixml.hpp>
#include <string_view>

#include "engine/xml/limits.hpp"
#include "engine/xml/namespaces_in_use.hpp"
#include "engine/xml/parse_outcome.hpp"

namespace myelin::xml {

/// An XML document and the text it was parsed from in place. One thread at a time; it may be destroyed on another than
/// it was made on. Not movable: nodes point into it.
class Document {
public:
    Document() = default;
    Document(const Document&) = delete;
    Document& operator=(const Document&) = delete;

    /// Replaces the content of `document`. `bytes` are copied. `charset` is that of the media type, empty when unknown.
    /// Refuses what is not namespace-well-formed, has a DOCTYPE, exceeds a limit or is in an unsupported encoding; the
    /// document is empty then. Comments, processing instructions and white space are kept; the XML declaration and the
    /// difference between `<a/>` and `<a></a>` are not.
    static ParseOutcome parse(Document& document,
                              std::string_view bytes,
                              const XmlLimits& limits = {},
                              std::string_view charset = {});

    /// The document node, for building. Call changed() after editing.
    pugi::xml_document& tree() noexcept { return tree_; }
    const pugi::xml_document& tree() const noexcept { return tree_; }
    /// The outermost element; null when empty.
    pugi::xml_node root() const noexcept { return tree_.document_element(); }

    /// To be called after elements, attributes or namespace declarations were added, renamed or removed, before the
    /// next XPath is evaluated: what is known about prefixes is forgotten.
    void changed() noexcept { namespacesKnown_ = false; }

    /// Collected by parse(), or on first use after changed().
    const NamespacesInUse& namespacesInUse() const;

    void clear();

private:
    // Before tree_, so that it is destroyed after it.
    std::unique_ptr<char[]> text_;
    pugi::xml_document tree_;
    mutable NamespacesInUse namespaces_;
    mutable bool namespacesKnown_ = false;
};

}  // namespace myelin::xml
