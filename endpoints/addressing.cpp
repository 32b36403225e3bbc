#include "endpoints/addressing.hpp"

#include <Poco/UUIDGenerator.h>

#include "engine/message/fault.hpp"
#include "engine/message/message_context.hpp"
#include "engine/xml/writer.hpp"

namespace myelin::endpoints {

void addAddressing(message::MessageContext& context,
                   message::AddressingVersion version,
                   const std::string& to,
                   message::WireRequest& wire) {
    auto& body = wire.body;
    if (!message::isSoap(body.kind) || body.body.kind != http::OutgoingBody::Kind::Bytes) return;
    xml::Document envelope;
    if (const auto parsed = xml::Document::parse(envelope, body.body.bytes); !parsed) {
        throw message::MediationFault(message::error_code::kMessageParsing,
                                      "the envelope cannot be given WS-Addressing headers: " + parsed.text())
            .withStatus(400);
    }
    const std::string messageId = "urn:uuid:" + Poco::UUIDGenerator::defaultGenerator().createRandom().toString();
    message::Addressing fields = context.addressing();
    fields.to = to;
    fields.relatesTo = {};
    if (fields.messageId.empty()) fields.messageId = messageId;
    if (fields.replyTo.empty()) {
        fields.replyTo = version == message::AddressingVersion::Final
                             ? "http://www.w3.org/2005/08/addressing/anonymous"
                             : "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous";
    }
    message::writeAddressing(envelope, fields, version);
    std::string text;
    xml::write(envelope.tree(), text);
    body.storage = std::move(text);
    body.body = http::OutgoingBody::of(body.storage);
}

}  // namespace myelin::endpoints
