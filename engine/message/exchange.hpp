#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <memory_resource>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/function.hpp"
#include "engine/http/server_exchange.hpp"
#include "engine/message/artifacts.hpp"
#include "engine/message/content.hpp"
#include "engine/message/fault.hpp"
#include "engine/message/properties.hpp"
#include "engine/runtime/fiber.hpp"

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

    /// An answer of a backend that waits for its out flow, or a copy of a message that could not be delivered and waits
    /// for its fault flow. `send` queues it; the dispatcher takes it after the in flow.
    struct PendingReply {
        explicit PendingReply(base::Arena& arena);
        PendingReply(const PendingReply&) = delete;
        PendingReply& operator=(const PendingReply&) = delete;
        ~PendingReply();

        http::ClientResponse response;
        Properties inherited;                     ///< default-scope properties of the request at the time of sending
        std::string_view receiving;               ///< name of the receiving sequence (send receive=), else empty
        bool loopback = false;                    ///< not a backend's answer: the message itself goes to the out flow
        std::unique_ptr<MessageContext> looped;   ///< with loopback and failure
        std::unique_ptr<MediationFault> failure;  ///< why `looped` could not be delivered
        const Mediator* onError = nullptr;        ///< with failure: of the endpoint, comes before all other handlers
    };
    struct DestroyInArena {
        void operator()(PendingReply* reply) const noexcept { reply->~PendingReply(); }
    };
    using PendingReplyPtr = std::unique_ptr<PendingReply, DestroyInArena>;
    /// A new one, in the arena.
    PendingReplyPtr makeReply();
    std::pmr::list<PendingReplyPtr>& pending() noexcept { return pending_; }

    /// Runs `work`, which sends a copy of a message and gives what comes of it to deliver(), in a fiber of its own;
    /// where the caller is in none, before it returns. The exchange does not end before its work is over. `work` must
    /// not throw.
    void runBeside(base::UniqueFunction<void()> work);
    /// Queues what came of work beside the exchange. Thrown away after abandon().
    void deliver(PendingReplyPtr reply);
    /// What the dispatcher has to deal with next: answers in the order of their arrival, then, when no more can come,
    /// what could not be delivered, so that a quick refusal does not overtake an answer. Waits for work beside the
    /// exchange; null when nothing is left.
    PendingReplyPtr nextReply();
    /// Everything that waits and that is still to come is thrown away. Waits for work beside the exchange.
    void abandon();
    /// How much work has been begun beside the exchange so far.
    std::size_t begunBeside() const noexcept { return beside_ ? beside_->begun : 0; }

    /// Name of the endpoint that answered last, empty when none did; for the access log. Lives as long as the
    /// configuration.
    void setAnsweringEndpoint(std::string_view name) noexcept { answeringEndpoint_ = name; }
    std::string_view answeringEndpoint() const noexcept { return answeringEndpoint_; }

    /// A reply will follow, so the end of the in flow is not answered with 202.
    void expectAnswer() noexcept { answerExpected_ = true; }
    bool answerExpected() const noexcept { return answerExpected_; }
    bool answered() const noexcept { return server_->answered(); }

    /// Sends the context's current message to the client (synapse-mediation 2.9: status rules, conversion to the
    /// client's kind, header rules 2.10). A second answer is not sent; trouble() says so, unless a message of this
    /// exchange went to several places, where the first answer wins (surplusAnswers()). Returns false when it was one.
    /// Throws MediationFault when the body has to be converted and cannot be read, or its stream failed before the
    /// first byte of it; nothing is sent then.
    bool answer(MessageContext& context);
    /// An answer of the engine itself, in the client's kind: a SOAP 1.1 or 1.2 fault (HTTP 500 whatever `status` is,
    /// as SOAP clients expect), a JSON or XML problem document (RFC 7807), or plain text.
    /// `allow` becomes the field Allow, which 405 needs (RFC 9110, 15.5.6), `retryAfter` (seconds) the field
    /// Retry-After; 503 always has one.
    bool answerProblem(int status,
                       int code,
                       std::string_view text,
                       std::string_view detail = {},
                       std::string_view allow = {},
                       std::uint32_t retryAfter = 0);
    /// Status only.
    bool answerEmpty(int status);
    /// What went wrong with answering (a second answer, a client that left, a backend's body that broke off), for the
    /// log; empty when nothing did.
    const std::string& trouble() const noexcept { return trouble_; }
    /// Answers that were thrown away because another recipient of the same message had been quicker.
    unsigned surplusAnswers() const noexcept { return surplusAnswers_; }

private:
    /// Work beside the exchange. One thread: fibers of the same loop.
    struct Beside {
        std::size_t begun = 0;
        std::size_t running = 0;
        bool abandoned = false;
        runtime::WaitPoint over;
        std::list<PendingReplyPtr> failed;
    };
    void waitBeside();
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
    unsigned surplusAnswers_ = 0;
    std::pmr::list<PendingReplyPtr> pending_;
    std::unique_ptr<Beside> beside_;  // made when the first is begun
};

}  // namespace myelin::message
