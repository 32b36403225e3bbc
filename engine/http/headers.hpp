#pragma once

#include <array>
#include <cstdint>
#include <memory_resource>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/base/arena.hpp"

namespace myelin::http {

/// The fields that the engine itself looks at; all others are Other and found by name.
enum class HeaderId : std::uint8_t {
    Other,
    Accept,
    Authorization,
    Connection,
    ContentEncoding,
    ContentLength,
    ContentType,
    Cookie,
    Date,
    Expect,
    Host,
    KeepAlive,
    Location,
    ProxyAuthenticate,
    ProxyAuthorization,
    ProxyConnection,
    Server,
    SetCookie,
    SoapAction,
    Te,
    Trailer,
    TransferEncoding,
    Upgrade,
    UserAgent,
    Count
};

/// A set of ids is a word with these bits.
constexpr std::uint32_t headerBit(HeaderId id) noexcept {
    return std::uint32_t{1} << static_cast<unsigned>(id);
}
static_assert(static_cast<unsigned>(HeaderId::Count) <= 32);

/// Fields that belong to one connection and are never forwarded (RFC 9110 7.6.1), whatever Connection says.
inline constexpr std::uint32_t kHopByHopFields =
    headerBit(HeaderId::Connection) | headerBit(HeaderId::KeepAlive) | headerBit(HeaderId::ProxyConnection) |
    headerBit(HeaderId::ProxyAuthenticate) | headerBit(HeaderId::ProxyAuthorization) | headerBit(HeaderId::Te) |
    headerBit(HeaderId::Trailer) | headerBit(HeaderId::TransferEncoding) | headerBit(HeaderId::Upgrade);

/// By length and first letter, then one comparison without regard to case.
HeaderId classifyHeader(std::string_view name) noexcept;

struct HeaderField {
    std::string_view name;
    std::string_view value;
    HeaderId id = HeaderId::Other;
    /// Stands in a receive buffer as "name: value CRLF" and was checked by the parser, so that the writer may copy it
    /// together with its neighbours. Only the parser sets this.
    bool verbatim = false;
};

/// The header fields of one message, in order, repeated fields included. Names and values are views: into the receive
/// buffer as long as the message is untouched, into the arena for what set() and add() brought. Comparison of names
/// ignores case everywhere; the spelling that came in goes out.
class Headers {
public:
    explicit Headers(base::Arena& arena) : arena_(&arena), fields_(&arena.resource()) { fields_.reserve(16); }

    /// A field whose text the caller keeps alive (the parser, with its buffer).
    void addView(std::string_view name, std::string_view value, HeaderId id, bool verbatim = false) {
        fields_.push_back({name, value, id, verbatim});
    }
    /// A copy of the text. Whatever it is, it can do no harm on the wire: the writer leaves out a field whose name is
    /// not a token or whose value has a control character.
    void add(std::string_view name, std::string_view value);
    /// Replaces the first field of that name and removes the others; appends when there was none.
    void set(std::string_view name, std::string_view value);
    /// How many were removed.
    std::size_t remove(std::string_view name);
    std::size_t remove(HeaderId id);
    void clear() noexcept { fields_.clear(); }

    /// The first field's value.
    std::optional<std::string_view> get(std::string_view name) const noexcept;
    std::optional<std::string_view> get(HeaderId id) const noexcept;

    const HeaderField* begin() const noexcept { return fields_.data(); }
    const HeaderField* end() const noexcept { return fields_.data() + fields_.size(); }
    std::size_t size() const noexcept { return fields_.size(); }
    base::Arena& arena() const noexcept { return *arena_; }

private:
    base::Arena* arena_;
    std::pmr::vector<HeaderField> fields_;
};

constexpr bool isHopByHop(HeaderId id) noexcept {
    return (kHopByHopFields & headerBit(id)) != 0;
}
/// True when `connectionValue` (a Connection field) names the field.
bool connectionNames(std::string_view connectionValue, std::string_view field) noexcept;

}  // namespace myelin::http
