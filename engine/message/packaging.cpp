#include "engine/message/packaging.hpp"

#include <Poco/UUIDGenerator.h>

#include <algorithm>

#include "engine/base/strings.hpp"
#include "engine/message/fault.hpp"
#include "engine/xml/namespaces.hpp"

namespace myelin::message {

namespace {

constexpr std::string_view kBase64Characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
constexpr std::string_view kXopNamespace = "http://www.w3.org/2004/08/xop/include";

MediationFault unreadable(std::string why) {
    return MediationFault(error_code::kMessageParsing, "The attachments cannot be put into the message", std::move(why))
        .withStatus(400);
}

void appendBase64(std::string_view bytes, std::string& out) {
    std::uint32_t group = 0;
    std::size_t held = 0;
    const auto put = [&](std::size_t digits) {
        for (std::size_t i = 0; i < digits; ++i) out += kBase64Characters[(group >> (18 - 6 * i)) & 63U];
    };
    for (const char c : bytes) {
        group |= static_cast<std::uint32_t>(static_cast<unsigned char>(c)) << (16 - 8 * held);
        if (++held < 3) continue;
        put(4);
        group = 0;
        held = 0;
    }
    if (held == 0) return;
    put(held + 1);
    out.append(3 - held, '=');
}

int hexDigit(char c) noexcept {
    if (base::isDigit(c)) return c - '0';
    const char lower = base::toLowerAscii(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// The Content-ID that a cid: URL means (RFC 2392); empty for other URLs.
std::string contentIdOf(std::string_view url) {
    if (!base::startsWithIgnoreCase(url, "cid:")) return {};
    url.remove_prefix(4);
    std::string id;
    for (std::size_t i = 0; i < url.size(); ++i) {
        if (url[i] == '%' && i + 2 < url.size() && hexDigit(url[i + 1]) >= 0 && hexDigit(url[i + 2]) >= 0) {
            id += static_cast<char>(hexDigit(url[i + 1]) * 16 + hexDigit(url[i + 2]));
            i += 2;
        } else {
            id += url[i];
        }
    }
    return id;
}

bool isInclude(pugi::xml_node node) noexcept {
    return node.type() == pugi::node_element && xml::localName(node) == "Include" &&
           xml::namespaceUri(node) == kXopNamespace;
}

/// The node that comes next in document order, null after the last one of `top`.
pugi::xml_node after(pugi::xml_node node, pugi::xml_node top, bool children) noexcept {
    if (children && node.first_child()) return node.first_child();
    while (node != top && !node.next_sibling()) node = node.parent();
    return node == top ? pugi::xml_node() : node.next_sibling();
}

std::string contentOf(const Multipart::Part& part) {
    std::string text;
    if (base::equalsIgnoreCase(part.transferEncoding, "base64")) {
        for (const char c : part.body) {
            if (!base::isSpace(c)) text += c;
        }
        if (text.find_first_not_of(kBase64Characters) != std::string::npos) throw unreadable("a part is no base64");
        return text;
    }
    if (!part.isPlain()) throw unreadable("a part is encoded as " + part.transferEncoding);
    appendBase64(part.body, text);
    return text;
}

}  // namespace

PartList inlineIncludes(xml::Document& envelope, const Multipart& parts, std::uint64_t limit) {
    PartList done;
    const pugi::xml_node top = envelope.root();
    for (pugi::xml_node node = top; node;) {
        if (!isInclude(node)) {
            node = after(node, top, true);
            continue;
        }
        const std::string_view href = node.attribute("href").value();
        const Multipart::Part* part = parts.withId(contentIdOf(href));
        if (part == nullptr || parts.isRoot(*part)) {
            throw unreadable("there is no part for \"" + std::string(href.substr(0, 200)) + "\"");
        }
        if (part->body.size() > limit) {
            throw MediationFault(error_code::kMessageParsing,
                                 "The attachments are too large to be put into the message")
                .withStatus(413);
        }
        limit -= part->body.size();
        pugi::xml_node text = node.parent().insert_child_before(pugi::node_pcdata, node);
        text.set_value(contentOf(*part).c_str());
        const pugi::xml_node include = node;
        node = after(node, top, false);
        include.parent().remove_child(include);
        if (std::find(done.begin(), done.end(), part) == done.end()) done.push_back(part);
    }
    if (!done.empty()) envelope.changed();
    return done;
}

std::string writePackage(
    Packaging packaging, const RootPart& root, const Multipart* received, const PartList& without, std::string& out) {
    const std::string unique = Poco::UUIDGenerator::defaultGenerator().createRandom().toString();
    const std::string boundary = "MyelinBoundary_" + unique;
    const std::string type(mediaTypeFor(root.kind));
    const bool mtom = packaging == Packaging::Mtom;
    std::string id = received ? received->root().contentId : std::string();
    const auto sameId = [&](const Multipart::Part& part) { return !received->isRoot(part) && part.contentId == id; };
    if (received && std::any_of(received->parts().begin(), received->parts().end(), sameId)) id.clear();
    if (id.empty() || id.find_first_of("\"\\<> \t") != std::string::npos) id = "0." + unique + "@myelin";

    out.reserve(out.size() + root.text.size() + 1024);
    out.append("--").append(boundary).append("\r\nContent-Type: ").append(mtom ? "application/xop+xml" : type);
    if (!root.charset.empty()) out.append("; charset=").append(root.charset);
    if (mtom) out.append("; type=\"").append(type).append("\"");
    out.append("\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <").append(id).append(">\r\n\r\n");
    out.append(root.text);
    if (received != nullptr) {
        for (const Multipart::Part& part : received->parts()) {
            if (received->isRoot(part)) continue;
            if (std::find(without.begin(), without.end(), &part) != without.end()) continue;
            out.append("\r\n--").append(boundary).append("\r\n").append(part.whole);
        }
    }
    out.append("\r\n--").append(boundary).append("--\r\n");

    std::string field = "multipart/related; boundary=\"" + boundary + "\"; type=\"" +
                        (mtom ? "application/xop+xml" : type) + "\"; start=\"<" + id + ">\"";
    if (mtom) field.append("; start-info=\"").append(type).append("\"");
    if (root.kind == ContentKind::Soap12 && !root.action.empty()) {
        field.append("; action=\"").append(root.action).append("\"");
    }
    return field;
}

}  // namespace myelin::message
