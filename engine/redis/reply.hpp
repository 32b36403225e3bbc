#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace myelin::redis {

/// A command of the Redis protocol (RESP2): an array of texts, each of any bytes.
std::string command(std::initializer_list<std::string_view> words);

/// One answer. Arrays are none: no command of ours is answered by one.
struct Reply {
    enum class Kind {
        Status,   ///< `text` is OK or the like
        Error,    ///< `text` says why, after a word in capitals
        Integer,  ///< in `number`
        Text,
        Nothing  ///< there is no such key, or the condition was not met
    };
    Kind kind = Kind::Nothing;
    std::string text;
    std::int64_t number = 0;
};

/// Reads answers out of bytes that come in any pieces. What a server says is not trusted: nothing of it makes this
/// keep more than the limit, and what is not exactly the protocol is malformed, from then on for ever.
class ReplyReader {
public:
    /// Longest text.
    static constexpr std::size_t kMostText = 64 * 1024;
    /// Longest line: a status, an error, a number.
    static constexpr std::size_t kMostLine = 4 * 1024;

    enum class Outcome { Complete, NeedMore, Malformed };

    void feed(std::string_view bytes) { buffer_ += bytes; }
    /// Takes one answer off.
    Outcome next(Reply& reply);
    /// Whether there are bytes of another answer.
    bool pending() const noexcept { return !buffer_.empty(); }

private:
    Outcome malformed();
    void take(std::size_t size) { buffer_.erase(0, size); }

    std::string buffer_;
    std::size_t searched_ = 0;  // of the first line, without finding its end
    bool malformed_ = false;
};

}  // namespace myelin::redis
