#include "engine/config/well_formed.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "engine/base/strings.hpp"
#include "engine/xml/guard.hpp"
#include "engine/xml/namespaces.hpp"

namespace myelin::config {
namespace {

bool isNameStart(char c) noexcept {
    const char lower = base::toLowerAscii(c);
    return (lower >= 'a' && lower <= 'z') || c == '_' || c == ':' || static_cast<unsigned char>(c) >= 0x80;
}
bool isNameCharacter(char c) noexcept {
    return isNameStart(c) || base::isDigit(c) || c == '-' || c == '.';
}

std::string quoted(std::string_view name) {
    return "\"" + std::string(name) + "\"";
}
std::string tag(std::string_view name) {
    return "<" + std::string(name) + ">";
}
class Scanner {
public:
    Scanner(std::string_view text, std::size_t maximumDepth, const WellFormedReport& report)
        : text_(text), maximumDepth_(maximumDepth), report_(report) {}

    bool run() {
        checkCharacters();
        while (!stopped_ && at_ < text_.size()) {
            const std::size_t next = std::min(text_.find('<', at_), text_.size());
            characterData(at_, next);
            at_ = next;
            if (at_ < text_.size()) markup();
        }
        if (!stopped_) finish();
        return good_;
    }

private:
    struct Open {
        std::string_view name;
        std::size_t offset;
        std::size_t bindings;  ///< size of bindings_ outside it
    };
    struct Attribute {
        std::string_view name;
        std::size_t offset;
    };

    void report(std::size_t offset, std::size_t length, std::string what, std::string help = {}) {
        good_ = false;
        report_(offset, length, std::move(what), std::move(help));
    }
    /// For violations after which nothing that follows can be trusted.
    void stop(std::size_t offset, std::size_t length, std::string what, std::string help = {}) {
        report(offset, length, std::move(what), std::move(help));
        stopped_ = true;
    }

    bool startsWith(std::string_view what) const noexcept { return text_.substr(at_).starts_with(what); }
    std::size_t lineOf(std::size_t offset) const {
        return 1 + static_cast<std::size_t>(
                       std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
    }
    std::string atLine(std::size_t offset) const { return " at line " + std::to_string(lineOf(offset)); }

    void checkCharacters() {
        const std::size_t at = xml::firstInvalidUtf8(text_);
        if (at == std::string_view::npos) return;
        const auto byte = static_cast<unsigned char>(text_[at]);
        if (byte < 0x20) return stop(at, 1, "a control character (" + std::to_string(byte) + ") is not allowed in XML");
        stop(at,
             1,
             "this is not valid UTF-8, or a character that XML does not allow",
             "save the file as UTF-8, or name its encoding in <?xml version=\"1.0\" encoding=\"...\"?>");
    }

    void characterData(std::size_t begin, std::size_t end) {
        const std::string_view data = text_.substr(begin, end - begin);
        if (open_.empty()) {
            const std::size_t first = data.find_first_not_of(" \t\r\n");
            if (first != std::string_view::npos) {
                stop(begin + first,
                     1,
                     rootSeen_ ? "text after the end of the root element" : "text before the root element");
            }
            return;
        }
        const std::size_t close = data.find("]]>");
        if (close != std::string_view::npos)
            report(begin + close, 3, "\"]]>\" without <![CDATA[ must be written ]]&gt;");
        references(begin, end);
    }

    void references(std::size_t begin, std::size_t end) {
        for (std::size_t at = text_.find('&', begin); at < end; at = text_.find('&', at + 1)) {
            std::size_t stop = at + 1;
            while (stop < end && (isNameCharacter(text_[stop]) || text_[stop] == '#')) ++stop;
            const std::string_view name = text_.substr(at + 1, stop - at - 1);
            if (name.empty() || stop == end || text_[stop] != ';') {
                report(at, 1, "a bare \"&\" must be written &amp;");
            } else if (name[0] == '#') {
                if (!isCharacterReference(name.substr(1))) {
                    report(at, name.size() + 2, "&" + std::string(name) + "; is not a character that XML allows");
                }
            } else if (name != "amp" && name != "lt" && name != "gt" && name != "quot" && name != "apos") {
                report(
                    at,
                    name.size() + 2,
                    "unknown entity &" + std::string(name) + ";",
                    "XML has &amp; &lt; &gt; &quot; and &apos;; write any other character as it is, or as &#NUMBER;");
            }
        }
    }

    static bool isCharacterReference(std::string_view digits) noexcept {
        const bool hex = digits.starts_with('x');
        if (hex) digits.remove_prefix(1);
        std::uint32_t code = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, hex ? 16 : 10);
        if (error != std::errc{} || end != digits.data() + digits.size()) return false;
        if (code < 0x20) return code == '\t' || code == '\n' || code == '\r';
        return code < 0xD800 || (code >= 0xE000 && code <= 0x10FFFF && code != 0xFFFE && code != 0xFFFF);
    }

    void markup() {
        if (startsWith("<!--")) return comment();
        if (startsWith("<![CDATA[")) return characterDataSection();
        if (startsWith("<?")) return processingInstruction();
        if (startsWith("<!DOCTYPE")) {
            return stop(at_,
                        9,
                        "a document type (<!DOCTYPE>) is not accepted",
                        "remove it; entities and external definitions are never read");
        }
        if (startsWith("</")) return endTag();
        if (at_ + 1 < text_.size() && isNameStart(text_[at_ + 1])) return startTag();
        stop(at_, 1, "\"<\" begins no tag here", "in text write &lt;");
    }

    void comment() {
        const std::size_t end = text_.find("--", at_ + 4);
        if (end == std::string_view::npos) return stop(at_, 4, "this comment is never closed", "close it with -->");
        if (!text_.substr(end).starts_with("-->")) {
            report(end, 2, "\"--\" is not allowed in a comment" + std::string(", which begins") + atLine(at_));
            const std::size_t close = text_.find("-->", end);
            if (close == std::string_view::npos)
                return stop(at_, 4, "this comment is never closed", "close it with -->");
            at_ = close + 3;
            return;
        }
        at_ = end + 3;
    }

    void characterDataSection() {
        if (open_.empty()) return stop(at_, 9, "text outside the root element");
        const std::size_t end = text_.find("]]>", at_);
        if (end == std::string_view::npos)
            return stop(at_, 9, "this CDATA section is never closed", "close it with ]]>");
        at_ = end + 3;
    }

    void processingInstruction() {
        const std::size_t end = text_.find("?>", at_);
        if (end == std::string_view::npos) return stop(at_, 2, "this <? is never closed", "close it with ?>");
        const std::string_view content = text_.substr(at_ + 2, end - at_ - 2);
        if (at_ != 0 && base::equalsIgnoreCase(content.substr(0, content.find_first_of(" \t\r\n")), "xml")) {
            report(at_,
                   5,
                   "the XML declaration must be the very first thing in the file",
                   "remove what stands before it, blanks and empty lines too");
        }
        at_ = end + 2;
    }

    void endTag() {
        const std::size_t offset = at_;
        at_ += 2;
        const std::string_view name = takeName();
        skipSpace();
        if (name.empty() || at_ >= text_.size() || text_[at_] != '>') {
            return stop(offset, 2 + name.size(), "this end tag is not closed", "close it with >");
        }
        ++at_;
        const std::size_t length = name.size() + 3;
        if (open_.empty()) {
            return stop(offset, length, "</" + std::string(name) + "> closes nothing: no element is open");
        }
        if (open_.back().name == name) return close();
        const auto match = std::find_if(open_.rbegin(), open_.rend(), [&](const Open& o) { return o.name == name; });
        if (match == open_.rend()) {
            const Open inner = open_.back();
            report(offset,
                   length,
                   "</" + std::string(name) + "> cannot close " + tag(inner.name) + " opened" + atLine(inner.offset),
                   "write </" + std::string(inner.name) + ">");
            return close();
        }
        while (open_.back().name != name) {
            const Open inner = open_.back();
            report(inner.offset,
                   inner.name.size() + 1,
                   tag(inner.name) + " is not closed before </" + std::string(name) + ">" + atLine(offset),
                   "add </" + std::string(inner.name) + ">, or end the tag with />");
            close();
        }
        close();
    }

    void close() {
        bindings_.resize(open_.back().bindings);
        open_.pop_back();
    }

    void startTag() {
        const std::size_t offset = at_;
        ++at_;
        const std::string_view name = takeName();
        if (open_.empty() && rootSeen_) {
            return stop(offset,
                        name.size() + 1,
                        "a second root element " + tag(name) + "; an XML file has one",
                        "put both into one <definitions>");
        }
        rootSeen_ = true;
        const std::size_t outside = bindings_.size();
        attributes_.clear();
        bool empty = false;
        if (!takeAttributes(name, offset, empty)) return;
        checkPrefixes(name, offset);
        open_.push_back({name, offset, outside});
        if (open_.size() > maximumDepth_) {
            return stop(offset,
                        name.size() + 1,
                        "elements are nested deeper than " + std::to_string(maximumDepth_) + " levels");
        }
        if (empty) close();
    }

    /// Up to and including the tag's end. False when reading has to stop.
    bool takeAttributes(std::string_view element, std::size_t start, bool& empty) {
        while (true) {
            const bool spaced = skipSpace();
            if (at_ >= text_.size() || text_[at_] == '<') {
                stop(start, element.size() + 1, "the tag " + tag(element) + " is not closed", "close it with >");
                return false;
            }
            if (text_[at_] == '>') {
                ++at_;
                return true;
            }
            if (startsWith("/>")) {
                at_ += 2;
                empty = true;
                return true;
            }
            if (!isNameStart(text_[at_])) {
                stop(at_,
                     1,
                     "unexpected \"" + std::string(text_.substr(at_, 1)) + "\" in the tag " + tag(element),
                     "attributes are written name=\"value\"");
                return false;
            }
            if (!spaced) report(at_, 1, "a blank is missing between two attributes of " + tag(element));
            if (!takeAttribute(element)) return false;
        }
    }

    bool takeAttribute(std::string_view element) {
        const std::size_t offset = at_;
        const std::string_view name = takeName();
        skipSpace();
        if (at_ >= text_.size() || text_[at_] != '=') {
            stop(offset,
                 name.size(),
                 "attribute " + quoted(name) + " of " + tag(element) + " has no value",
                 "write " + std::string(name) + "=\"...\"");
            return false;
        }
        ++at_;
        skipSpace();
        const char quote = at_ < text_.size() ? text_[at_] : '\0';
        if (quote != '"' && quote != '\'') {
            stop(offset, name.size(), "the value of attribute " + quoted(name) + " must stand in quotes");
            return false;
        }
        const std::size_t begin = ++at_;
        const std::size_t end = std::min(text_.find(quote, begin), text_.size());
        const std::size_t angle = text_.find('<', begin);
        if (angle < end || end == text_.size()) {
            const bool sameLine = angle < end && text_.find('\n', begin) > angle;
            if (sameLine) {
                report(angle, 1, "\"<\" in the value of attribute " + quoted(name) + " must be written &lt;");
            } else {
                stop(offset,
                     name.size(),
                     "the value of attribute " + quoted(name) + " is not closed",
                     "the closing quote is missing, or a \"<\" in the value is not written &lt;");
                return false;
            }
        }
        references(begin, end);
        at_ = end + 1;
        const auto same =
            std::find_if(attributes_.begin(), attributes_.end(), [&](const Attribute& a) { return a.name == name; });
        if (same != attributes_.end()) {
            report(offset, name.size(), "attribute " + quoted(name) + " of " + tag(element) + " is given twice");
        }
        attributes_.push_back({name, offset});
        bind(name, text_.substr(begin, end - begin), offset);
        return true;
    }

    void bind(std::string_view name, std::string_view uri, std::size_t offset) {
        if (!name.starts_with("xmlns:")) return;
        if (uri.empty())
            report(offset, name.size(), "prefix " + quoted(name.substr(6)) + " is bound to an empty namespace");
        bindings_.push_back(name.substr(6));
    }

    void checkPrefixes(std::string_view element, std::size_t offset) {
        const std::string_view prefix = xml::prefixOf(element);
        if (!isBound(prefix)) unbound(prefix, tag(element), offset + 1, element.size());
        for (const Attribute& attribute : attributes_) {
            const std::string_view own = xml::prefixOf(attribute.name);
            if (own != "xmlns" && !isBound(own)) {
                unbound(own, "attribute " + quoted(attribute.name), attribute.offset, attribute.name.size());
            }
        }
    }
    bool isBound(std::string_view prefix) const {
        return prefix.empty() || prefix == "xml" ||
               std::find(bindings_.begin(), bindings_.end(), prefix) != bindings_.end();
    }
    void unbound(std::string_view prefix, const std::string& what, std::size_t offset, std::size_t length) {
        report(offset,
               length,
               "prefix " + quoted(prefix) + " of " + what + " is bound to no namespace",
               "declare it with xmlns:" + std::string(prefix) + "=\"...\"");
    }

    std::string_view takeName() {
        const std::size_t begin = at_;
        if (at_ < text_.size() && isNameStart(text_[at_])) {
            while (at_ < text_.size() && isNameCharacter(text_[at_])) ++at_;
        }
        return text_.substr(begin, at_ - begin);
    }
    bool skipSpace() {
        const std::size_t begin = at_;
        while (at_ < text_.size() && base::isSpace(text_[at_])) ++at_;
        return at_ != begin;
    }

    void finish() {
        if (!open_.empty()) {
            const Open& inner = open_.back();
            report(inner.offset,
                   inner.name.size() + 1,
                   tag(inner.name) + " is never closed",
                   "add </" + std::string(inner.name) + ">");
        } else if (!rootSeen_) {
            report(0, 1, "the file holds no XML element");
        }
    }

    std::string_view text_;
    std::size_t maximumDepth_;
    const WellFormedReport& report_;
    std::size_t at_ = 0;
    std::vector<Open> open_;
    std::vector<std::string_view> bindings_;
    std::vector<Attribute> attributes_;
    bool rootSeen_ = false;
    bool stopped_ = false;
    bool good_ = true;
};

}  // namespace

bool checkWellFormed(std::string_view text, std::size_t maximumDepth, const WellFormedReport& report) {
    return Scanner(text, maximumDepth, report).run();
}

}  // namespace myelin::config
