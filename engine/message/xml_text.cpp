#include "engine/message/xml_text.hpp"

#include "engine/xml/guard.hpp"

namespace myelin::message {

std::string xmlText(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t bad = xml::firstInvalidUtf8(text);
        out.append(text.substr(0, bad));
        if (bad == std::string_view::npos) break;
        out += '?';
        text.remove_prefix(bad + 1);
        // The rest of a broken sequence is part of the same mark.
        while (!text.empty() && (static_cast<unsigned char>(text.front()) & 0xC0U) == 0x80U) text.remove_prefix(1);
    }
    return out;
}

}  // namespace myelin::message
