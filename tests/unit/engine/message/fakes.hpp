#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/strings.hpp"
#include "engine/http/client.hpp"
#include "engine/http/server_exchange.hpp"
#include "engine/message/exchange.hpp"
#include "engine/message/message_context.hpp"
#include "tests/unit/engine/message/fake_artifacts.hpp"

namespace myelin::message::test {

/// A body that comes in given pieces and ends as told. With `whole` it is in memory from the start, as small bodies
/// are; that needs exactly one piece.
class FakeBodySource final : public http::BodySource {
public:
    explicit FakeBodySource(std::string text) : FakeBodySource(std::vector<std::string>{std::move(text)}) {}
    explicit FakeBodySource(std::vector<std::string> pieces, http::BodyStatus end = http::BodyStatus::End)
        : pieces_(std::move(pieces)), end_(end) {}

    bool whole = false;
    std::optional<std::uint64_t> announced;  ///< Content-Length
    unsigned calls = 0;                      ///< of next()

    http::BodyPart next(http::Deadline) override {
        ++calls;
        if (at_ == pieces_.size()) return {end_, {}};
        return {http::BodyStatus::Data, pieces_[at_++]};
    }
    std::optional<std::uint64_t> length() const noexcept override { return announced; }
    std::optional<std::string_view> wholeIfBuffered() const noexcept override {
        if (!whole) return std::nullopt;
        return at_ == 0 ? std::string_view(pieces_.front()) : std::string_view();
    }

private:
    std::vector<std::string> pieces_;
    http::BodyStatus end_;
    std::size_t at_ = 0;
};

/// Everything of a body, as a writer would send it, and how it ended.
struct Drained {
    std::string text;
    http::BodyStatus status = http::BodyStatus::End;
};

inline Drained drain(const http::OutgoingBody& body) {
    Drained out;
    if (body.kind == http::OutgoingBody::Kind::Bytes) out.text = std::string(body.bytes);
    if (body.kind != http::OutgoingBody::Kind::Source) return out;
    for (;;) {
        const http::BodyPart part = body.source->next(http::Deadline::never());
        if (part.status != http::BodyStatus::Data) {
            out.status = part.status;
            return out;
        }
        out.text.append(part.bytes);
    }
}

using FieldList = std::vector<std::pair<std::string, std::string>>;

inline FieldList fieldsOf(const http::Headers& headers) {
    FieldList out;
    for (const http::HeaderField& field : headers) out.emplace_back(field.name, field.value);
    return out;
}

/// The first value of that name; nothing when there is none.
inline std::optional<std::string> fieldOf(const FieldList& fields, std::string_view name) {
    for (const auto& [key, value] : fields) {
        if (base::equalsIgnoreCase(key, name)) return value;
    }
    return std::nullopt;
}

/// A client's request that records its answer.
class FakeServerExchange final : public http::ServerExchange {
public:
    explicit FakeServerExchange(std::string method = "POST",
                                std::string target = "/services/Quote",
                                const FieldList& requestFields = {}) {
        head_.method = arena_.copy(method);
        head_.target = arena_.copy(target);
        head_.host = "myelin.test";
        for (const auto& [name, value] : requestFields) head_.headers.add(name, value);
    }
    /// With a body in memory, and its Content-Type.
    FakeServerExchange(std::string method, std::string target, std::string contentType, std::string body)
        : FakeServerExchange(
              std::move(method), std::move(target), FieldList{{"Content-Type", std::move(contentType)}}) {
        setBody(std::move(body));
    }

    void setBody(std::string body) {
        auto source = std::make_unique<FakeBodySource>(std::move(body));
        source->whole = true;
        setBody(std::move(source));
    }
    void setBody(std::unique_ptr<FakeBodySource> source) {
        body_ = std::move(source);
        head_.chunked = true;
    }
    FakeBodySource* body() noexcept { return body_.get(); }

    // What was answered.
    int status = 0;
    std::string reason;
    FieldList fields;
    http::OutgoingBody::Kind bodyKind = http::OutgoingBody::Kind::None;
    std::string answerBody;
    unsigned answers = 0;
    http::AnswerResult result = http::AnswerResult::Sent;  ///< what the next answer comes to
    bool begun = true;                                     ///< a byte of it leaves before that

    std::optional<std::string> field(std::string_view name) const { return fieldOf(fields, name); }

    http::RequestHead& request() noexcept override { return head_; }
    http::BodySource* requestBody() noexcept override { return body_.get(); }
    base::Arena& arena() noexcept override { return arena_; }
    http::AnswerResult answer(const http::OutgoingResponse& response) override {
        ++answers;
        answeredStatus_ = status = response.status;
        reason = std::string(response.reason);
        if (response.headers) fields = fieldsOf(*response.headers);
        bodyKind = response.body.kind;
        answerBody = drain(response.body).text;
        bodyBytesSent_ = answerBody.size();
        if (!begun) answeredStatus_ = 0;
        return result;
    }
    std::string_view peerAddress() const noexcept override { return "192.0.2.7"; }
    bool secure() const noexcept override { return false; }
    std::uint16_t localPort() const noexcept override { return 8280; }

private:
    base::Arena arena_;
    http::RequestHead head_{arena_};
    std::unique_ptr<FakeBodySource> body_;
};

/// A backend's answer as the client leaves it. `body` (may be null) outlives the reply.
inline void fillReply(Exchange::PendingReply& reply,
                      int status,
                      std::string_view contentType,
                      http::BodySource* body,
                      const FieldList& fields = {}) {
    reply.response.head.status = status;
    reply.response.head.reason = "As Said";
    if (!contentType.empty()) reply.response.head.headers.add("Content-Type", contentType);
    for (const auto& [name, value] : fields) reply.response.head.headers.add(name, value);
    reply.response.body = body;
}

/// A whole client call for tests of mediators and endpoints: exchange, artifacts and the request's context.
struct FakeCall {
    explicit FakeCall(std::string contentType = "text/xml",
                      std::string body = {},
                      std::string method = "POST",
                      std::string target = "/services/Quote")
        : server(std::move(method), std::move(target), std::move(contentType), std::move(body)) {}
    /// A request without body, by its fields.
    struct Fields {
        FieldList list;
        std::string method = "GET";
        std::string target = "/services/Quote";
    };
    explicit FakeCall(const Fields& fields) : server(fields.method, fields.target, fields.list) {}

    FakeArtifacts artifacts;
    FakeServerExchange server;
    Exchange exchange{server, artifacts};
    MessageContext request{exchange};
};

inline std::string soap11(std::string_view body, std::string_view header = {}) {
    return R"(<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Header>)" +
           std::string(header) + "</soapenv:Header><soapenv:Body>" + std::string(body) +
           "</soapenv:Body></soapenv:Envelope>";
}
inline std::string soap12(std::string_view body, std::string_view header = {}) {
    return R"(<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header>)" + std::string(header) +
           "</s:Header><s:Body>" + std::string(body) + "</s:Body></s:Envelope>";
}

constexpr std::string_view kXmlDeclaration = R"(<?xml version="1.0" encoding="UTF-8"?>)";

}  // namespace myelin::message::test
