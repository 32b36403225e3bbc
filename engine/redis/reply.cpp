#include "engine/redis/reply.hpp"

#include <algorithm>

#include "engine/base/strings.hpp"

namespace myelin::redis {

namespace {

constexpr std::string_view kEnd = "\r\n";

}  // namespace

std::string command(std::initializer_list<std::string_view> words) {
    std::string text = '*' + std::to_string(words.size()) + "\r\n";
    for (const std::string_view word : words) {
        text += '$' + std::to_string(word.size()) + "\r\n";
        text += word;
        text += kEnd;
    }
    return text;
}

ReplyReader::Outcome ReplyReader::malformed() {
    malformed_ = true;
    buffer_.clear();
    return Outcome::Malformed;
}

ReplyReader::Outcome ReplyReader::next(Reply& reply) {
    if (malformed_) return Outcome::Malformed;
    const std::size_t lineEnd = buffer_.find_first_of(kEnd, searched_);
    searched_ = std::min(lineEnd, buffer_.size());
    if (searched_ > kMostLine) return malformed();
    if (lineEnd == std::string::npos) return Outcome::NeedMore;
    if (buffer_[lineEnd] != '\r' || lineEnd == 0) return malformed();
    if (lineEnd + 1 == buffer_.size()) return Outcome::NeedMore;
    if (buffer_[lineEnd + 1] != '\n') return malformed();

    const std::string_view line = std::string_view(buffer_).substr(1, lineEnd - 1);
    std::size_t size = lineEnd + kEnd.size();
    Reply read;
    switch (buffer_.front()) {
        case '+':
        case '-':
            read.kind = buffer_.front() == '+' ? Reply::Kind::Status : Reply::Kind::Error;
            read.text = line;
            break;
        case ':':
        case '$': {
            const auto number = base::parseNumber<std::int64_t>(line);
            if (!number) return malformed();
            read.number = *number;
            read.kind = Reply::Kind::Integer;
            if (buffer_.front() == ':') break;
            if (*number == -1) {
                read = {};
                break;
            }
            if (*number < 0 || *number > static_cast<std::int64_t>(kMostText)) return malformed();
            const auto length = static_cast<std::size_t>(*number);
            if (buffer_.size() < size + length + kEnd.size()) return Outcome::NeedMore;
            if (buffer_.compare(size + length, kEnd.size(), kEnd) != 0) return malformed();
            read = {Reply::Kind::Text, buffer_.substr(size, length), 0};
            size += length + kEnd.size();
            break;
        }
        default:
            return malformed();
    }
    reply = std::move(read);
    take(size);
    searched_ = 0;
    return Outcome::Complete;
}

}  // namespace myelin::redis
