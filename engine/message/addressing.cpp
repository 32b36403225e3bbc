#include "engine/message/addressing.hpp"

#include <string>

#include "engine/base/strings.hpp"
#include "engine/message/content.hpp"
#include "engine/message/soap.hpp"
#include "engine/xml/namespaces.hpp"

namespace myelin::message {

namespace {

bool isAddressing(pugi::xml_node block) noexcept {
    const std::string_view uri = xml::namespaceUri(block);
    return uri == kAddressingNamespace || uri == kAddressingSubmissionNamespace;
}

std::string_view textOf(pugi::xml_node element) noexcept {
    return base::trim(element.text().get());
}

std::string_view addressOf(pugi::xml_node reference) noexcept {
    return textOf(xml::child(reference, xml::namespaceUri(reference), "Address"));
}

}  // namespace

Addressing readAddressing(const xml::Document& envelope, base::Arena& arena) {
    Addressing found;
    const pugi::xml_node header = soap::header(envelope);
    for (pugi::xml_node block = xml::firstElement(header); block; block = xml::nextElement(block)) {
        if (!isAddressing(block)) continue;
        const std::string_view local = xml::localName(block);
        if (local == "To") found.to = arena.copy(textOf(block));
        if (local == "From") found.from = arena.copy(addressOf(block));
        if (local == "Action") found.action = arena.copy(textOf(block));
        if (local == "ReplyTo") found.replyTo = arena.copy(addressOf(block));
        if (local == "FaultTo") found.faultTo = arena.copy(addressOf(block));
        if (local == "MessageID") found.messageId = arena.copy(textOf(block));
        if (local == "RelatesTo") found.relatesTo = arena.copy(textOf(block));
    }
    return found;
}

std::size_t stripAddressing(xml::Document& envelope) {
    pugi::xml_node header = soap::header(envelope);
    std::size_t removed = 0;
    for (pugi::xml_node block = xml::firstElement(header); block;) {
        const pugi::xml_node following = xml::nextElement(block);
        if (isAddressing(block)) {
            header.remove_child(block);
            ++removed;
        }
        block = following;
    }
    if (removed != 0) envelope.changed();
    return removed;
}

void writeAddressing(xml::Document& envelope, const Addressing& addressing, AddressingVersion version) {
    stripAddressing(envelope);
    const std::string_view uri =
        version == AddressingVersion::Final ? kAddressingNamespace : kAddressingSubmissionNamespace;
    pugi::xml_node header = soap::ensureHeader(envelope);
    const std::string_view envelopePrefix = xml::prefixOf(header.name());

    const auto block = [&](const char* name) {
        pugi::xml_node made = header.append_child((std::string("wsa:") + name).c_str());
        xml::declare(made, "wsa", uri);
        return made;
    };
    const auto text = [&](const char* name, std::string_view value, bool optionalToUnderstand) {
        if (value.empty()) return;
        pugi::xml_node made = block(name);
        if (optionalToUnderstand && !envelopePrefix.empty()) {
            const std::string attribute = std::string(envelopePrefix) + ":mustUnderstand";
            made.append_attribute(attribute.c_str()).set_value("0");
        }
        made.text().set(std::string(value).c_str());
    };
    const auto reference = [&](const char* name, std::string_view address) {
        if (address.empty()) return;
        block(name).append_child("wsa:Address").text().set(std::string(address).c_str());
    };

    text("To", addressing.to, true);
    reference("From", addressing.from);
    reference("ReplyTo", addressing.replyTo);
    reference("FaultTo", addressing.faultTo);
    text("Action", addressing.action, true);
    text("MessageID", addressing.messageId, false);
    text("RelatesTo", addressing.relatesTo, false);
    envelope.changed();
}

}  // namespace myelin::message
