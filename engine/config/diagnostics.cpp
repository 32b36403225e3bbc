#include "engine/config/diagnostics.hpp"

#include <algorithm>
#include <ostream>
#include <tuple>
#include <utility>

namespace myelin::config {
namespace {

constexpr std::size_t kShownBefore = 100;
constexpr std::size_t kShownAfter = 60;

bool isContinuationByte(char c) noexcept {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

/// One piece a character, so that columns can be counted.
std::vector<std::string_view> characters(std::string_view text) {
    std::vector<std::string_view> pieces;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = at + 1;
        while (end < text.size() && isContinuationByte(text[end])) ++end;
        pieces.push_back(text.substr(at, end - at));
        at = end;
    }
    return pieces;
}

void printSource(std::ostream& out, const Place& place) {
    const auto line = characters(place.sourceLine);
    const std::size_t target = std::min(place.column - 1, line.size());
    // A generated file may hold everything in one line: show what surrounds the place.
    const bool whole = line.size() <= kShownBefore + kShownAfter;
    const std::size_t begin = whole || target <= kShownBefore ? 0 : target - kShownBefore;
    const std::size_t end = whole ? line.size() : std::min(line.size(), target + kShownAfter);
    out << "  " << (begin > 0 ? "..." : "");
    for (std::size_t i = begin; i < end; ++i) out << line[i];
    out << (end < line.size() ? "..." : "") << "\n  " << (begin > 0 ? "   " : "");
    for (std::size_t i = begin; i < target; ++i) out << (line[i] == "\t" ? '\t' : ' ');
    out << '^';
    const std::size_t underlined = std::min(target + std::max<std::size_t>(place.length, 1), std::max(end, target + 1));
    for (std::size_t i = target + 1; i < underlined; ++i) out << '~';
    out << '\n';
}

void printFinding(std::ostream& out, const Finding& finding) {
    const std::string place = finding.place.text();
    out << place << (place.empty() ? "" : ": ") << (finding.severity == Severity::Error ? "error: " : "warning: ")
        << finding.what << '\n';
    if (finding.place.line != 0 && finding.place.column != 0) printSource(out, finding.place);
    if (!finding.place.within.empty()) {
        out << "  " << finding.place.within;
        if (finding.alsoWithin != 0) out << ", and in " << finding.alsoWithin << " more";
        out << '\n';
    }
    if (!finding.help.empty()) out << "  help: " << finding.help << '\n';
}

}  // namespace

std::string Place::text() const {
    std::string result = file;
    if (line != 0) {
        result += ':';
        result += std::to_string(line);
        if (column != 0) {
            result += ':';
            result += std::to_string(column);
        }
    }
    return result;
}

void Diagnostics::noteFile(std::string_view file) {
    if (rankOf(file) == files_.size()) files_.emplace_back(file);
}

void Diagnostics::error(const Place& place, std::string what, std::string help) {
    add({Severity::Error, place, std::move(what), std::move(help)});
}

void Diagnostics::warning(const Place& place, std::string what, std::string help) {
    add({Severity::Warning, place, std::move(what), std::move(help)});
}

void Diagnostics::beyondSynapse(const Place& place, std::string what, std::string help) {
    if (strictSynapse_) error(place, std::move(what), std::move(help));
}

void Diagnostics::add(Finding finding) {
    noteFile(finding.place.file);
    const auto [known, added] = known_.try_emplace(finding.place.text() + '\n' + finding.what, findings_.size());
    if (!added) {
        Finding& first = findings_[known->second];
        if (first.place.within != finding.place.within) ++first.alsoWithin;
        return;
    }
    if (finding.severity == Severity::Error) ++errors_;
    findings_.push_back(std::move(finding));
}

std::size_t Diagnostics::rankOf(std::string_view file) const noexcept {
    return static_cast<std::size_t>(std::find(files_.begin(), files_.end(), file) - files_.begin());
}

std::vector<Finding> Diagnostics::sorted() const {
    std::vector<Finding> result = findings_;
    std::stable_sort(result.begin(), result.end(), [this](const Finding& a, const Finding& b) {
        return std::tuple(rankOf(a.place.file), a.place.line, a.place.column) <
               std::tuple(rankOf(b.place.file), b.place.line, b.place.column);
    });
    return result;
}

void Diagnostics::print(std::ostream& out, std::size_t most) const {
    const std::vector<Finding> all = sorted();
    std::size_t errorsLeft = std::min(errors_, most);
    std::size_t warningsLeft = std::min(warningCount(), most - errorsLeft);
    for (const Finding& finding : all) {
        std::size_t& room = finding.severity == Severity::Error ? errorsLeft : warningsLeft;
        if (room == 0) continue;
        --room;
        printFinding(out, finding);
    }
    if (all.size() > most) out << "(" << all.size() - most << " more findings are not shown)\n";
}

}  // namespace myelin::config
