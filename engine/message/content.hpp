#pragma once

#include <string_view>

namespace myelin::message {

/// What a body is, by its Content-Type (Synapse's classification, synapse-mediation 2.11) and, once parsed, its root.
enum class ContentKind {
    None,    ///< no body
    Soap11,  ///< text/xml whose root is an Envelope (assumed until parsed)
    Soap12,  ///< application/soap+xml
    Pox,     ///< application/xml or application/*+xml, or text/xml with another root
    Json,    ///< application/json, or a type that ends in +json
    Form,    ///< application/x-www-form-urlencoded
    Text,    ///< text/plain
    Opaque   ///< anything else: relayed, never built
};

/// How an envelope and what belongs to it are put together. All but None are multipart/related (RFC 2387).
enum class Packaging {
    None,  ///< the envelope is the body
    Mtom,  ///< the root part is application/xop+xml; binary content stands in parts of its own
    Swa    ///< SOAP with Attachments: the root part is an ordinary envelope
};

/// The media type decides; parameters are ignored; comparison without regard to case. An absent type is Opaque.
/// multipart/related is what its root part is, by the parameters type and start-info.
ContentKind classifyContent(std::string_view contentType) noexcept;

/// Not None exactly for multipart/related whose root part is XML.
Packaging packagingOf(std::string_view contentType) noexcept;

/// "charset" or "action" and so on out of a Content-Type value; quotes removed, escapes in them left; empty when
/// absent.
std::string_view contentTypeParameter(std::string_view contentType, std::string_view name) noexcept;

/// The media type that stands for a kind; empty for None and Opaque.
std::string_view mediaTypeFor(ContentKind kind) noexcept;

constexpr bool isSoap(ContentKind kind) noexcept {
    return kind == ContentKind::Soap11 || kind == ContentKind::Soap12;
}
constexpr bool isXml(ContentKind kind) noexcept {
    return isSoap(kind) || kind == ContentKind::Pox;
}

constexpr std::string_view kSoap11Namespace = "http://schemas.xmlsoap.org/soap/envelope/";
constexpr std::string_view kSoap12Namespace = "http://www.w3.org/2003/05/soap-envelope";
constexpr std::string_view kAddressingNamespace = "http://www.w3.org/2005/08/addressing";
constexpr std::string_view kAddressingSubmissionNamespace = "http://schemas.xmlsoap.org/ws/2004/08/addressing";

}  // namespace myelin::message
