#include "engine/message/forms.hpp"

#include "engine/base/strings.hpp"
#include "engine/message/fault.hpp"
#include "engine/message/soap.hpp"
#include "engine/message/xml_text.hpp"
#include "engine/xml/encoding.hpp"
#include "engine/xml/guard.hpp"
#include "engine/xml/namespaces.hpp"
#include "engine/xml/writer.hpp"

namespace myelin::message {

namespace {

MediationFault unreadable(std::string why) {
    return MediationFault(error_code::kMessageParsing, "The message body cannot be read", std::move(why))
        .withStatus(400);
}

void parse(xml::Document& document, std::string_view bytes, const xml::XmlLimits& limits, std::string_view charset) {
    if (const auto outcome = xml::Document::parse(document, bytes, limits, charset); !outcome) {
        throw unreadable(outcome.text());
    }
}

int hexDigit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    const char lower = base::toLowerAscii(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// A form field's name as an element name: what XML does not allow becomes an underscore.
std::string elementName(std::string_view field) {
    std::string name = xmlText(field);
    for (std::size_t i = 0; i < name.size(); ++i) {
        const auto c = static_cast<unsigned char>(name[i]);
        const char lower = base::toLowerAscii(name[i]);
        const bool start = (lower >= 'a' && lower <= 'z') || c == '_' || c >= 0x80;
        const bool later = base::isDigit(name[i]) || c == '-' || c == '.';
        if (start || (later && i > 0)) continue;
        name[i] = '_';
    }
    return name.empty() ? "_" : name;
}

void buildForm(xml::Document& document, std::string_view bytes) {
    soap::makeEnvelope(document, soap::Version::V11);
    pugi::xml_node values = soap::body(document).append_child("xformValues");
    for (const std::string_view pair : base::split(bytes, "&")) {
        const std::size_t equals = pair.find('=');
        const std::string name = decodeFormText(pair.substr(0, equals));
        const std::string value =
            equals == std::string_view::npos ? std::string() : decodeFormText(pair.substr(equals + 1));
        pugi::xml_node field = values.append_child(elementName(base::trim(name)).c_str());
        if (!value.empty()) field.text().set(xmlText(value).c_str());
    }
    document.changed();
}

void buildText(xml::Document& document, std::string_view bytes, std::string_view charset) {
    const xml::DetectedEncoding detected = xml::detectEncoding(bytes, charset);
    if (!detected.problem.empty()) throw unreadable(detected.problem);
    bytes.remove_prefix(detected.markLength);
    std::string text;
    if (detected.encoding == xml::Encoding::Utf8) {
        text = xmlText(bytes);
    } else if (!xml::convertToUtf8(bytes, detected.encoding, text)) {
        throw unreadable("bytes that the text's encoding does not have");
    }
    soap::makeEnvelope(document, soap::Version::V11);
    pugi::xml_node element = soap::body(document).append_child("text");
    xml::declare(element, "", kPayloadNamespace);
    element.text().set(xmlText(text).c_str());
    document.changed();
}

void appendAllText(pugi::xml_node top, std::string& out) {
    pugi::xml_node node = top.first_child();
    while (node) {
        if (node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata) out += node.value();
        if (node.first_child()) {
            node = node.first_child();
            continue;
        }
        while (node != top && !node.next_sibling()) node = node.parent();
        if (node == top) return;
        node = node.next_sibling();
    }
}

}  // namespace

std::string decodeFormText(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+') {
            out += ' ';
        } else if (text[i] == '%' && i + 2 < text.size() && hexDigit(text[i + 1]) >= 0 && hexDigit(text[i + 2]) >= 0) {
            out += static_cast<char>(hexDigit(text[i + 1]) * 16 + hexDigit(text[i + 2]));
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

void appendFormText(std::string_view text, std::string& out) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    for (const char c : text) {
        const char lower = base::toLowerAscii(c);
        if ((lower >= 'a' && lower <= 'z') || base::isDigit(c) || c == '-' || c == '.' || c == '_' || c == '*') {
            out += c;
        } else if (c == ' ') {
            out += '+';
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out += '%';
            out += kHex[byte >> 4U];
            out += kHex[byte & 15U];
        }
    }
}

ContentKind buildEnvelope(xml::Document& document,
                          std::string_view bytes,
                          ContentKind kind,
                          std::string_view charset,
                          const xml::XmlLimits& limits) {
    switch (kind) {
        case ContentKind::Form:
            buildForm(document, bytes);
            return kind;
        case ContentKind::Text:
            buildText(document, bytes, charset);
            return kind;
        case ContentKind::Soap11:
        case ContentKind::Soap12:
        case ContentKind::Pox:
            break;
        case ContentKind::None:
        case ContentKind::Json:
        case ContentKind::Opaque:
            soap::makeEnvelope(document, soap::Version::V11);
            return kind;
    }
    if (base::trim(bytes).empty()) {
        soap::makeEnvelope(document, soap::versionFor(kind));
        return kind;
    }
    parse(document, bytes, limits, charset);
    if (const auto version = soap::versionOf(document)) {
        if (!soap::hasBody(document, *version)) throw unreadable("the SOAP envelope has no Body");
        // Whatever the media type says, the root decides: text/xml may carry SOAP 1.2 and application/xml an envelope.
        return soap::kindOf(*version);
    }
    if (kind == ContentKind::Soap12) {
        throw unreadable("application/soap+xml whose root <" + std::string(document.root().name()) +
                         "> is not a SOAP envelope");
    }
    if (xml::localName(document.root()) == "Envelope") {
        throw unreadable("the Envelope is in the namespace \"" + std::string(xml::namespaceUri(document.root())) +
                         "\", which is neither SOAP 1.1 nor SOAP 1.2");
    }
    soap::wrap(document, soap::Version::V11);
    return ContentKind::Pox;
}

void writeFields(const xml::Document& envelope, std::string& out) {
    const std::size_t start = out.size();
    const pugi::xml_node content = soap::content(envelope);
    for (pugi::xml_node field = xml::firstElement(content); field; field = xml::nextElement(field)) {
        if (out.size() != start) out += '&';
        appendFormText(xml::localName(field), out);
        out += '=';
        std::string text;
        appendAllText(field, text);
        appendFormText(text, out);
    }
}

void writeForm(const xml::Document& envelope, ContentKind kind, std::string& out) {
    switch (kind) {
        case ContentKind::Soap11:
        case ContentKind::Soap12:
            out += R"(<?xml version="1.0" encoding="UTF-8"?>)";
            xml::write(envelope.root(), out);
            return;
        case ContentKind::Text:
            appendAllText(soap::content(envelope), out);
            return;
        case ContentKind::Form:
            writeFields(envelope, out);
            return;
        case ContentKind::Json:
            throw MediationFault(error_code::kMessageParsing, "XML cannot be sent as application/json by this version");
        case ContentKind::None:
        case ContentKind::Pox:
        case ContentKind::Opaque:
            break;
    }
    if (const pugi::xml_node content = soap::content(envelope)) xml::writeSubtree(content, out);
}

}  // namespace myelin::message
