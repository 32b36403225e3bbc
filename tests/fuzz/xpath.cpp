#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "engine/xml/document.hpp"
#include "engine/xml/xpath.hpp"

// Any bytes are an expression: it compiles or is refused with a position inside it, and what compiles gives the same
// answer over a document whether names are matched by its prefixes or by looking namespaces up.

using namespace myelin;

namespace {

constexpr std::string_view kDocument =
    "<s:Envelope xmlns:s='urn:s' xmlns:q='urn:1'><s:Header/><s:Body id='1'><q:a k='2'>text<q:b>7</q:b><q:b s:k='3'/>"
    "</q:a><c xmlns='urn:2'><d/>x<d>y</d></c></s:Body></s:Envelope>";

class Texts final : public xml::VariableSource {
public:
    xml::Value variable(std::string_view prefix, std::string_view) override {
        if (prefix == "n") return 2.0;
        if (prefix == "b") return true;
        if (prefix == "s") return std::string_view("text");
        return {};
    }
    xml::Value property(std::string_view, std::string_view name, std::string_view) override {
        return std::string(name);
    }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const xml::NamespaceMap kNames{{"s", "urn:s"}, {"x", "urn:1"}, {"y", "urn:2"}};
    static xml::Document document;
    if (!document.root() && !xml::Document::parse(document, kDocument)) std::abort();
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    // Each "//" visits the tree once for each node found so far: bounds the time of one input.
    if (size > 200) return 0;
    Texts texts;
    const xml::XPathContext context{&document, document.root(), texts};
    try {
        const xml::XPath fast = xml::XPath::compile(text, kNames);
        const xml::XPath slow = xml::XPath::compile(text, kNames, xml::XPath::Form::Slow);
        const auto byPrefix = fast.evaluateString(context);
        if (byPrefix != slow.evaluateString(context)) std::abort();
        if (fast.evaluateBool(context) != slow.evaluateBool(context)) std::abort();
        static_cast<void>(fast.evaluateNumber(context));
        if (!fast.needsDocument() && fast.evaluateString({nullptr, {}, texts}) != byPrefix) std::abort();
    } catch (const xml::XPathError& error) {
        if (error.position() > size) std::abort();
    }
    return 0;
}
