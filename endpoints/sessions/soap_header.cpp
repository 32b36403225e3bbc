#include "endpoints/sessions/soap_header.hpp"

#include <limits>
#include <memory>
#include <utility>

#include "endpoints/sessions/header_scan.hpp"
#include "engine/base/strings.hpp"
#include "engine/message/forms.hpp"
#include "engine/message/replay_source.hpp"
#include "engine/message/soap.hpp"

namespace myelin::endpoints {

namespace {

std::string textAt(const xml::Document& envelope, const HeaderPath& path) {
    if (!message::soap::versionOf(envelope)) return {};
    auto node = message::soap::header(envelope);
    for (const auto& name : path) {
        if (!node) return {};
        node = xml::child(node, name.uri, name.local);
    }
    std::string text;
    for (const auto part : node) {
        if (part.type() == pugi::node_pcdata || part.type() == pugi::node_cdata) text += part.value();
    }
    return std::string(base::trim(text));
}

/// The same from the beginning of an envelope.
std::string textAt(const HeaderScan& scan, const HeaderPath& path, std::string_view charset) {
    const auto beginning = scan.beginning();
    // Most headers have nothing of the kind, and need not be parsed to see that.
    if (beginning.find(path.back().local) == std::string::npos) return {};
    xml::Document envelope;
    if (!xml::Document::parse(envelope, beginning, {}, charset)) return {};
    return textAt(envelope, path);
}

/// Reads from the source until the scan has seen enough.
HeaderScan::Found scanSource(http::BodySource& source, HeaderScan& scan, runtime::Deadline deadline) {
    while (scan.size() < kLongestHeaderBlock) {
        const auto part = source.next(deadline);
        if (part.status != http::BodyStatus::Data) break;
        const auto found = scan.feed(part.bytes);
        if (found != HeaderScan::Found::More) return found;
    }
    return HeaderScan::Found::None;
}

HeaderScan::Found scanBytes(std::string_view bytes, HeaderScan& scan) {
    return scan.feed(bytes.substr(0, kLongestHeaderBlock));
}

HeaderScan::Found scanRequest(message::MessageContext& context, HeaderScan& scan, runtime::Deadline deadline) {
    auto& payload = context.payload();
    // What is read here has to be kept. One piece more than is looked for may be read.
    if (context.exchange().options().payload.kept < 2 * kLongestHeaderBlock) {
        return payload.readable() ? scanBytes(payload.bytes(deadline), scan) : HeaderScan::Found::None;
    }
    payload.keepForReplay();
    const auto body = payload.outgoing();
    if (body.kind != http::OutgoingBody::Kind::Source) return scanBytes(body.bytes, scan);
    const auto found = scanSource(*body.source, scan, deadline);
    // Whoever sends it begins with the first byte.
    (void)payload.outgoing();
    return found;
}

HeaderScan::Found scanAnswer(http::ClientResponse& reply, HeaderScan& scan, runtime::Deadline deadline) {
    if (const auto whole = reply.body->wholeIfBuffered()) return scanBytes(*whole, scan);
    auto looked = std::make_unique<message::ReplaySource>(*reply.body, std::numeric_limits<std::uint64_t>::max());
    const auto found = scanSource(*looked, scan, deadline);
    // From here on it keeps no more.
    looked->restart();
    looked->raiseLimit(0);
    // Somebody else may have looked before.
    if (reply.looked) reply.held.push_back(std::shared_ptr<const http::BodySource>(std::move(reply.looked)));
    reply.looked = std::move(looked);
    reply.body = reply.looked.get();
    return found;
}

/// What is compressed cannot be looked into.
bool isEncoded(const http::Headers& headers) {
    const auto coding = headers.get(http::HeaderId::ContentEncoding);
    return coding && !base::equalsIgnoreCase(base::trim(*coding), "identity");
}

}  // namespace

std::string soapHeaderText(message::MessageContext& context, const HeaderPath& path, runtime::Deadline deadline) {
    auto& payload = context.payload();
    if (const auto* built = payload.envelopeIfBuilt()) return textAt(*built, path);
    if (!message::isSoap(payload.kind()) || payload.gone()) return {};
    if (isEncoded(std::as_const(context).headers())) return {};
    HeaderScan scan(payload.packaging() != message::Packaging::None);
    if (scanRequest(context, scan, deadline) != HeaderScan::Found::Header) return {};
    const auto type = std::as_const(context).headers().get(http::HeaderId::ContentType).value_or(std::string_view());
    return textAt(scan, path, message::contentTypeParameter(type, "charset"));
}

std::string soapHeaderText(http::ClientResponse& reply, const HeaderPath& path, runtime::Deadline deadline) {
    if (!reply.body || isEncoded(reply.head.headers)) return {};
    const auto type = reply.head.headers.get(http::HeaderId::ContentType).value_or(std::string_view());
    if (!message::isSoap(message::classifyContent(type))) return {};
    HeaderScan scan(message::packagingOf(type) != message::Packaging::None);
    if (scanAnswer(reply, scan, deadline) != HeaderScan::Found::Header) return {};
    return textAt(scan, path, message::contentTypeParameter(type, "charset"));
}

void removeSoapHeader(message::MessageContext& context, const HeaderName& name, runtime::Deadline deadline) {
    if (!context.payload().readable()) return;
    auto& envelope = context.payload().envelope(deadline);
    auto header = message::soap::header(envelope);
    bool removed = false;
    while (const auto element = xml::child(header, name.uri, name.local)) removed |= header.remove_child(element);
    if (removed) context.payload().markEdited();
}

}  // namespace myelin::endpoints
