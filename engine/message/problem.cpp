#include "engine/message/problem.hpp"

#include "engine/http/status.hpp"
#include "engine/message/xml_text.hpp"
#include "engine/xml/writer.hpp"

namespace myelin::message {

namespace {

constexpr std::string_view kDeclaration = R"(<?xml version="1.0" encoding="UTF-8"?>)";

void element(std::string& out, std::string_view name, std::string_view text) {
    out.append("<").append(name).append(">");
    xml::appendEscapedText(xmlText(text), out);
    out.append("</").append(name).append(">");
}

/// Content of a fault's detail: an element of its own namespace, as SOAP wants it.
void faultDetail(std::string& out, const Problem& problem) {
    out += R"(<e:error xmlns:e="urn:myelin:error">)";
    if (problem.code != 0) element(out, "e:code", std::to_string(problem.code));
    if (!problem.detail.empty()) element(out, "e:detail", problem.detail);
    out += "</e:error>";
}

std::string soap11(const Problem& problem) {
    std::string out(kDeclaration);
    out +=
        R"(<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body><soapenv:Fault>)";
    element(out, "faultcode", problem.status < 500 ? "soapenv:Client" : "soapenv:Server");
    element(out, "faultstring", problem.text);
    out += "<detail>";
    faultDetail(out, problem);
    out += "</detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>";
    return out;
}

std::string soap12(const Problem& problem) {
    std::string out(kDeclaration);
    out += R"(<soapenv:Envelope xmlns:soapenv="http://www.w3.org/2003/05/soap-envelope"><soapenv:Body><soapenv:Fault>)";
    out += "<soapenv:Code>";
    element(out, "soapenv:Value", problem.status < 500 ? "soapenv:Sender" : "soapenv:Receiver");
    out += R"(</soapenv:Code><soapenv:Reason><soapenv:Text xml:lang="en">)";
    xml::appendEscapedText(xmlText(problem.text), out);
    out += "</soapenv:Text></soapenv:Reason><soapenv:Detail>";
    faultDetail(out, problem);
    out += "</soapenv:Detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>";
    return out;
}

void jsonText(std::string& out, std::string_view text) {
    constexpr std::string_view kHex = "0123456789abcdef";
    out += '"';
    for (const char c : xmlText(text)) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20) {
            out += "\\u00";
            out += kHex[byte >> 4U];
            out += kHex[byte & 15U];
        } else {
            out += c;
        }
    }
    out += '"';
}

std::string json(const Problem& problem) {
    std::string out = R"({"type":"about:blank","title":)";
    jsonText(out, http::reasonPhrase(problem.status));
    out += R"(,"status":)" + std::to_string(problem.status) + R"(,"detail":)";
    jsonText(out, problem.text);
    if (problem.code != 0) out += R"(,"code":)" + std::to_string(problem.code);
    if (!problem.detail.empty()) {
        out += R"(,"cause":)";
        jsonText(out, problem.detail);
    }
    out += '}';
    return out;
}

std::string xmlDocument(const Problem& problem) {
    std::string out(kDeclaration);
    out += R"(<problem xmlns="urn:ietf:rfc:7807">)";
    element(out, "type", "about:blank");
    element(out, "title", http::reasonPhrase(problem.status));
    element(out, "status", std::to_string(problem.status));
    element(out, "detail", problem.text);
    if (problem.code != 0) element(out, "code", std::to_string(problem.code));
    if (!problem.detail.empty()) element(out, "cause", problem.detail);
    out += "</problem>";
    return out;
}

std::string plain(const Problem& problem) {
    std::string out = std::to_string(problem.status);
    out.append(" ").append(http::reasonPhrase(problem.status)).append("\n");
    out.append(xmlText(problem.text));
    if (problem.code != 0) out.append(" (code ").append(std::to_string(problem.code)).append(")");
    out += '\n';
    if (!problem.detail.empty()) out.append(xmlText(problem.detail)).append("\n");
    return out;
}

}  // namespace

RenderedProblem renderProblem(ContentKind client, const Problem& problem) {
    Problem shown = problem;
    if (shown.detail == shown.text) shown.detail = {};
    switch (client) {
        case ContentKind::Soap11:
            return {500, "text/xml; charset=UTF-8", soap11(shown)};
        case ContentKind::Soap12:
            return {500, "application/soap+xml; charset=UTF-8", soap12(shown)};
        case ContentKind::Json:
            return {shown.status, "application/problem+json", json(shown)};
        case ContentKind::Pox:
            return {shown.status, "application/problem+xml; charset=UTF-8", xmlDocument(shown)};
        case ContentKind::None:
        case ContentKind::Form:
        case ContentKind::Text:
        case ContentKind::Opaque:
            break;
    }
    return {shown.status, "text/plain; charset=UTF-8", plain(shown)};
}

}  // namespace myelin::message
