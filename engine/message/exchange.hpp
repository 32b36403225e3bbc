#pragma once

#include <list>
#include <memory>
#include <memory_resource>
#include <string>
#include <string_view>
#include <vector>

#include "engine/http/server_exchange.hpp"
#include "engine/message/artifacts.hpp"
#include "engine/message/content.hpp"
#include "engine/message/properties.hpp"

namespace myelin::message {

class MessageContext;

/// A client's call from its request to its answer: what all messages that it causes have in common. The dispatcher
/// makes one on its stack. One fiber uses it.
class Exchange {
public:
    Exchange(http::ServerExchange& server, const Artifacts& artifacts);
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;
    ~Exchange();

    http::ServerExchange& server() noexcept { return *server_; }
    const Artifacts& artifacts() const noexcept { return *artifacts_; }
    const MediationOptions& options() const noexcept { return artifacts_->options(); }
    base::Arena& arena() noexcept { return server_->arena(); }
    /// When the whole exchange has to be over.
    runtime::Deadline deadline() const noexcept { return deadline_; }
    /// Scope operation: shared by request and response.
    Properties& operationProperties() noexcept { return operation_; }

    /// What the client speaks: decides the form of answers and errors. By the request's Content-Type; a request
    /// without body is judged by its Accept field (JSON if it asks for that), else Pox.
    ContentKind clientKind() const noexcept { return clientKind_; }
    void setClientKind(ContentKind kind) noexcept { clientKind_ = kind; }

    /// An answer of a backend that waits for its out flow. `send` queues it; the dispatcher takes it after the in flow.
    struct PendingReply {
        explicit PendingReply(base::Arena& arena);
        PendingReply(const PendingReply&) = delete;
        PendingReply& operator=(const PendingReply&) = delete;
        ~PendingReply();

        http::ClientResponse response;
        Properties inherited;                    ///< default-scope properties of the request at the time of sending
        std::string_view receiving;              ///< name of the receiving sequence (send receive=), else empty
        bool loopback = false;                   ///< not a backend's answer: the message itself goes to the out flow
        std::unique_ptr<MessageContext> looped;  ///< with loopback
    };
    struct DestroyInArena {
        void operator()(PendingReply* reply) const noexcept { reply->~PendingReply(); }
    };
    using PendingReplyPtr = std::unique_ptr<PendingReply, DestroyInArena>;
    /// A new one, in the arena.
    PendingReplyPtr makeReply();
    std::pmr::list<PendingReplyPtr>& pending() noexcept { return pending_; }

    /// Name of the endpoint that answered last, empty when none did; for the access log. Lives as long as the
    /// configuration.
    void setAnsweringEndpoint(std::string_view name) noexcept { answeringEndpoint_ = name; }
    std::string_view answeringEndpoint() const noexcept { return answeringEndpoint_; }

    /// A reply will follow, so the end of the in flow is not answered with 202.
    void expectAnswer() noexcept { answerExpected_ = true; }
    bool answerExpected() const noexcept { return answerExpected_; }
    bool answered() const noexcept { return server_->answered(); }

    /// Sends the context's current message to the client (synapse-mediation 2.9: status rules, conversion to the
    /// client's kind, header rules 2.10). A second answer is not sent; trouble() says so. Returns false when it was
    /// one. Throws MediationFault when the body has to be converted and cannot be read, or its stream failed before the
    /// first byte of it; nothing is sent then.
    bool answer(MessageContext& context);
    /// An answer of the engine itself, in the client's kind: a SOAP 1.1 or 1.2 fault (HTTP 500 whatever `status` is,
    /// as SOAP clients expect), a JSON or XML problem document (RFC 7807), or plain text.
    /// `allow` becomes the field Allow, which 405 needs (RFC 9110, 15.5.6).
    bool answerProblem(
        int status, int code, std::string_view text, std::string_view detail = {}, std::string_view allow = {});
    /// Status only.
    bool answerEmpty(int status);
    /// What went wrong with answering (a second answer, a client that left, a backend's body that broke off), for the
    /// log; empty when nothing did.
    const std::string& trouble() const noexcept { return trouble_; }

private:
    bool begin();
    void send(http::OutgoingResponse& response);

    http::ServerExchange* server_;
    const Artifacts* artifacts_;
    runtime::Deadline deadline_;
    Properties operation_;
    ContentKind clientKind_;
    std::string_view answeringEndpoint_;
    bool answerExpected_ = false;
    std::string trouble_;
    std::pmr::list<PendingReplyPtr> pending_;
};

}  // namespace myelin::message
