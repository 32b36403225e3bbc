#include "engine/message/multipart.hpp"

#include <utility>

#include "engine/base/strings.hpp"
#include "engine/http/characters.hpp"
#include "engine/message/content.hpp"

namespace myelin::message {

namespace {

constexpr std::string_view kLineEnd = "\r\n";

/// RFC 2046, 5.1.1: at most 70 of these, no blank at the end.
bool isBoundary(std::string_view text) noexcept {
    if (text.empty() || text.size() > 70 || text.back() == ' ') return false;
    for (const char c : text) {
        const char lower = base::toLowerAscii(c);
        if ((lower >= 'a' && lower <= 'z') || base::isDigit(c)) continue;
        if (std::string_view("'()+_,-./:=? ").find(c) == std::string_view::npos) return false;
    }
    return true;
}

std::string_view withoutBrackets(std::string_view id) noexcept {
    id = base::trim(id);
    if (id.size() >= 2 && id.front() == '<' && id.back() == '>') id = id.substr(1, id.size() - 2);
    return id;
}

/// One reading of a body, front to back.
class Reader {
public:
    Reader(std::string_view body, std::string_view boundary, const MultipartLimits& limits)
        : body_(body), delimiter_("\r\n--" + std::string(boundary)), limits_(limits) {}

    std::string run(std::vector<Multipart::Part>& parts) {
        // The first delimiter may stand at the very start, without the line end that belongs to the others.
        std::size_t at = 0;
        if (body_.starts_with(std::string_view(delimiter_).substr(2))) {
            at = delimiter_.size() - 2;
        } else {
            at = body_.find(delimiter_);
            if (at == std::string_view::npos) return "the boundary that Content-Type names does not occur";
            at += delimiter_.size();
        }
        for (;;) {
            if (body_.substr(at).starts_with("--")) {
                return parts.empty() ? "it has no part" : std::string();
            }
            while (at < body_.size() && (body_[at] == ' ' || body_[at] == '\t')) ++at;
            if (!body_.substr(at).starts_with(kLineEnd)) return "a boundary is followed by other text";
            at += kLineEnd.size();
            if (parts.size() == limits_.parts) {
                return "it has more than " + std::to_string(limits_.parts) + " parts";
            }
            // A part of nothing at all leaves its line end to the delimiter behind it.
            const std::size_t end = body_.find(delimiter_, at - kLineEnd.size());
            if (end == std::string_view::npos) return "the closing boundary is missing";
            if (std::string problem = part(end < at ? std::string_view() : body_.substr(at, end - at), parts);
                !problem.empty()) {
                return problem;
            }
            at = end + delimiter_.size();
        }
    }

private:
    std::string part(std::string_view whole, std::vector<Multipart::Part>& parts) const {
        Multipart::Part& part = parts.emplace_back();
        part.whole = whole;
        if (whole.starts_with(kLineEnd)) {
            part.body = whole.substr(kLineEnd.size());
            return {};
        }
        // The header section ends at a blank line, or with the part.
        std::string_view header = whole;
        const std::size_t blank = whole.substr(0, limits_.header + 4).find("\r\n\r\n");
        if (blank != std::string_view::npos) {
            header = whole.substr(0, blank + kLineEnd.size());
            part.body = whole.substr(blank + 4);
        } else if (whole.size() > limits_.header) {
            return "the header of a part is larger than " + std::to_string(limits_.header) + " bytes";
        } else if (!whole.empty() && !whole.ends_with(kLineEnd)) {
            return "a part has no blank line behind its header";
        }
        return fields(header, part);
    }

    static std::string fields(std::string_view header, Multipart::Part& part) {
        while (!header.empty()) {
            const std::size_t colon = header.find(':');
            const std::string_view name = header.substr(0, colon);
            if (colon == std::string_view::npos || !http::isToken(name)) return "a part has a header line that is none";
            header.remove_prefix(colon + 1);
            std::string value;
            // A line that begins with a blank goes on with the one before it.
            do {
                const std::size_t end = header.find(kLineEnd);
                const std::string_view line = header.substr(0, end);
                for (const char c : line) {
                    if (http::isForbiddenInValue(c)) return "a part has a control character in its header";
                }
                if (!value.empty()) value += ' ';
                value += base::trim(line);
                header.remove_prefix(end + kLineEnd.size());
            } while (!header.empty() && (header.front() == ' ' || header.front() == '\t'));
            if (!take(name, std::move(value), part)) {
                return "a part has the header field " + std::string(name) + " twice";
            }
        }
        return {};
    }

    static bool take(std::string_view name, std::string value, Multipart::Part& part) {
        std::string* slot = nullptr;
        if (base::equalsIgnoreCase(name, "Content-Type")) slot = &part.contentType;
        if (base::equalsIgnoreCase(name, "Content-Transfer-Encoding")) slot = &part.transferEncoding;
        if (base::equalsIgnoreCase(name, "Content-ID")) {
            slot = &part.contentId;
            value = std::string(withoutBrackets(value));
        }
        if (slot == nullptr) return true;
        if (!slot->empty()) return false;
        *slot = std::move(value);
        return true;
    }

    std::string_view body_;
    std::string delimiter_;
    const MultipartLimits& limits_;
};

}  // namespace

bool Multipart::Part::isPlain() const noexcept {
    for (const std::string_view plain : {"", "7bit", "8bit", "binary"}) {
        if (base::equalsIgnoreCase(transferEncoding, plain)) return true;
    }
    return false;
}

std::string Multipart::parse(std::string_view body,
                             std::string_view contentType,
                             const MultipartLimits& limits,
                             Multipart& multipart) {
    multipart.parts_.clear();
    multipart.root_ = 0;
    const std::string_view boundary = contentTypeParameter(contentType, "boundary");
    if (!isBoundary(boundary)) return "Content-Type names no boundary, or one that is not allowed";
    if (std::string problem = Reader(body, boundary, limits).run(multipart.parts_); !problem.empty()) return problem;

    const std::string_view start = withoutBrackets(contentTypeParameter(contentType, "start"));
    if (start.empty()) return {};
    std::size_t found = 0;
    for (std::size_t i = 0; i < multipart.parts_.size(); ++i) {
        if (multipart.parts_[i].contentId != start) continue;
        multipart.root_ = i;
        ++found;
    }
    if (found == 1) return {};
    return found == 0 ? "no part has the Content-ID that start names" : "several parts have the Content-ID of the root";
}

const Multipart::Part* Multipart::withId(std::string_view contentId) const noexcept {
    for (const Part& part : parts_) {
        if (part.contentId == contentId) return &part;
    }
    return nullptr;
}

}  // namespace myelin::message
