#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/message/content.hpp"
#include "engine/xml/document.hpp"

namespace myelin::message::soap {

enum class Version : std::uint8_t { V11, V12 };

constexpr std::string_view namespaceOf(Version version) noexcept {
    return version == Version::V11 ? kSoap11Namespace : kSoap12Namespace;
}
constexpr ContentKind kindOf(Version version) noexcept {
    return version == Version::V11 ? ContentKind::Soap11 : ContentKind::Soap12;
}
/// 1.2 for Soap12, 1.1 for every other kind: POX and the rest are shown in a SOAP 1.1 envelope.
constexpr Version versionFor(ContentKind kind) noexcept {
    return kind == ContentKind::Soap12 ? Version::V12 : Version::V11;
}

/// The version whose Envelope the document's root is; nothing when it is something else.
std::optional<Version> versionOf(const xml::Document& document) noexcept;

/// The Header or Body of an envelope; null nodes when there is none.
pugi::xml_node header(const xml::Document& envelope) noexcept;
pugi::xml_node body(const xml::Document& envelope) noexcept;
/// Whether an envelope of that version, as versionOf() gave it, has a Body.
bool hasBody(const xml::Document& envelope, Version version) noexcept;
/// The payload: the first element in the Body; null when empty.
pugi::xml_node content(const xml::Document& envelope) noexcept;

/// The Header, made in front of the Body when it is missing. The root must be an envelope.
pugi::xml_node ensureHeader(xml::Document& envelope);
/// The Body, made when it is missing.
pugi::xml_node ensureBody(xml::Document& envelope);

/// Replaces everything by an envelope with an empty Header and Body.
void makeEnvelope(xml::Document& document, Version version);
/// Puts the root element into the Body of a new envelope around it. What stood beside the root is lost.
void wrap(xml::Document& document, Version version);

/// Makes the envelope one of the other version in place: names, mustUnderstand, actor and role, faults with their
/// codes (synapse-mediation 2.14). Does nothing when it is one already.
void convert(xml::Document& envelope, Version to);

/// A deep copy.
void copyDocument(const xml::Document& from, xml::Document& to);

}  // namespace myelin::message::soap
