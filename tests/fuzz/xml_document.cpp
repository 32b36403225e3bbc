#include <libxml/parser.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "engine/xml/document.hpp"
#include "engine/xml/writer.hpp"

// Any bytes are a document: it is refused with a reason, or what is written of it reads back as the same. What is taken
// is well-formed to libxml2, too.

using namespace myelin;

namespace {

std::string written(const xml::Document& document) {
    std::string out;
    xml::write(document.tree(), out);
    return out;
}

bool wellFormed(std::string_view text) {
    xmlParserCtxtPtr context = xmlNewParserCtxt();
    xmlDocPtr document = xmlCtxtReadMemory(context,
                                           text.data(),
                                           static_cast<int>(text.size()),
                                           nullptr,
                                           nullptr,
                                           XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    const bool good = context->wellFormed != 0 && document != nullptr;
    xmlFreeDoc(document);
    xmlFreeParserCtxt(context);
    return good;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    xml::Document document;
    const xml::ParseOutcome outcome = xml::Document::parse(document, text);
    if (!outcome) {
        if (outcome.reason.empty() || outcome.line == 0 || outcome.column == 0) std::abort();
        return 0;
    }
    const std::string once = written(document);
    xml::Document again;
    if (!xml::Document::parse(again, once) || written(again) != once) std::abort();

    // Left alone: names above ASCII, which pugixml does not sort, "]]>" in text, which means nothing, and details of
    // the declaration.
    const bool plain =
        std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (plain && text.find("]]>") == std::string_view::npos && !text.starts_with("<?xml") && !wellFormed(text)) {
        std::abort();
    }
    return 0;
}
