#pragma once

#include <pugixml.hpp>
#include <string>
#include <string_view>

namespace myelin::xml {

/// Appends the node as UTF-8 XML, exactly as it stands: no indentation, no declaration. For a document node, its
/// children. Carriage returns, and tabs and line feeds in attributes, are written as references so that they survive.
void write(pugi::xml_node node, std::string& out);

/// The same for an element that leaves its document: declarations made on its ancestors are added to it when the
/// subtree uses them, in names or in values that look like qualified names (xsi:type="xsd:int", faultcode).
void writeSubtree(pugi::xml_node element, std::string& out);

/// Text with the characters escaped that element content cannot hold.
void appendEscapedText(std::string_view text, std::string& out);
/// The same for an attribute value in double quotes.
void appendEscapedAttribute(std::string_view text, std::string& out);

/// Appends a deep copy of `node` to `parent` (of any document) and declares on it what it needs there. Gives the copy.
/// The caller calls changed() on the receiving document.
pugi::xml_node importNode(pugi::xml_node parent, pugi::xml_node node);

}  // namespace myelin::xml
