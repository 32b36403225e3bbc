#include "engine/message/content.hpp"

#include "engine/base/strings.hpp"

namespace myelin::message {

namespace {

std::string_view mediaTypeOf(std::string_view contentType) noexcept {
    return base::trim(contentType.substr(0, contentType.find(';')));
}

bool endsWithIgnoreCase(std::string_view text, std::string_view end) noexcept {
    return text.size() >= end.size() && base::equalsIgnoreCase(text.substr(text.size() - end.size()), end);
}

/// What the root part of multipart/related is. Only XML roots are of interest: all else is relayed as it is.
ContentKind classifyRoot(std::string_view contentType) noexcept {
    const std::string_view type = contentTypeParameter(contentType, "type");
    ContentKind kind = ContentKind::Opaque;
    if (base::equalsIgnoreCase(mediaTypeOf(type), "application/xop+xml")) {
        const std::string_view info = contentTypeParameter(contentType, "start-info");
        kind = info.empty() ? ContentKind::Soap11 : classifyContent(info);
    } else if (!base::startsWithIgnoreCase(type, "multipart/")) {
        kind = classifyContent(type);
    }
    return isXml(kind) ? kind : ContentKind::Opaque;
}

/// The end of a quoted string whose text begins at `begin`: of its closing quote, or of everything.
std::size_t endOfQuoted(std::string_view text, std::size_t begin) noexcept {
    for (std::size_t at = begin; at < text.size(); ++at) {
        if (text[at] == '\\') {
            ++at;
        } else if (text[at] == '"') {
            return at;
        }
    }
    return text.size();
}

[[gnu::noinline]] Packaging packagingOfMultipart(std::string_view contentType) noexcept {
    if (!base::equalsIgnoreCase(mediaTypeOf(contentType), "multipart/related")) return Packaging::None;
    if (classifyRoot(contentType) == ContentKind::Opaque) return Packaging::None;
    const std::string_view type = mediaTypeOf(contentTypeParameter(contentType, "type"));
    return base::equalsIgnoreCase(type, "application/xop+xml") ? Packaging::Mtom : Packaging::Swa;
}

}  // namespace

Packaging packagingOf(std::string_view contentType) noexcept {
    // Asked for every body: nearly always the first letter is answer enough.
    const char first = contentType.empty() ? '\0' : base::toLowerAscii(contentType.front());
    return first == 'm' || base::isSpace(first) ? packagingOfMultipart(contentType) : Packaging::None;
}

ContentKind classifyContent(std::string_view contentType) noexcept {
    // Asked three times a message, and of SOAP messages nearly always this: a tenth of the instructions.
    constexpr std::string_view kUsual = "text/xml";
    if (contentType.starts_with(kUsual) && (contentType.size() == kUsual.size() || contentType[kUsual.size()] == ';'))
        return ContentKind::Soap11;
    const std::string_view type = mediaTypeOf(contentType);
    // The lengths keep the common case at one comparison.
    switch (type.size()) {
        case 8:
            if (base::equalsIgnoreCase(type, "text/xml")) return ContentKind::Soap11;
            break;
        case 10:
            if (base::equalsIgnoreCase(type, "text/plain")) return ContentKind::Text;
            break;
        case 15:
            if (base::equalsIgnoreCase(type, "application/xml")) return ContentKind::Pox;
            break;
        case 16:
            if (base::equalsIgnoreCase(type, "application/json")) return ContentKind::Json;
            break;
        case 17:
            if (base::equalsIgnoreCase(type, "multipart/related")) return classifyRoot(contentType);
            break;
        case 20:
            if (base::equalsIgnoreCase(type, "application/soap+xml")) return ContentKind::Soap12;
            break;
        case 33:
            if (base::equalsIgnoreCase(type, "application/x-www-form-urlencoded")) return ContentKind::Form;
            break;
        default:
            break;
    }
    if (endsWithIgnoreCase(type, "+json")) return ContentKind::Json;
    if (endsWithIgnoreCase(type, "+xml") && base::startsWithIgnoreCase(type, "application/")) return ContentKind::Pox;
    return ContentKind::Opaque;
}

std::string_view contentTypeParameter(std::string_view contentType, std::string_view name) noexcept {
    std::size_t at = contentType.find(';');
    while (at != std::string_view::npos) {
        ++at;
        // By hand: find_first_of() calls memchr for every character.
        std::size_t equals = at;
        while (equals < contentType.size() && contentType[equals] != '=' && contentType[equals] != ';') ++equals;
        if (equals >= contentType.size()) return {};
        if (contentType[equals] == ';') {
            at = equals;
            continue;
        }
        const std::string_view key = base::trim(contentType.substr(at, equals - at));
        std::size_t begin = equals + 1;
        while (begin < contentType.size() && base::isSpace(contentType[begin])) ++begin;
        std::size_t end = 0;
        std::string_view value;
        if (begin < contentType.size() && contentType[begin] == '"') {
            end = endOfQuoted(contentType, begin + 1);
            value = contentType.substr(begin + 1, end - begin - 1);
            at = contentType.find(';', end);
        } else {
            at = contentType.find(';', begin);
            end = at == std::string_view::npos ? contentType.size() : at;
            value = base::trim(contentType.substr(begin, end - begin));
        }
        if (base::equalsIgnoreCase(key, name)) return value;
    }
    return {};
}

std::string_view mediaTypeFor(ContentKind kind) noexcept {
    switch (kind) {
        case ContentKind::Soap11:
            return "text/xml";
        case ContentKind::Soap12:
            return "application/soap+xml";
        case ContentKind::Pox:
            return "application/xml";
        case ContentKind::Json:
            return "application/json";
        case ContentKind::Form:
            return "application/x-www-form-urlencoded";
        case ContentKind::Text:
            return "text/plain";
        case ContentKind::None:
        case ContentKind::Opaque:
            break;
    }
    return {};
}

}  // namespace myelin::message
