#pragma once

#include "engine/http/body_reader.hpp"
#include "engine/http/sender.hpp"
#include "engine/http/server_connection.hpp"
#include "engine/http/server_exchange.hpp"
#include "engine/runtime/peer_gone.hpp"

namespace myelin::http {

/// One request on a connection of ours.
class ServerRequest final : public ServerExchange {
public:
    ServerRequest(ServerConnection& connection, RequestHead& head, MessageBodyReader& body, base::Arena& arena);

    RequestHead& request() noexcept override { return head_; }
    BodySource* requestBody() noexcept override { return hasBody_ ? &body_ : nullptr; }
    base::Arena& arena() noexcept override { return arena_; }
    AnswerResult answer(const OutgoingResponse& response) override;
    std::uint64_t bodyBytesReceived() const noexcept override { return body_.received(); }
    std::string_view peerAddress() const noexcept override;
    bool secure() const noexcept override { return connection_.stream_->secure(); }
    std::uint16_t localPort() const noexcept override { return connection_.listener_.port(); }

    bool clientGone() noexcept override { return runtime::peerGone(*connection_.stream_); }

    /// After the handler: answers if it did not, reads the rest of the body if it is small. Whether the connection
    /// stands at the next request.
    bool finish();
    /// The answer broke off: the client has to see that, by a reset.
    bool cut() const noexcept { return cut_; }

private:
    bool keepAliveAfter(const OutgoingResponse& response) const noexcept;
    bool bodyIsLeft() const noexcept;

    ServerConnection& connection_;
    RequestHead& head_;
    MessageBodyReader& body_;
    base::Arena& arena_;
    bool hasBody_;
    bool continuePending_ = false;  // the client waits for 100 Continue and has not got it
    bool keepAlive_ = false;
    bool finalWritten_ = false;
    bool cut_ = false;
    mutable std::string_view peerText_;
};

}  // namespace myelin::http
