#include "endpoints/sessions/header_scan.hpp"

#include <algorithm>
#include <array>

namespace myelin::endpoints {

namespace {

constexpr auto kNone = std::string_view::npos;

struct Bracket {
    std::string_view open;
    std::string_view close;
};
constexpr std::array<Bracket, 3> kSkipped{{{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}}};

std::string_view localPart(std::string_view name) noexcept {
    const auto colon = name.find(':');
    return colon == kNone ? name : name.substr(colon + 1);
}

}  // namespace

HeaderScan::Found HeaderScan::feed(std::string_view piece) {
    text_.append(piece);
    if (!begun_) {
        // Behind the header of the first part, which comes after a preamble.
        constexpr std::string_view kEnd = "\r\n\r\n";
        constexpr std::string_view kBoundary = "\r\n--";
        if (!inPart_) {
            const bool atOnce = text_.starts_with(kBoundary.substr(2));
            const auto boundary = atOnce ? 0 : text_.find(kBoundary, looked_);
            if (boundary == kNone) {
                looked_ = text_.size() - std::min(text_.size(), kBoundary.size() - 1);
                return Found::More;
            }
            inPart_ = true;
            looked_ = boundary + (atOnce ? 0 : 2);
        }
        const auto end = text_.find(kEnd, looked_);
        looked_ = text_.size() - std::min(text_.size(), kEnd.size() - 1);
        if (end == kNone) return Found::More;
        begun_ = true;
        begin_ = position_ = looked_ = end + kEnd.size();
    }
    for (;;) {
        const auto before = position_;
        const auto found = step();
        if (found != Found::More || position_ == before) return found;
    }
}

/// Understands one more piece of markup, if it is there as a whole.
HeaderScan::Found HeaderScan::step() {
    const std::string_view text = text_;
    position_ = std::min(text.find('<', position_), text.size());
    if (position_ == text.size()) return Found::More;
    const auto rest = text.substr(position_);
    for (const auto& skipped : kSkipped) {
        if (!rest.starts_with(skipped.open)) {
            if (skipped.open.starts_with(rest)) return Found::More;
            continue;
        }
        const auto first = position_ + skipped.open.size();
        const auto end = text.find(skipped.close, std::max(first, looked_));
        if (end == kNone) {
            // The last letters may be the beginning of its end.
            looked_ = text.size() - std::min(text.size(), skipped.close.size() - 1);
            return Found::More;
        }
        position_ = looked_ = end + skipped.close.size();
        return Found::More;
    }
    for (std::size_t at = std::max(position_ + 1, looked_); at < text.size(); ++at) {
        const char letter = text[at];
        if (quote_ != 0) {
            if (letter == quote_) quote_ = 0;
        } else if (letter == '"' || letter == '\'') {
            quote_ = letter;
        } else if (letter == '>') {
            const auto inside = text.substr(position_ + 1, at - position_ - 1);
            position_ = looked_ = at + 1;
            return tag(inside);
        }
    }
    looked_ = text.size();
    return Found::More;
}

HeaderScan::Found HeaderScan::tag(std::string_view inside) {
    if (inside.empty() || inside.front() == '!') return Found::None;
    if (inside.front() == '/') {
        if (depth_ == 0) return Found::None;
        --depth_;
        if (depth_ == 1 && inHeader_) return Found::Header;
        return depth_ == 0 ? Found::None : Found::More;
    }
    const bool empty = inside.back() == '/';
    const auto name = inside.substr(0, inside.find_first_of(" \t\r\n/"));
    if (depth_ == 0) {
        root_ = name;
        if (empty) return Found::None;
    } else if (depth_ == 1) {
        inHeader_ = localPart(name) == "Header";
        if (!inHeader_ || empty) return Found::None;
    }
    if (!empty) ++depth_;
    return Found::More;
}

std::string HeaderScan::beginning() const {
    return text_.substr(begin_, position_ - begin_) + "</" + root_ + ">";
}

}  // namespace myelin::endpoints
