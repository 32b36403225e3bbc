#include "engine/message/soap_fault.hpp"

#include "engine/base/strings.hpp"
#include "engine/message/xml_text.hpp"
#include "engine/xml/namespaces.hpp"
#include "engine/xml/writer.hpp"

namespace myelin::message::soap {

namespace {

std::string textOf(pugi::xml_node element) {
    return std::string(base::trim(element.text().get()));
}

bool isSoapNamespace(std::string_view uri) noexcept {
    return uri == kSoap11Namespace || uri == kSoap12Namespace;
}

/// SOAP's own code in the words of one version.
std::string_view codeIn(Version version, std::string_view code) noexcept {
    // 1.1 allowed dots for detail: Client.Authentication.
    const std::string_view first = code.substr(0, code.find('.'));
    if (version == Version::V12) {
        if (first == "Client") return "Sender";
        if (first == "Server") return "Receiver";
        if (first == "Sender" || first == "MustUnderstand" || first == "VersionMismatch" ||
            first == "DataEncodingUnknown") {
            return first;
        }
        return "Receiver";
    }
    if (code == "Sender" || code == "DataEncodingUnknown") return "Client";
    if (code == "Receiver") return "Server";
    return code;
}

/// Splits a QName value by the namespaces in scope of the element that holds it.
void readCode(pugi::xml_node holder, Fault& fault) {
    const std::string value = textOf(holder);
    fault.code = std::string(xml::localPart(value));
    fault.codeNamespace = std::string(xml::lookupNamespace(holder, xml::prefixOf(value)));
}

/// Elements of a fault, named with the prefix of the envelope's root.
class FaultWriter {
public:
    FaultWriter(xml::Document& envelope, Version version) : version_(version) {
        const std::string_view prefix = xml::prefixOf(envelope.root().name());
        prefix_ = prefix.empty() ? std::string() : std::string(prefix) + ":";
        // A QName value without prefix would be read in the default namespace; that is the envelope's then.
        codePrefix_ = prefix_;
    }

    void write(pugi::xml_node into, const Fault& fault) const {
        if (version_ == Version::V11) {
            write11(into, fault);
        } else {
            write12(into, fault);
        }
    }
    std::string name(std::string_view local) const { return prefix_ + std::string(local); }

private:
    void write11(pugi::xml_node into, const Fault& fault) const {
        // Unqualified children: with a default namespace in force they have to leave it.
        const bool hidden = prefix_.empty();
        const auto child = [&](const char* local) {
            pugi::xml_node made = into.append_child(local);
            if (hidden) xml::declare(made, "", "");
            return made;
        };
        pugi::xml_node code = into.append_child("faultcode");
        std::string own = prefix_;
        if (hidden) {
            xml::declare(code, "", "");
            own = "soapenv:";
            xml::declare(code, "soapenv", kSoap11Namespace);
        }
        writeCode(code, fault, own);
        child("faultstring").text().set(xmlText(fault.reason).c_str());
        if (!fault.role.empty()) child("faultactor").text().set(xmlText(fault.role).c_str());
        if (hasDetail(fault)) writeDetail(child("detail"), fault);
    }

    void write12(pugi::xml_node into, const Fault& fault) const {
        pugi::xml_node code = into.append_child(name("Code").c_str());
        pugi::xml_node value = code.append_child(name("Value").c_str());
        const bool own = isOwn(fault);
        value.text().set((codePrefix_ + std::string(own ? codeIn(version_, fault.code) : "Receiver")).c_str());
        if (!own) {
            writeCode(code.append_child(name("Subcode").c_str()).append_child(name("Value").c_str()), fault, {});
        }
        pugi::xml_node text = into.append_child(name("Reason").c_str()).append_child(name("Text").c_str());
        text.append_attribute("xml:lang").set_value(fault.language.c_str());
        text.text().set(xmlText(fault.reason).c_str());
        if (!fault.node.empty()) into.append_child(name("Node").c_str()).text().set(xmlText(fault.node).c_str());
        if (!fault.role.empty()) into.append_child(name("Role").c_str()).text().set(xmlText(fault.role).c_str());
        if (hasDetail(fault)) writeDetail(into.append_child(name("Detail").c_str()), fault);
    }

    static bool isOwn(const Fault& fault) noexcept {
        return fault.codeNamespace.empty() || isSoapNamespace(fault.codeNamespace);
    }
    static bool hasDetail(const Fault& fault) noexcept {
        return fault.detail.first_child() || !fault.detailText.empty();
    }

    void writeCode(pugi::xml_node at, const Fault& fault, const std::string& ownPrefix) const {
        if (isOwn(fault)) {
            at.text().set((ownPrefix + std::string(codeIn(version_, fault.code))).c_str());
            return;
        }
        xml::declare(at, "code", fault.codeNamespace);
        at.text().set(("code:" + fault.code).c_str());
    }

    static void writeDetail(pugi::xml_node at, const Fault& fault) {
        for (pugi::xml_node child = fault.detail.first_child(); child; child = child.next_sibling()) {
            if (child.type() == pugi::node_element) {
                xml::importNode(at, child);
            } else {
                at.append_copy(child);
            }
        }
        if (!fault.detailText.empty()) at.append_child(pugi::node_pcdata).set_value(xmlText(fault.detailText).c_str());
    }

    Version version_;
    std::string prefix_;
    std::string codePrefix_;
};

void removeAllBut(pugi::xml_node parent, pugi::xml_node kept) {
    for (pugi::xml_node node = parent.first_child(); node;) {
        const pugi::xml_node following = node.next_sibling();
        if (node != kept) parent.remove_child(node);
        node = following;
    }
}

}  // namespace

bool isFault(const xml::Document& envelope) noexcept {
    const auto version = versionOf(envelope);
    return version && xml::is(content(envelope), namespaceOf(*version), "Fault");
}

Fault readFault(const xml::Document& envelope) {
    Fault fault;
    const auto version = versionOf(envelope);
    const pugi::xml_node element = content(envelope);
    if (!version || !element) return fault;
    if (*version == Version::V11) {
        // Senders that qualify the children are understood as well.
        for (pugi::xml_node part = xml::firstElement(element); part; part = xml::nextElement(part)) {
            const std::string_view local = xml::localName(part);
            if (local == "faultcode") readCode(part, fault);
            if (local == "faultstring") fault.reason = textOf(part);
            if (local == "faultactor") fault.role = textOf(part);
            if (local == "detail") fault.detail = part;
        }
        return fault;
    }
    const pugi::xml_node code = xml::child(element, kSoap12Namespace, "Code");
    if (const auto value = xml::child(code, kSoap12Namespace, "Value")) readCode(value, fault);
    const pugi::xml_node subcode = xml::child(code, kSoap12Namespace, "Subcode");
    if (const auto value = xml::child(subcode, kSoap12Namespace, "Value")) {
        Fault sub;
        readCode(value, sub);
        if (!sub.codeNamespace.empty() && !isSoapNamespace(sub.codeNamespace) && fault.code == "Receiver") {
            fault.code = sub.code;
            fault.codeNamespace = sub.codeNamespace;
        }
    }
    const pugi::xml_node text = xml::child(xml::child(element, kSoap12Namespace, "Reason"), kSoap12Namespace, "Text");
    fault.reason = textOf(text);
    if (const auto language = xml::attribute(text, xml::kXmlNamespace, "lang")) fault.language = std::string(*language);
    fault.node = textOf(xml::child(element, kSoap12Namespace, "Node"));
    fault.role = textOf(xml::child(element, kSoap12Namespace, "Role"));
    fault.detail = xml::child(element, kSoap12Namespace, "Detail");
    return fault;
}

void setFault(xml::Document& envelope, const Fault& fault) {
    const Version version = versionOf(envelope).value_or(Version::V11);
    const FaultWriter writer(envelope, version);
    pugi::xml_node body = ensureBody(envelope);
    // Beside the old content first: the detail may be part of it.
    const pugi::xml_node made = body.append_child(writer.name("Fault").c_str());
    writer.write(made, fault);
    removeAllBut(body, made);
    envelope.changed();
}

void setException(xml::Document& envelope, const Fault& fault) {
    pugi::xml_node body = ensureBody(envelope);
    pugi::xml_node made = body.append_child("Exception");
    if (xml::prefixOf(envelope.root().name()).empty()) xml::declare(made, "", "");
    if (fault.detail.first_child()) {
        for (pugi::xml_node child = fault.detail.first_child(); child; child = child.next_sibling()) {
            if (child.type() == pugi::node_element) {
                xml::importNode(made, child);
            } else {
                made.append_copy(child);
            }
        }
    } else {
        const std::string& text = fault.detailText.empty() ? fault.reason : fault.detailText;
        xml::Document parsed;
        if (!fault.detailText.empty() && text.starts_with('<') && xml::Document::parse(parsed, text)) {
            xml::importNode(made, parsed.root());
        } else {
            made.text().set(xmlText(text).c_str());
        }
    }
    removeAllBut(body, made);
    envelope.changed();
}

void convertFault(xml::Document& envelope, Version to) {
    const Fault fault = readFault(envelope);
    const FaultWriter writer(envelope, to);
    pugi::xml_node body = soap::body(envelope);
    const pugi::xml_node made = body.append_child(writer.name("Fault").c_str());
    writer.write(made, fault);
    removeAllBut(body, made);
}

}  // namespace myelin::message::soap
