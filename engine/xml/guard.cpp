#include "engine/xml/guard.hpp"

#include "engine/xml/guard_scan.hpp"

namespace myelin::xml {

GuardFinding guardDocument(std::string_view text,
                           const XmlLimits& limits,
                           NamespacesInUse& namespaces,
                           bool& namespacesComplete) {
    if (const std::size_t bad = firstInvalidUtf8(text); bad != std::string_view::npos) {
        const auto byte = static_cast<unsigned char>(text[bad]);
        return {byte < 0x20 ? "control character in XML" : "bytes that are not valid UTF-8", bad};
    }
    GuardScan scan(text, limits, namespaces);
    GuardFinding finding;
    if (!scan.run()) finding = {scan.takeReason(), scan.offset()};
    namespacesComplete = scan.namespacesComplete();
    return finding;
}

}  // namespace myelin::xml
