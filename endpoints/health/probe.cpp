#include "endpoints/health/probe.hpp"

#include <exception>

#include "endpoints/soap_fault_answer.hpp"
#include "engine/message/content.hpp"
#include "engine/message/soap_fault.hpp"
#include "engine/runtime/loop.hpp"
#include "engine/runtime/resolver.hpp"
#include "engine/runtime/stream.hpp"

namespace myelin::endpoints {

namespace {

using Verdict = ProbeResult::Verdict;

/// More of an answer than this is neither waited for nor looked at.
constexpr std::size_t kMostOfBody = 256u << 10;

void decide(ProbeResult& result, Verdict verdict, std::string text) {
    result.verdict = verdict;
    result.text = std::move(text);
}

void probeTcp(const ProbeTarget& target, runtime::Deadline deadline, ProbeResult& result) {
    const auto& origin = *target.origin;
    const auto found = runtime::resolve(origin.host(), origin.port(), deadline);
    std::string why = found.error;
    for (const auto& address : found.addresses) {
        auto connected = runtime::connectTcp(address, deadline);
        if (connected.stream) {
            connected.stream->close();
            return decide(result, Verdict::Good, "it takes connections");
        }
        why = connected.text;
    }
    decide(result, Verdict::Bad, why);
}

/// The body as far as it is looked at; false, with the result decided, when it does not come as it should.
bool readBody(const http::ClientResponse& response,
              runtime::Deadline deadline,
              std::string& body,
              ProbeResult& result) {
    while (response.body) {
        const http::BodyPart part = response.body->next(deadline);
        if (part.status == http::BodyStatus::End) return true;
        if (part.status != http::BodyStatus::Data) {
            const bool late = part.status == http::BodyStatus::TimedOut;
            decide(result, Verdict::Bad, late ? "the body did not come in time" : "the body broke off");
            return false;
        }
        body += part.bytes;
        if (body.size() > kMostOfBody) return true;
    }
    return true;
}

/// Whether what the body says is decided; if not, it meets the expectations.
bool judgeXml(const HealthCheck& check, std::string_view type, const std::string& body, ProbeResult& result) {
    xml::Document document;
    const bool soap = check.type == HealthCheck::Type::Soap;
    const auto parsed = xml::Document::parse(document, body, {}, message::contentTypeParameter(type, "charset"));
    if (!parsed) {
        decide(result, Verdict::Bad, "the body is no XML: " + parsed.text());
        return true;
    }
    if (soap && !message::soap::versionOf(document)) {
        decide(result, Verdict::Bad, "the body is no SOAP envelope");
        return true;
    }
    if (auto unmet = check.expect.unmetXml(document); !unmet.empty()) {
        decide(result, Verdict::Bad, std::move(unmet));
        return true;
    }
    if (!soap || !check.expect.xml.empty() || !message::soap::isFault(document)) return false;
    const auto fault = seenFault(document);
    // What the caller did wrong says nothing about the server, but that it has understood.
    const bool callers = fault.side == FaultSide::Caller;
    decide(result, callers ? Verdict::Neutral : Verdict::Bad, "the server answered with the SOAP fault " + fault.text);
    return true;
}

void judge(const HealthCheck& check,
           const http::ClientResponse& response,
           runtime::Deadline deadline,
           ProbeResult& result) {
    result.status = response.head.status;
    const std::string answered = "the server answered " + std::to_string(result.status);
    std::string body;
    // Also one that nobody asks for: a server that cannot finish its answers is not well.
    if (!readBody(response, deadline, body, result)) return;

    const auto& headers = response.head.headers;
    const bool soap = check.type == HealthCheck::Type::Soap;
    const bool xml = soap || !check.expect.xml.empty();
    const auto type = headers.get(http::HeaderId::ContentType).value_or(std::string_view());
    const auto status = check.expect.judge(result.status);
    // SOAP 1.1 sends each fault with 500, so the fault says more.
    const bool mayBeFault = soap && check.expect.xml.empty() && message::isXml(message::classifyContent(type));
    if (status != Expectations::StatusIs::Good && !(status == Expectations::StatusIs::Bad && mayBeFault)) {
        const bool bad = status == Expectations::StatusIs::Bad;
        return decide(result, bad ? Verdict::Bad : Verdict::Neutral, answered);
    }
    if (auto unmet = check.expect.unmetHeader(headers); !unmet.empty()) {
        return decide(result, Verdict::Bad, answered + ", but " + unmet);
    }
    if (xml || check.expect.needBody()) {
        if (body.size() > kMostOfBody) return decide(result, Verdict::Bad, "the body is larger than 256 KiB");
        if (headers.get(http::HeaderId::ContentEncoding)) {
            return decide(result, Verdict::Bad, "the body is compressed, though nobody asked for that");
        }
    }
    if (xml && judgeXml(check, type, body, result)) return;
    if (auto unmet = check.expect.unmetJson(body); !unmet.empty()) {
        return decide(result, Verdict::Bad, answered + ", but " + unmet);
    }
    decide(result, status == Expectations::StatusIs::Good ? Verdict::Good : Verdict::Bad, answered);
}

void probeHttp(const HealthCheck& check, const ProbeTarget& target, runtime::Deadline deadline, ProbeResult& result) {
    base::Arena arena;
    http::Headers headers(arena);
    headers.add("User-Agent", "Myelin health check");
    for (const auto& [name, value] : check.headers) headers.set(name, value);
    std::string_view host;
    if (const auto given = headers.get(http::HeaderId::Host)) host = arena.copy(*given);
    http::OutgoingRequest request;
    request.method = check.method;
    request.target = target.path;
    request.host = host;
    request.headers = &headers;
    if (!check.body.empty()) request.body = http::OutgoingBody::of(check.body);
    request.close = true;
    request.responseTime = check.timeout;
    http::ClientResponse response(arena);
    http::Client::current().send(*target.origin, request, response, deadline);
    if (!response.ok()) return decide(result, Verdict::Bad, response.errorText);
    judge(check, response, deadline, result);
}

}  // namespace

std::string ProbeTarget::text() const {
    return (origin->secure() ? "https://" : "http://") + origin->authority() + path;
}

ProbeResult probe(const HealthCheck& check, const ProbeTarget& target) {
    ProbeResult result;
    const bool tcp = check.type == HealthCheck::Type::Tcp;
    result.request = tcp ? "connection to " + target.origin->host() + ":" + std::to_string(target.origin->port())
                         : check.method + " " + target.text();
    const auto start = runtime::now();
    const auto deadline = runtime::Deadline::after(check.timeout, start);
    try {
        if (tcp)
            probeTcp(target, deadline, result);
        else
            probeHttp(check, target, deadline, result);
    } catch (const std::exception& error) {
        // Whatever it is: a probe that does not end well must not end the probes.
        decide(result, Verdict::Bad, std::string("the probe failed: ") + error.what());
    }
    result.took = runtime::now() - start;
    return result;
}

}  // namespace myelin::endpoints
