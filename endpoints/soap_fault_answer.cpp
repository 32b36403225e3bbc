#include "endpoints/soap_fault_answer.hpp"

#include <limits>
#include <memory>
#include <utility>

#include "engine/message/forms.hpp"
#include "engine/message/replay_source.hpp"
#include "engine/message/soap_fault.hpp"

namespace myelin::endpoints {

namespace {

constexpr std::size_t kMostLookedAt = 64u << 10;

/// The whole body when it is no longer than that.
std::optional<std::string> shortBody(http::ClientResponse& reply, runtime::Deadline deadline) {
    if (reply.body->length().value_or(0) > kMostLookedAt) return std::nullopt;
    if (const auto whole = reply.body->wholeIfBuffered()) {
        return whole->size() <= kMostLookedAt ? std::optional<std::string>(*whole) : std::nullopt;
    }
    // Somebody has looked, and it was too long.
    if (reply.looked) return std::nullopt;
    auto looked = std::make_unique<message::ReplaySource>(*reply.body, std::numeric_limits<std::uint64_t>::max());
    std::string text;
    bool whole = false;
    while (!whole && text.size() <= kMostLookedAt) {
        const http::BodyPart part = looked->next(deadline);
        whole = part.status == http::BodyStatus::End;
        if (part.status != http::BodyStatus::Data) break;
        text.append(part.bytes);
    }
    // From here on it keeps no more.
    looked->restart();
    looked->raiseLimit(0);
    reply.looked = std::move(looked);
    reply.body = reply.looked.get();
    return whole && text.size() <= kMostLookedAt ? std::optional<std::string>(std::move(text)) : std::nullopt;
}

}  // namespace

bool soapFaultIsFailure(const message::MessageContext& context) noexcept {
    const auto* value = context.properties(message::Scope::Default).get("FORCE_ERROR_ON_SOAP_FAULT");
    if (!value) return false;
    if (const auto* text = std::get_if<std::string_view>(value)) return *text == "true";
    const auto* flag = std::get_if<bool>(value);
    return flag && *flag;
}

SeenFault seenFault(const xml::Document& envelope) {
    const auto fault = message::soap::readFault(envelope);
    SeenFault seen;
    seen.text = fault.code + ": " + fault.reason;
    // "Client.Authentication" is a Client as well (SOAP 1.1, 4.4.1).
    const std::string_view code = std::string_view(fault.code).substr(0, fault.code.find('.'));
    for (const std::string_view callers :
         {"Client", "Sender", "MustUnderstand", "VersionMismatch", "DataEncodingUnknown"}) {
        if (code == callers) seen.side = FaultSide::Caller;
    }
    // Only a Receiver's subcode takes its place in SOAP 1.2.
    const bool v12 = message::soap::versionOf(envelope) == message::soap::Version::V12;
    const bool servers = code == "Server" || code == "Receiver" || (v12 && seen.side != FaultSide::Caller);
    if (servers) seen.side = FaultSide::Server;
    return seen;
}

std::optional<SeenFault> soapFaultIn(http::ClientResponse& reply, runtime::Deadline deadline) {
    if (!reply.body || reply.head.headers.get(http::HeaderId::ContentEncoding)) return std::nullopt;
    const auto type = reply.head.headers.get(http::HeaderId::ContentType).value_or(std::string_view());
    const auto kind = message::classifyContent(type);
    if (!message::isSoap(kind)) return std::nullopt;
    const auto bytes = shortBody(reply, deadline);
    if (!bytes) return std::nullopt;
    xml::Document envelope;
    try {
        if (!message::isSoap(
                message::buildEnvelope(envelope, *bytes, kind, message::contentTypeParameter(type, "charset")))) {
            return std::nullopt;
        }
    } catch (const message::MediationFault&) {
        // No fault that anybody could read; what it is, the out flow will say.
        return std::nullopt;
    }
    if (!message::soap::isFault(envelope)) return std::nullopt;
    return seenFault(envelope);
}

}  // namespace myelin::endpoints
