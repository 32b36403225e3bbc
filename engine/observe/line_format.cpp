#include "engine/observe/line_format.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace myelin::observe {

namespace {

constexpr bool isControl(char c) noexcept {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

void appendHex(std::string& line, char c) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    line += "\\x";
    line += digits[byte >> 4];
    line += digits[byte & 15];
}

/// The text of a second, made once.
class SecondText {
public:
    explicit SecondText(const char* format) : format_(format) {}

    std::string_view at(std::time_t second) {
        if (second != second_ || size_ == 0) {
            std::tm parts{};
            ::gmtime_r(&second, &parts);
            size_ = std::strftime(text_.data(), text_.size(), format_, &parts);
            second_ = second;
        }
        return {text_.data(), size_};
    }

private:
    const char* format_;
    std::time_t second_ = 0;
    std::array<char, 40> text_{};
    std::size_t size_ = 0;
};

}  // namespace

void appendIsoTime(std::string& line, WallTime now) {
    thread_local SecondText second("%Y-%m-%dT%H:%M:%S");
    const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
    line += second.at(static_cast<std::time_t>(since / 1000));
    const auto rest = static_cast<unsigned>(since % 1000);
    line += '.';
    line += static_cast<char>('0' + rest / 100);
    line += static_cast<char>('0' + rest / 10 % 10);
    line += static_cast<char>('0' + rest % 10);
    line += 'Z';
}

void appendAccessLogTime(std::string& line, WallTime now) {
    thread_local SecondText second("%d/%b/%Y:%H:%M:%S +0000");
    line += second.at(std::chrono::system_clock::to_time_t(now));
}

void appendEscapedLine(std::string& line, std::string_view text) {
    std::size_t from = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (!isControl(c) || c == '\t') continue;
        line += text.substr(from, i - from);
        from = i + 1;
        if (c == '\n') {
            line += "\n\t";
        } else if (c != '\r' || i + 1 == text.size() || text[i + 1] != '\n') {
            appendHex(line, c);
        }
    }
    line += text.substr(from);
}

void appendQuotedField(std::string& line, std::string_view text) {
    for (const char c : text) {
        if (isControl(c) || c == '"' || c == '\\') {
            appendHex(line, c);
        } else {
            line += c;
        }
    }
}

}  // namespace myelin::observe
