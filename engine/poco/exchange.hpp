#pragma once

#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/HTTPServerResponse.h>

#include <optional>

#include "engine/http/body_reader.hpp"
#include "engine/http/guard.hpp"
#include "engine/http/limits.hpp"
#include "engine/http/server_exchange.hpp"
#include "engine/poco/socket_stream.hpp"
#include "engine/runtime/peer_gone.hpp"

namespace myelin::poco {

/// One request that a Poco server has taken. Poco reads the head, and the rules of http::FieldGuard are applied to what
/// it made of it. Body and answer go over Poco's socket, but through our own reader and writer: Poco's chunked stream
/// takes a body that broke off for a whole one, and loses its place behind trailers.
///
/// What Poco's parser has already hidden cannot be refused here: lines without a colon, folded lines, lines that end
/// without CR. A client that sends its next request before the answer to one with a body has to send it again on
/// another connection (RFC 9112 9.3.2), since bytes cannot be put back into Poco's session.
class Exchange final : public http::ServerExchange {
public:
    Exchange(Poco::Net::HTTPServerRequestImpl& request,
             Poco::Net::HTTPServerResponse& response,
             const http::Limits& limits);

    /// Takes the head over from Poco. When it is refused, only refuse() and finish() may follow.
    http::Refusal readHead();
    /// Answers with the refusal and ends the connection.
    void refuse(const http::Refusal& refusal);

    http::RequestHead& request() noexcept override { return head_; }
    http::BodySource* requestBody() noexcept override { return body_ ? &*body_ : nullptr; }
    base::Arena& arena() noexcept override { return arena_; }
    http::AnswerResult answer(const http::OutgoingResponse& response) override;
    std::uint64_t bodyBytesReceived() const noexcept override { return body_ ? body_->received() : 0; }
    std::string_view peerAddress() const noexcept override;
    bool secure() const noexcept override { return stream_.secure(); }
    std::uint16_t localPort() const noexcept override;
    bool clientGone() noexcept override { return runtime::peerGone(stream_); }

    /// After the handler: answers if it did not, and tells Poco whether the connection stands at the next request.
    void finish();

private:
    http::Refusal readRequestLine(std::string_view& authority);
    http::Refusal readFields(http::FieldGuard& guard);
    void openBody();
    bool bodyIsLeft() const noexcept;
    bool standsAtNextRequest();
    void linger();

    Poco::Net::HTTPServerRequestImpl& request_;
    Poco::Net::HTTPServerResponse& response_;
    const http::Limits& limits_;
    mutable base::Arena arena_;
    http::RequestHead head_;
    SocketStream stream_;
    http::MessageBuffer buffer_;
    std::optional<http::MessageBodyReader> body_;
    bool continuePending_ = false;  // the client waits for 100 Continue and has not got it
    bool keepAlive_ = false;
    bool cut_ = false;
};

}  // namespace myelin::poco
