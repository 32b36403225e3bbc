#include "engine/http/headers.hpp"

#include <algorithm>
#include <cstring>

#include "engine/http/characters.hpp"

namespace myelin::http {

namespace {

// Compares with a literal of lower-case letters and '-', eight bytes at a time. Only the bit that tells the cases of a
// letter apart is masked out, so that '\r' is not taken for '-'.
template <std::size_t N>
bool isName(const char* name, const char (&literal)[N]) noexcept {
    constexpr std::size_t kSize = N - 1;
    constexpr std::size_t kStep = kSize >= 8 ? 8 : kSize >= 4 ? 4 : 2;
    using Word =
        std::conditional_t<kStep == 8, std::uint64_t, std::conditional_t<kStep == 4, std::uint32_t, std::uint16_t>>;
    const auto same = [&](std::size_t at) {
        Word mask = 0;
        Word want = 0;
        Word have = 0;
        char maskBytes[kStep];
        for (std::size_t i = 0; i < kStep; ++i) maskBytes[i] = literal[at + i] == '-' ? '\0' : '\x20';
        std::memcpy(&mask, maskBytes, kStep);
        std::memcpy(&want, literal + at, kStep);
        std::memcpy(&have, name + at, kStep);
        return static_cast<Word>(have | mask) == want;
    };
    for (std::size_t at = 0; at + kStep <= kSize; at += kStep) {
        if (!same(at)) return false;
    }
    // The last step overlaps the one before it.
    return kSize % kStep == 0 || same(kSize - kStep);
}

}  // namespace

HeaderId classifyHeader(std::string_view name) noexcept {
    const char* p = name.data();
    switch (name.size()) {
        case 2:
            if (isName(p, "te")) return HeaderId::Te;
            break;
        case 4:
            if (isName(p, "host")) return HeaderId::Host;
            if (isName(p, "date")) return HeaderId::Date;
            break;
        case 6:
            switch (p[0] | 0x20) {
                case 'a':
                    if (isName(p, "accept")) return HeaderId::Accept;
                    break;
                case 'c':
                    if (isName(p, "cookie")) return HeaderId::Cookie;
                    break;
                case 'e':
                    if (isName(p, "expect")) return HeaderId::Expect;
                    break;
                case 's':
                    if (isName(p, "server")) return HeaderId::Server;
                    break;
                default:
                    break;
            }
            break;
        case 7:
            if (isName(p, "upgrade")) return HeaderId::Upgrade;
            if (isName(p, "trailer")) return HeaderId::Trailer;
            break;
        case 8:
            if (isName(p, "location")) return HeaderId::Location;
            break;
        case 10:
            switch (p[0] | 0x20) {
                case 'c':
                    if (isName(p, "connection")) return HeaderId::Connection;
                    break;
                case 'k':
                    if (isName(p, "keep-alive")) return HeaderId::KeepAlive;
                    break;
                case 's':
                    if (isName(p, "soapaction")) return HeaderId::SoapAction;
                    if (isName(p, "set-cookie")) return HeaderId::SetCookie;
                    break;
                case 'u':
                    if (isName(p, "user-agent")) return HeaderId::UserAgent;
                    break;
                default:
                    break;
            }
            break;
        case 12:
            if (isName(p, "content-type")) return HeaderId::ContentType;
            break;
        case 13:
            if (isName(p, "authorization")) return HeaderId::Authorization;
            break;
        case 14:
            if (isName(p, "content-length")) return HeaderId::ContentLength;
            break;
        case 16:
            if (isName(p, "content-encoding")) return HeaderId::ContentEncoding;
            if (isName(p, "proxy-connection")) return HeaderId::ProxyConnection;
            break;
        case 17:
            if (isName(p, "transfer-encoding")) return HeaderId::TransferEncoding;
            break;
        case 18:
            if (isName(p, "proxy-authenticate")) return HeaderId::ProxyAuthenticate;
            break;
        case 19:
            if (isName(p, "proxy-authorization")) return HeaderId::ProxyAuthorization;
            break;
        default:
            break;
    }
    return HeaderId::Other;
}

namespace {

bool isField(const HeaderField& field, std::string_view name, HeaderId id) noexcept {
    return id != HeaderId::Other ? field.id == id : field.id == HeaderId::Other && sameIgnoringCase(field.name, name);
}

}  // namespace

void Headers::add(std::string_view name, std::string_view value) {
    addView(arena_->copy(name), arena_->copy(value), classifyHeader(name));
}

void Headers::set(std::string_view name, std::string_view value) {
    const HeaderId id = classifyHeader(name);
    const auto first = std::find_if(
        fields_.begin(), fields_.end(), [&](const HeaderField& field) { return isField(field, name, id); });
    if (first == fields_.end()) {
        addView(arena_->copy(name), arena_->copy(value), id);
        return;
    }
    // Either text may be a view of the field that is replaced.
    *first = HeaderField{arena_->copy(name), arena_->copy(value), id};
    const std::string_view kept = first->name;
    fields_.erase(
        std::remove_if(first + 1, fields_.end(), [&](const HeaderField& field) { return isField(field, kept, id); }),
        fields_.end());
}

std::size_t Headers::remove(std::string_view name) {
    const HeaderId id = classifyHeader(name);
    return std::erase_if(fields_, [&](const HeaderField& field) { return isField(field, name, id); });
}

std::size_t Headers::remove(HeaderId id) {
    return std::erase_if(fields_, [&](const HeaderField& field) { return field.id == id; });
}

std::optional<std::string_view> Headers::get(std::string_view name) const noexcept {
    const HeaderId id = classifyHeader(name);
    for (const HeaderField& field : *this) {
        if (isField(field, name, id)) return field.value;
    }
    return std::nullopt;
}

std::optional<std::string_view> Headers::get(HeaderId id) const noexcept {
    for (const HeaderField& field : *this) {
        if (field.id == id) return field.value;
    }
    return std::nullopt;
}

bool connectionNames(std::string_view connectionValue, std::string_view field) noexcept {
    bool named = false;
    forEachListElement(connectionValue,
                       [&](std::string_view element) { named = named || sameIgnoringCase(element, field); });
    return named;
}

}  // namespace myelin::http
