#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/config/diagnostics.hpp"

namespace myelin::config {

/// What has been asked of one element while it was read; Element::finish() reports the rest.
struct ElementUsage {
    struct Attribute {
        std::string name;
        /// What was given back, the default if it is absent. Kept only when the file is read to be shown.
        std::optional<std::string> value;
        /// Somebody asked whether it is there, so that to be there with the default would not be the same.
        bool presenceMatters = false;
    };
    std::vector<Attribute> attributes;  ///< those asked for, whether present or not
    std::vector<std::string> children;
    std::optional<std::string> givenText;  ///< kept only when the file is read to be shown
    std::string givenName;                 ///< how it is spelt properly, when it is not
    bool opened = false;                   ///< somebody got it as an Element
    bool text = false;
    bool opaque = false;   ///< the whole subtree is somebody's payload, or ignored
    bool ignored = false;  ///< it has no effect
    std::string leftOut;   ///< why, if that is to be shown
    bool finished = false;

    Attribute& attribute(std::string_view name);
};

/// One XML file of a configuration: its text, its document, and the way back from a node to line and column.
/// Checked to be well-formed more strictly than pugixml does; a document type is refused.
class SourceFile {
public:
    /// Reads a file. Null, with the reason in `diagnostics`, when it cannot be read or is not well-formed. `path` is
    /// shown in messages as it is given.
    static std::unique_ptr<SourceFile> open(const std::string& path, Diagnostics& diagnostics);
    /// The same for text that is already there.
    static std::unique_ptr<SourceFile> parse(std::string name, std::string text, Diagnostics& diagnostics);

    SourceFile(const SourceFile&) = delete;
    SourceFile& operator=(const SourceFile&) = delete;

    const std::string& name() const noexcept { return name_; }
    /// The text in UTF-8, whatever the file was written in.
    std::string_view text() const noexcept { return text_; }
    pugi::xml_node root() const noexcept { return document_.document_element(); }

    /// Of a byte offset into text().
    Place place(std::size_t offset, std::size_t length = 1) const;
    /// Of the `<` of an element's start tag.
    Place place(pugi::xml_node element) const;
    /// Of an attribute's name, or of its value; of the element when it has no such attribute.
    Place placeOfAttribute(pugi::xml_node element, std::string_view name) const;
    Place placeOfValue(pugi::xml_node element, std::string_view name) const;

    /// Kept here so that copies of an Element share it. Not thread-safe, as all of reading.
    ElementUsage& usage(pugi::xml_node element) { return usage_[element.internal_object()]; }

    /// Whether what factories were given is recorded for `myelin show`. Set before anything is read.
    bool recorded() const noexcept { return recorded_; }
    void record() noexcept { recorded_ = true; }

    static constexpr std::size_t kMaximumSize = 64u << 20;  ///< bytes of a file
    static constexpr std::size_t kMaximumDepth = 256;       ///< nested elements

private:
    SourceFile(std::string name, std::string text);

    std::string name_;
    std::string text_;
    std::vector<std::size_t> lines_;  ///< offset of each line's first byte
    pugi::xml_document document_;
    std::unordered_map<const void*, ElementUsage> usage_;
    bool recorded_ = false;
};

}  // namespace myelin::config
