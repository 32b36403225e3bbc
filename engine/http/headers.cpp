#include "engine/http/headers.hpp"

#include <algorithm>

#include "engine/http/characters.hpp"
#include "engine/http/literal.hpp"

namespace myelin::http {

using detail::isName;

HeaderId classifyHeader(std::string_view name) noexcept {
    const char* p = name.data();
    switch (name.size()) {
        case 2:
            if (isName<"te">(p)) return HeaderId::Te;
            break;
        case 4:
            if (isName<"host">(p)) return HeaderId::Host;
            if (isName<"date">(p)) return HeaderId::Date;
            break;
        case 6:
            switch (p[0] | 0x20) {
                case 'a':
                    if (isName<"accept">(p)) return HeaderId::Accept;
                    break;
                case 'c':
                    if (isName<"cookie">(p)) return HeaderId::Cookie;
                    break;
                case 'e':
                    if (isName<"expect">(p)) return HeaderId::Expect;
                    break;
                case 's':
                    if (isName<"server">(p)) return HeaderId::Server;
                    break;
                default:
                    break;
            }
            break;
        case 7:
            if (isName<"upgrade">(p)) return HeaderId::Upgrade;
            if (isName<"trailer">(p)) return HeaderId::Trailer;
            break;
        case 8:
            if (isName<"location">(p)) return HeaderId::Location;
            break;
        case 10:
            switch (p[0] | 0x20) {
                case 'c':
                    if (isName<"connection">(p)) return HeaderId::Connection;
                    break;
                case 'k':
                    if (isName<"keep-alive">(p)) return HeaderId::KeepAlive;
                    break;
                case 's':
                    if (isName<"soapaction">(p)) return HeaderId::SoapAction;
                    if (isName<"set-cookie">(p)) return HeaderId::SetCookie;
                    break;
                case 'u':
                    if (isName<"user-agent">(p)) return HeaderId::UserAgent;
                    break;
                default:
                    break;
            }
            break;
        case 12:
            if (isName<"content-type">(p)) return HeaderId::ContentType;
            break;
        case 13:
            if (isName<"authorization">(p)) return HeaderId::Authorization;
            break;
        case 14:
            if (isName<"content-length">(p)) return HeaderId::ContentLength;
            break;
        case 16:
            if (isName<"content-encoding">(p)) return HeaderId::ContentEncoding;
            if (isName<"proxy-connection">(p)) return HeaderId::ProxyConnection;
            break;
        case 17:
            if (isName<"transfer-encoding">(p)) return HeaderId::TransferEncoding;
            break;
        case 18:
            if (isName<"proxy-authenticate">(p)) return HeaderId::ProxyAuthenticate;
            break;
        case 19:
            if (isName<"proxy-authorization">(p)) return HeaderId::ProxyAuthorization;
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
