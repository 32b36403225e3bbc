#pragma once

#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "engine/config/element.hpp"
#include "engine/config/loader.hpp"

namespace myelin::config::test {

/// A file that holds `xml`, and what was said about it.
struct Parsed {
    Diagnostics diagnostics;
    std::unique_ptr<SourceFile> file;

    explicit Parsed(std::string xml) : file(SourceFile::parse("test.xml", std::move(xml), diagnostics)) {}
    Element root() { return {file->root(), *file, diagnostics}; }
};

/// Findings as `line:column: what [help]`, one a line.
inline std::string findingsOf(const Diagnostics& diagnostics) {
    std::string text;
    for (const Finding& finding : diagnostics.sorted()) {
        text += std::to_string(finding.place.line) + ":" + std::to_string(finding.place.column) +
                (finding.severity == Severity::Warning ? ": warning: " : ": ") + finding.what +
                (finding.help.empty() ? "" : " [" + finding.help + "]") + "\n";
    }
    return text;
}

inline void readMediators(const Element& list);

/// A few mediators, read as factories read them.
inline void readMediator(const Element& element) {
    static const std::vector<std::string_view> kKnown = {
        "drop", "filter", "in", "log", "payload", "property", "respond", "send"};
    const std::string_view name = element.name();
    if (name == "log") {
        element.choice("level", {"simple", "headers", "full", "custom"}, "simple");
        element.attribute("separator", ", ");
        for (const Element& property : element.childrenNamed("property")) {
            property.required("name");
            property.attribute("value");
            property.attribute("expression");
        }
    } else if (name == "property") {
        element.required("name");
        element.attribute("value");
        element.choice("scope", {"default", "axis2", "axis2-client", "transport", "operation"}, "default");
    } else if (name == "in") {
        readMediators(element);
    } else if (name == "filter") {
        element.attribute("source");
        element.attribute("regex");
        element.attribute("xpath");
        if (const auto then = element.child("then")) readMediators(*then);
        if (const auto otherwise = element.child("else")) readMediators(*otherwise);
    } else if (name == "send") {
        if (const auto endpoint = element.child("endpoint")) {
            endpoint->attribute("key");
            if (const auto address = endpoint->child("address")) {
                address->required("uri");
                if (const auto timeout = address->child("timeout")) {
                    if (const auto duration = timeout->requiredChild("duration"))
                        duration->textAsInteger<unsigned>(1, 3'600'000, 60'000);
                }
            }
        }
    } else if (name == "payload") {
        element.inlineXml();
    } else if (name != "drop" && name != "respond") {
        element.unknown(kKnown);
    }
}

inline void readMediators(const Element& list) {
    for (const Element& child : list.children()) readMediator(child);
}

/// Reads a configuration the way the engine does, knowing only sequences.
inline std::string check(const std::string& path) {
    Diagnostics diagnostics;
    const ConfigurationSources sources = loadSources(path, diagnostics);
    for (const Artifact& artifact : sources.artifacts) {
        if (artifact.kind == "sequence") {
            artifact.element.attribute("onError");
            readMediators(artifact.element);
        } else {
            artifact.element.ignore();
        }
    }
    sources.finish();
    std::ostringstream out;
    diagnostics.print(out);
    return out.str();
}

}  // namespace myelin::config::test
