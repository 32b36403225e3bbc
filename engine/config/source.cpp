#include "engine/config/source.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "engine/base/scope_exit.hpp"
#include "engine/base/strings.hpp"
#include "engine/config/well_formed.hpp"
#include "engine/xml/encoding.hpp"

namespace myelin::config {
namespace {

Place wholeFile(const std::string& name) {
    Place place;
    place.file = name;
    return place;
}

std::size_t countCharacters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

/// The file's bytes, or why there are none.
bool readFile(const std::string& path, std::string& bytes, std::string& problem) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        problem = std::strerror(errno);
        return false;
    }
    const base::ScopeExit closing([descriptor] { ::close(descriptor); });
    std::array<char, 64 * 1024> piece{};
    while (true) {
        const ssize_t count = ::read(descriptor, piece.data(), piece.size());
        if (count == 0) return true;
        if (count < 0) {
            if (errno == EINTR) continue;
            problem = std::strerror(errno);
            return false;
        }
        bytes.append(piece.data(), static_cast<std::size_t>(count));
        if (bytes.size() > SourceFile::kMaximumSize) {
            problem = "the file is larger than " + std::to_string(SourceFile::kMaximumSize >> 20U) + " MiB";
            return false;
        }
    }
}

/// The text in UTF-8 without a byte order mark; empty with a problem when that cannot be had.
std::string toUtf8(std::string bytes, std::string& problem) {
    const xml::DetectedEncoding detected = xml::detectEncoding(bytes, {});
    problem = detected.problem;
    if (!problem.empty()) return {};
    if (detected.encoding == xml::Encoding::Utf8) return bytes.erase(0, detected.markLength);
    std::string text;
    if (!xml::convertToUtf8(std::string_view(bytes).substr(detected.markLength), detected.encoding, text)) {
        problem = "the text is not in the encoding that the file declares";
    }
    return text;
}

bool endsName(char c) noexcept {
    return base::isSpace(c) || c == '=' || c == '>' || c == '/';
}

/// Offsets of an attribute's name and of its value. The text is known to be well-formed.
std::pair<std::size_t, std::string_view> findAttribute(std::string_view text, std::size_t at, std::string_view name) {
    while (!endsName(text[at])) ++at;
    while (true) {
        while (base::isSpace(text[at])) ++at;
        if (text[at] == '>' || text[at] == '/') return {std::string_view::npos, {}};
        const std::size_t nameAt = at;
        while (!endsName(text[at])) ++at;
        const std::string_view found = text.substr(nameAt, at - nameAt);
        at = text.find_first_of("\"'", at);
        const std::size_t close = text.find(text[at], at + 1);
        if (found == name) return {nameAt, text.substr(at + 1, close - at - 1)};
        at = close + 1;
    }
}

}  // namespace

ElementUsage::Attribute& ElementUsage::attribute(std::string_view name) {
    const auto known =
        std::find_if(attributes.begin(), attributes.end(), [&](const Attribute& entry) { return entry.name == name; });
    if (known != attributes.end()) return *known;
    return attributes.emplace_back(Attribute{std::string(name), std::nullopt, false});
}

SourceFile::SourceFile(std::string name, std::string text) : name_(std::move(name)), text_(std::move(text)) {
    lines_.push_back(0);
    for (std::size_t at = text_.find('\n'); at != std::string::npos; at = text_.find('\n', at + 1)) {
        lines_.push_back(at + 1);
    }
}

std::unique_ptr<SourceFile> SourceFile::open(const std::string& path, Diagnostics& diagnostics) {
    diagnostics.noteFile(path);
    std::string bytes;
    std::string problem;
    if (!readFile(path, bytes, problem)) {
        diagnostics.error(wholeFile(path), "cannot be read: " + problem);
        return nullptr;
    }
    return parse(path, std::move(bytes), diagnostics);
}

std::unique_ptr<SourceFile> SourceFile::parse(std::string name, std::string text, Diagnostics& diagnostics) {
    diagnostics.noteFile(name);
    std::string problem;
    std::string utf8 = toUtf8(std::move(text), problem);
    if (!problem.empty()) {
        diagnostics.error(wholeFile(name), problem, "save the file as UTF-8");
        return nullptr;
    }
    std::unique_ptr<SourceFile> file(new SourceFile(std::move(name), std::move(utf8)));
    const bool good = checkWellFormed(
        file->text_, kMaximumDepth, [&](std::size_t offset, std::size_t length, std::string what, std::string help) {
            diagnostics.error(file->place(offset, length), std::move(what), std::move(help));
        });
    if (!good) return nullptr;
    const pugi::xml_parse_result result = file->document_.load_buffer(
        file->text_.data(), file->text_.size(), pugi::parse_full | pugi::parse_ws_pcdata, pugi::encoding_utf8);
    if (!result) {
        const auto offset = static_cast<std::size_t>(std::max<std::ptrdiff_t>(result.offset, 0));
        diagnostics.error(file->place(offset), std::string("this is not well-formed XML: ") + result.description());
        return nullptr;
    }
    return file;
}

Place SourceFile::place(std::size_t offset, std::size_t length) const {
    offset = std::min(offset, text_.size());
    const auto next = std::upper_bound(lines_.begin(), lines_.end(), offset);
    const std::size_t begin = *(next - 1);
    std::size_t end = next == lines_.end() ? text_.size() : *next - 1;
    if (end > begin && text_[end - 1] == '\r') --end;
    const std::string_view text = text_;
    Place place;
    place.file = name_;
    place.line = static_cast<std::size_t>(next - lines_.begin());
    place.column = countCharacters(text.substr(begin, offset - begin)) + 1;
    place.length = std::max<std::size_t>(countCharacters(text.substr(offset, length)), 1);
    place.sourceLine = text.substr(begin, end - begin);
    return place;
}

Place SourceFile::place(pugi::xml_node element) const {
    const std::ptrdiff_t offset = element.offset_debug();
    if (offset <= 0) return wholeFile(name_);
    return place(static_cast<std::size_t>(offset) - 1, std::strlen(element.name()) + 1);
}

Place SourceFile::placeOfAttribute(pugi::xml_node element, std::string_view name) const {
    const std::ptrdiff_t offset = element.offset_debug();
    if (offset <= 0) return wholeFile(name_);
    const auto [at, value] = findAttribute(text_, static_cast<std::size_t>(offset), name);
    return at == std::string_view::npos ? place(element) : place(at, name.size());
}

Place SourceFile::placeOfValue(pugi::xml_node element, std::string_view name) const {
    const std::ptrdiff_t offset = element.offset_debug();
    if (offset <= 0) return wholeFile(name_);
    const auto [at, value] = findAttribute(text_, static_cast<std::size_t>(offset), name);
    if (at == std::string_view::npos) return place(element);
    return place(static_cast<std::size_t>(value.data() - text_.data()), value.size());
}

}  // namespace myelin::config
