#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "engine/base/arena.hpp"
#include "engine/message/properties.hpp"
#include "engine/xml/document.hpp"

namespace myelin::mediators {

/// The types that `property` converts to (synapse-mediation 4.2).
enum class ValueType { String, Boolean, Double, Float, Integer, Long, Short, Xml };

/// By name in any case: STRING, BOOLEAN, DOUBLE, FLOAT, INTEGER, LONG, SHORT, OM.
std::optional<ValueType> valueTypeNamed(std::string_view name) noexcept;
std::string_view nameOf(ValueType type) noexcept;

/// The text as a value of that type, or nothing when it is none. A text stays a view of `text`.
std::optional<message::PropertyValue> convert(std::string_view text, ValueType type);

/// A document that holds a copy of the element.
std::shared_ptr<xml::Document> documentOf(pugi::xml_node element);

}  // namespace myelin::mediators
