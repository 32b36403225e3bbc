#include "endpoints/addressing.hpp"

#include <Poco/UUIDGenerator.h>

#include "engine/message/message_context.hpp"

namespace myelin::endpoints {

message::AddressingWish addressingFor(message::MessageContext& context,
                                      message::AddressingVersion version,
                                      std::string_view to) {
    message::AddressingWish wish{version, context.addressingOfEnvelope()};
    message::Addressing& fields = wish.fields;
    fields.to = context.arena().copy(to);
    fields.relatesTo = {};
    if (fields.messageId.empty()) {
        const std::string unique = Poco::UUIDGenerator::defaultGenerator().createRandom().toString();
        fields.messageId = context.arena().join("urn:uuid:", unique);
    }
    if (fields.replyTo.empty()) {
        fields.replyTo = version == message::AddressingVersion::Final
                             ? "http://www.w3.org/2005/08/addressing/anonymous"
                             : "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous";
    }
    return wish;
}

}  // namespace myelin::endpoints
