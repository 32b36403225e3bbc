#include "engine/message/multipart.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/message/packaging.hpp"
#include "engine/xml/document.hpp"
#include "tests/fuzz/oracle.hpp"

// The first line is a Content-Type, the rest a body. It is refused with a reason, or its parts stand in it one behind
// the other, and what is written of them has the same attachments again.

using namespace myelin;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::size_t line = std::min(text.find('\n'), size);
    const std::string_view type = text.substr(0, line);
    const std::string_view body = text.substr(std::min(line + 1, size));
    message::Multipart parts;
    if (!message::Multipart::parse(body, type, {20, 200}, parts).empty()) return 0;

    fuzz::require(!parts.parts().empty() && parts.parts().size() <= 20, "a number of parts beyond the limit");
    const std::string delimiter = "\r\n--" + std::string(message::contentTypeParameter(type, "boundary"));
    const char* behind = body.data();
    for (const auto& part : parts.parts()) {
        if (!part.whole.empty()) {
            fuzz::require(part.whole.data() >= behind, "parts that overlap");
            behind = part.whole.data() + part.whole.size();
            fuzz::require(behind <= body.data() + body.size(), "a part beyond the body");
        }
        fuzz::require(part.whole.ends_with(part.body), "a body that is not its part's");
        fuzz::require(part.whole.find(delimiter) == std::string_view::npos, "a boundary inside a part");
        fuzz::require(part.whole.size() - part.body.size() <= 204, "a header beyond the limit");
    }

    for (const auto packaging : {message::Packaging::Mtom, message::Packaging::Swa}) {
        std::string out;
        const std::string written =
            message::writePackage(packaging, {"<root/>", message::ContentKind::Soap11, "UTF-8", {}}, &parts, {}, out);
        fuzz::require(message::packagingOf(written) == packaging, "another packaging than was asked for", written);
        message::Multipart again;
        const std::string problem = message::Multipart::parse(out, written, {20, 400}, again);
        fuzz::require(problem.empty(), "what was written is refused", problem);
        fuzz::require(again.root().body == "<root/>", "another root than was written");
        fuzz::require(again.parts().size() == parts.parts().size(), "another number of parts than was written");
        std::size_t at = 0;
        for (const auto& part : parts.parts()) {
            if (parts.isRoot(part)) continue;
            fuzz::require(again.parts()[++at].whole == part.whole, "another attachment than was written");
        }
    }

    // References to parts that may or may not be there.
    xml::Document envelope;
    std::string references = "<r xmlns:x='http://www.w3.org/2004/08/xop/include'>";
    for (const auto& part : parts.parts()) {
        if (part.contentId.find_first_of("<>&'%") == std::string::npos && !part.contentId.empty()) {
            references += "<x:Include href='cid:" + part.contentId + "'/>";
        }
    }
    if (!xml::Document::parse(envelope, references + "</r>").ok) return 0;
    try {
        message::inlineIncludes(envelope, parts, 10'000);
    } catch (const std::exception&) {
        return 0;  // refused, with a reason
    }
    return 0;
}
