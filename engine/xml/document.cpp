#include "engine/xml/document.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "engine/xml/byte_scan.hpp"
#include "engine/xml/encoding.hpp"
#include "engine/xml/guard.hpp"

namespace myelin::xml {

namespace {

constexpr unsigned kParseOptions = pugi::parse_cdata | pugi::parse_escapes | pugi::parse_wconv_attribute |
                                   pugi::parse_eol | pugi::parse_ws_pcdata | pugi::parse_comments | pugi::parse_pi;

ParseOutcome refusal(std::string_view text, std::size_t offset, std::string reason) {
    const std::string_view before = text.substr(0, offset);
    const auto lines = static_cast<unsigned>(std::count(before.begin(), before.end(), '\n'));
    const std::size_t lineStart = lines == 0 ? 0 : before.rfind('\n') + 1;
    return {false, std::move(reason), offset, lines + 1, static_cast<unsigned>(before.size() - lineStart) + 1};
}

}  // namespace

std::string ParseOutcome::text() const {
    if (ok) return "well-formed";
    return "line " + std::to_string(line) + ", column " + std::to_string(column) + ": " + reason;
}

ParseOutcome Document::parse(Document& document,
                             std::string_view bytes,
                             const XmlLimits& limits,
                             std::string_view charset) {
    document.clear();
    DetectedEncoding detected = detectEncoding(bytes, charset);
    if (!detected.problem.empty()) return {false, std::move(detected.problem), 0, 1, 1};
    bytes.remove_prefix(detected.markLength);

    std::string converted;
    if (detected.encoding != Encoding::Utf8) {
        if (!convertToUtf8(bytes, detected.encoding, converted)) {
            return refusal(converted, converted.size(), "bytes that the document's encoding does not have");
        }
        bytes = converted;
    }

    std::unique_ptr<char[]> text(new char[bytes.size() + kScanPadding]);
    if (!bytes.empty()) std::memcpy(text.get(), bytes.data(), bytes.size());
    std::memset(text.get() + bytes.size(), 0, kScanPadding);
    const std::string_view view(text.get(), bytes.size());

    bool namespacesComplete = true;
    if (GuardFinding finding = guardDocument(view, limits, document.namespaces_, namespacesComplete);
        !finding.reason.empty()) {
        document.namespaces_.clear();
        return refusal(view, finding.offset, std::move(finding.reason));
    }

    document.text_ = std::move(text);
    const pugi::xml_parse_result result =
        document.tree_.load_buffer_inplace(document.text_.get(), bytes.size(), kParseOptions, pugi::encoding_utf8);
    if (!result) {
        const auto offset = static_cast<std::size_t>(std::max<std::ptrdiff_t>(result.offset, 0));
        ParseOutcome outcome = refusal(bytes, std::min(offset, bytes.size()), result.description());
        document.clear();
        return outcome;
    }
    document.namespacesKnown_ = namespacesComplete;
    return {};
}

const NamespacesInUse& Document::namespacesInUse() const {
    if (!namespacesKnown_) {
        namespaces_.collect(root());
        namespacesKnown_ = true;
    }
    return namespaces_;
}

void Document::clear() {
    tree_.reset();
    namespaces_.clear();
    namespacesKnown_ = false;
    text_.reset();
}

}  // namespace myelin::xml
