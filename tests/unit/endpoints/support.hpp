#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/config/build.hpp"
#include "engine/message/message_context.hpp"
#include "tests/unit/engine/message/fake_artifacts.hpp"

namespace myelin::endpoints::test {

/// One configuration document under construction, with all that it needs kept alive.
class Setup {
public:
    explicit Setup(std::string_view body, plugin::Plugins plugins = {});
    ~Setup();

    config::Element root() { return config::Element(file_->root(), *file_, diagnostics_); }
    config::Build& build() { return build_; }
    config::Diagnostics& diagnostics() { return diagnostics_; }
    /// To be set before endpoint().
    message::MediationOptions& options() { return artifacts_.settings; }
    /// The endpoints that references are joined to.
    std::map<std::string, const message::Endpoint*, std::less<>>& named() { return artifacts_.endpoints; }
    /// The document's root as a standalone endpoint called "top", its references joined.
    std::unique_ptr<message::Endpoint> endpoint();
    /// What was found, one finding a line; empty when all is well.
    std::string findings() const;
    bool found(std::string_view part) const { return findings().find(part) != std::string::npos; }

private:
    config::Diagnostics diagnostics_;
    std::unique_ptr<config::SourceFile> file_;
    config::StateStore states_;
    message::test::FakeArtifacts artifacts_;
    config::Build build_;
};

/// A plugin of the tests (tests/unit/engine/plugin/libraries); "good" has test.Fixed and test.One.
plugin::Plugins testPlugins(const std::string& kind = "good");

/// What the children of a test are to do, and what they were asked to. A child is `<scripted id="A">` with the failure
/// policy of a leaf in it; it fails with the codes of its script, one an attempt, then as `always` says.
struct Script {
    struct Child {
        std::vector<int> codes;  ///< 0: answers
        int always = 0;
        bool callerFault = false;
        bool reaches = false;    ///< its failures come after the server may have seen the request
        bool readsBody = false;  ///< takes the body's first piece off the network before it fails
    };
    std::map<std::string, Child, std::less<>> children;
    std::vector<std::string> attempts;  ///< ids, in order
    std::string sawProperty;            ///< the default-scope property "seen" at the last attempt
    base::Duration clock{0};            ///< how far the leaves' clock is ahead of the real one

    /// The attempts since the last call, as "A B".
    std::string taken();
    static Script& instance();
    /// Forgets everything; the named children then fail always: {"A", 101503}.
    static void reset(std::initializer_list<std::pair<std::string_view, int>> always = {});
};

/// A body that comes in pieces and is not in memory beforehand.
class StreamedBody final : public http::BodySource {
public:
    StreamedBody(std::size_t pieces, std::string piece)
        : pieces_(pieces), length_(pieces * piece.size()), piece_(std::move(piece)) {}
    http::BodyPart next(http::Deadline) override {
        if (pieces_ == 0) return {};
        --pieces_;
        return {http::BodyStatus::Data, piece_};
    }
    std::optional<std::uint64_t> length() const noexcept override { return length_; }
    std::optional<std::string_view> wholeIfBuffered() const noexcept override { return std::nullopt; }

private:
    std::size_t pieces_;
    std::size_t length_;
    std::string piece_;
};

/// One client's request, and the message that it makes.
class Message final : public http::ServerExchange {
public:
    explicit Message(std::string_view method = "GET", std::string_view target = "/", http::BodySource* body = nullptr);
    ~Message() override;

    http::RequestHead& request() noexcept override { return head_; }
    http::BodySource* requestBody() noexcept override { return body_; }
    base::Arena& arena() noexcept override { return arena_; }
    http::AnswerResult answer(const http::OutgoingResponse&) override { return http::AnswerResult::Sent; }
    std::string_view peerAddress() const noexcept override { return "127.0.0.1"; }
    bool secure() const noexcept override { return secure_; }
    std::uint16_t localPort() const noexcept override { return 8280; }

    /// As if the client had come over TLS.
    void makeSecure() noexcept { secure_ = true; }
    message::MessageContext& context();
    message::MediationOptions& options();
    http::ClientResponse& reply() { return *reply_; }
    /// Sends it, or sends it again.
    message::SendOutcome send(const message::Endpoint& endpoint,
                              runtime::Deadline deadline = runtime::Deadline::never());

private:
    struct Parts;
    base::Arena arena_;
    http::RequestHead head_;
    http::BodySource* body_;
    bool secure_ = false;
    std::unique_ptr<Parts> parts_;
    std::unique_ptr<http::ClientResponse> reply_;
};

/// For what has to happen within a test: 20 s from now.
runtime::Deadline soon();

/// Sends one message of its own.
message::SendOutcome send(const message::Endpoint& endpoint);

}  // namespace myelin::endpoints::test
