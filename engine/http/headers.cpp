#include "engine/http/headers.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "engine/http/characters.hpp"

namespace myelin::http {

namespace {

template <std::size_t N>
struct Literal {
    consteval Literal(const char (&text)[N]) {  // NOLINT: implicit, so that a literal can be a template argument
        for (std::size_t i = 0; i < N; ++i) characters[i] = text[i];
    }
    // Eight bytes from `at` on as they stand in memory, and the bit that tells the cases apart wherever a letter is.
    template <typename Word>
    consteval Word word(std::size_t at) const {
        return std::bit_cast<Word>(bytes<sizeof(Word)>(at, [](char c) { return c; }));
    }
    template <typename Word>
    consteval Word caseBits(std::size_t at) const {
        return std::bit_cast<Word>(bytes<sizeof(Word)>(at, [](char c) { return c == '-' ? '\0' : '\x20'; }));
    }
    template <std::size_t Count, typename F>
    consteval std::array<char, Count> bytes(std::size_t at, F f) const {
        std::array<char, Count> result{};
        for (std::size_t i = 0; i < Count; ++i) result[i] = f(characters[at + i]);
        return result;
    }
    char characters[N];
};

template <typename Word, Literal kText, std::size_t kAt>
bool sameWord(const char* name) noexcept {
    Word have;
    std::memcpy(&have, name + kAt, sizeof have);
    constexpr Word kCaseBits = kText.template caseBits<Word>(kAt);
    constexpr Word kWant = kText.template word<Word>(kAt);
    return static_cast<Word>(have | kCaseBits) == kWant;
}

// Compares a name of the right length with one in lower-case letters and '-', a word at a time; the last one overlaps
// the one before it. Only the case bit of letters is masked out, so that '\r' is not taken for '-'.
template <Literal kText>
bool isName(const char* name) noexcept {
    constexpr std::size_t kSize = sizeof(kText.characters) - 1;
    if constexpr (kSize >= 16) {
        return sameWord<std::uint64_t, kText, 0>(name) && sameWord<std::uint64_t, kText, 8>(name) &&
               sameWord<std::uint64_t, kText, kSize - 8>(name);
    } else if constexpr (kSize >= 8) {
        return sameWord<std::uint64_t, kText, 0>(name) && sameWord<std::uint64_t, kText, kSize - 8>(name);
    } else if constexpr (kSize >= 4) {
        return sameWord<std::uint32_t, kText, 0>(name) && sameWord<std::uint32_t, kText, kSize - 4>(name);
    } else {
        static_assert(kSize == 2);
        return sameWord<std::uint16_t, kText, 0>(name);
    }
}
static_assert(sizeof("proxy-authorization") - 1 <= 24);

}  // namespace

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
