#include "endpoints/wsdl_document.hpp"

#include <algorithm>
#include <vector>

#include "endpoints/wsdl_source.hpp"
#include "engine/base/strings.hpp"
#include "engine/config/element.hpp"
#include "engine/runtime/loop.hpp"
#include "engine/xml/namespaces.hpp"

namespace myelin::endpoints {

namespace {

using message::WireFormat;

constexpr std::string_view kWsdl = "http://schemas.xmlsoap.org/wsdl/";
constexpr std::string_view kWsdl2 = "http://www.w3.org/ns/wsdl";
constexpr std::string_view kHttpBinding = "http://schemas.xmlsoap.org/wsdl/http/";

struct AddressKind {
    std::string_view uri;
    WireFormat format;
};
constexpr AddressKind kAddresses[] = {{"http://schemas.xmlsoap.org/wsdl/soap/", WireFormat::Soap11},
                                      {"http://schemas.xmlsoap.org/wsdl/soap12/", WireFormat::Soap12},
                                      {kHttpBinding, WireFormat::Rest}};

constexpr base::Milliseconds kTogether{30'000};  // for all documents of a load
constexpr std::size_t kMostDocuments = 32;       // of one search: a document from the network says what it imports

/// Why an element is not the <definitions> of a WSDL 1.1; empty when it is.
std::string notDefinitions(pugi::xml_node root) {
    if (xml::is(root, kWsdl, "definitions")) return {};
    if (xml::is(root, kWsdl2, "description")) return "it is a WSDL 2.0 document, and only WSDL 1.1 is understood";
    const std::string_view uri = xml::namespaceUri(root);
    return "it is no WSDL 1.1 document: its root is <" + std::string(root.name()) + ">" +
           (uri.empty() ? " in no namespace" : " in the namespace \"" + std::string(uri) + "\"");
}

std::string_view nameOf(pugi::xml_node element) {
    return base::trim(element.attribute("name").value());
}

/// The child elements of that name, with the names that they have.
std::vector<pugi::xml_node> childrenNamed(pugi::xml_node parent, std::string_view local) {
    std::vector<pugi::xml_node> found;
    for (const auto child : parent.children()) {
        if (xml::is(child, kWsdl, local)) found.push_back(child);
    }
    return found;
}

pugi::xml_node withName(const std::vector<pugi::xml_node>& elements, std::string_view name) {
    const auto found =
        std::find_if(elements.begin(), elements.end(), [&](const auto& element) { return nameOf(element) == name; });
    return found == elements.end() ? pugi::xml_node() : *found;
}

WsdlPort fail(WsdlPort::Wrong wrong, std::string error, std::string help = {}) {
    WsdlPort port;
    port.wrong = wrong;
    port.error = std::move(error);
    port.help = std::move(help);
    return port;
}

/// "there is no KIND "NAME" in WHERE; did you mean ...", with all that is there in the help.
WsdlPort noSuch(WsdlPort::Wrong wrong,
                const std::string& kind,
                std::string_view name,
                const std::string& where,
                const std::vector<pugi::xml_node>& elements) {
    std::vector<std::string_view> names;
    for (const auto& element : elements) names.push_back(nameOf(element));
    std::string help;
    for (const auto known : names) help += (help.empty() ? kind + "s there: " : ", ") + std::string(known);
    if (help.empty()) help = "it has no " + kind + " at all";
    return fail(wrong,
                "there is no " + kind + " \"" + std::string(name) + "\" in " + where + config::didYouMean(name, names),
                std::move(help));
}

}  // namespace

/// A look through a document, and, where that is not enough, through what it imports.
class WsdlDocuments::Search {
public:
    Search(pugi::xml_node definitions, std::string where) : where_(std::move(where)) { roots_ = {definitions}; }

    void follow(WsdlDocuments& documents, std::string location) {
        documents_ = &documents;
        locations_ = {std::move(location)};
    }

    WsdlPort find(std::string_view serviceName, std::string_view portName) {
        const auto service = inAll("service", serviceName);
        if (!service) {
            auto missing = noSuch(WsdlPort::Wrong::Service, "service", serviceName, where_, seen_);
            for (const auto& problem : problems_) missing.help += "; of what it imports, " + problem;
            return missing;
        }
        const auto ports = childrenNamed(service, "port");
        const auto port = withName(ports, portName);
        if (!port) {
            return noSuch(WsdlPort::Wrong::Port,
                          "port",
                          portName,
                          "service \"" + std::string(serviceName) + "\" of " + where_,
                          ports);
        }
        return addressOf(port);
    }

private:
    /// The top-level element of that name in the first document that has it.
    pugi::xml_node inAll(std::string_view local, std::string_view name) {
        seen_.clear();
        for (std::size_t at = 0; at < roots_.size(); ++at) {
            const auto elements = childrenNamed(roots_[at], local);
            if (const auto found = withName(elements, name)) return found;
            seen_.insert(seen_.end(), elements.begin(), elements.end());
            if (at == expanded_) import(at);
        }
        return {};
    }

    /// Adds what a document imports.
    void import(std::size_t at) {
        ++expanded_;
        if (!documents_) return;
        for (const auto& element : childrenNamed(roots_[at], "import")) {
            const std::string reference(base::trim(element.attribute("location").value()));
            const std::string location = reference.empty() ? "" : importedLocation(reference, locations_[at]);
            if (location.empty()) {
                if (!reference.empty()) problems_.push_back(reference + " is not followed: it is elsewhere");
                continue;
            }
            if (std::find(locations_.begin(), locations_.end(), location) != locations_.end()) continue;
            if (roots_.size() == kMostDocuments) return problems_.push_back("there are too many imports");
            const auto& entry = documents_->read(location);
            if (!entry.error.empty()) {
                problems_.push_back(entry.error);
                continue;
            }
            roots_.push_back(entry.document.root());
            locations_.push_back(location);
        }
    }

    WsdlPort addressOf(pugi::xml_node port) {
        for (const auto child : port.children()) {
            for (const auto& kind : kAddresses) {
                if (!xml::is(child, kind.uri, "address")) continue;
                WsdlPort result;
                result.address = base::trim(child.attribute("location").value());
                result.format = kind.uri == kHttpBinding && verbOf(port) == "GET" ? WireFormat::Get : kind.format;
                if (!result.address.empty()) return result;
                return fail(
                    WsdlPort::Wrong::Port,
                    "port \"" + std::string(nameOf(port)) + "\" of " + where_ + " has an address without a location");
            }
        }
        return fail(WsdlPort::Wrong::Port,
                    "port \"" + std::string(nameOf(port)) + "\" of " + where_ +
                        " has no address of SOAP 1.1, SOAP 1.2 or HTTP");
    }

    std::string verbOf(pugi::xml_node port) {
        const auto binding = inAll("binding", xml::localPart(base::trim(port.attribute("binding").value())));
        const auto http = xml::child(binding, kHttpBinding, "binding");
        return std::string(base::trim(http.attribute("verb").value()));
    }

    std::string where_;
    WsdlDocuments* documents_ = nullptr;
    std::vector<pugi::xml_node> roots_;
    std::vector<std::string> locations_;  // of the roots
    std::size_t expanded_ = 0;            // roots whose imports are among the roots
    std::vector<pugi::xml_node> seen_;
    std::vector<std::string> problems_;
};

const WsdlDocuments::Entry& WsdlDocuments::read(const std::string& location) {
    auto& entry = entries_[location];
    if (entry) return *entry;
    entry = std::make_unique<Entry>();
    if (!deadline_) deadline_ = runtime::Deadline::after(kTogether, runtime::now());
    const auto text = readWsdl(location, *deadline_);
    if (!text.ok()) {
        entry->error = "the WSDL " + location + " cannot be had: " + text.error;
        return *entry;
    }
    const auto parsed = xml::Document::parse(entry->document, text.bytes, {}, text.charset);
    if (!parsed) {
        entry->error = "the WSDL " + location + " cannot be read: " + parsed.text();
    } else if (auto why = notDefinitions(entry->document.root()); !why.empty()) {
        entry->error = "the WSDL " + location + " cannot be used: " + why;
    }
    return *entry;
}

WsdlPort WsdlDocuments::port(const std::string& location, std::string_view service, std::string_view port) {
    const auto& entry = read(location);
    if (!entry.error.empty()) return fail(WsdlPort::Wrong::Document, entry.error);
    Search search(entry.document.root(), "the WSDL " + location);
    search.follow(*this, location);
    return search.find(service, port);
}

WsdlPort WsdlDocuments::inlinePort(pugi::xml_node definitions, std::string_view service, std::string_view port) {
    if (auto why = notDefinitions(definitions); !why.empty()) {
        return fail(WsdlPort::Wrong::Document, "the WSDL in this <wsdl> cannot be used: " + why);
    }
    return Search(definitions, "the WSDL in this <wsdl>").find(service, port);
}

}  // namespace myelin::endpoints
