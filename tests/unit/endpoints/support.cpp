#include "tests/unit/endpoints/support.hpp"

#include <Poco/File.h>
#include <Poco/TemporaryFile.h>
#include <boost/test/unit_test.hpp>

#include <filesystem>

#include "endpoints/failure_policy.hpp"
#include "endpoints/state.hpp"
#include "engine/base/clock.hpp"

namespace myelin::endpoints::test {

namespace {

std::string wrapped(std::string_view body) {
    const auto end = body.find_first_of(" >/");
    return std::string(body.substr(0, end)) + " xmlns=\"http://ws.apache.org/ns/synapse\"" +
           std::string(body.substr(end));
}

class ScriptedEndpoint final : public message::Endpoint {
public:
    ScriptedEndpoint(std::string id, FailurePolicy policy, std::shared_ptr<LeafState> state)
        : id_(std::move(id)), policy_(std::move(policy)), state_(std::move(state)) {}

    message::SendOutcome send(message::MessageContext& context,
                              http::ClientResponse&,
                              runtime::Deadline) const override {
        auto& script = Script::instance();
        script.attempts.push_back(id_);
        auto& mine = script.children[id_];
        if (mine.readsBody) {
            auto body = context.payload().outgoing();
            if (body.source) {
                while (body.source->next(runtime::Deadline::never()).status == http::BodyStatus::Data) {
                }
            }
        }
        script.sawProperty = context.properties(message::Scope::Default).text("seen");
        int code = mine.always;
        if (!mine.codes.empty()) {
            code = mine.codes.front();
            mine.codes.erase(mine.codes.begin());
        }
        const auto now = base::Clock::now() + script.clock;
        if (code == 0) {
            state_->onSuccess(now);
            return message::SendOutcome::success();
        }
        message::SendOutcome outcome;
        outcome.code = code;
        outcome.text = "failed";
        outcome.detail = id_;
        outcome.callerFault = mine.callerFault;
        outcome.mayHaveReachedServer = mine.reaches;
        outcome.retryForbidden = !policy_.mayTryAnother(code);
        if (!mine.callerFault) outcome.mayTryAgain = state_->onFailure(policy_, code, "script", now).mayTryAgain;
        return outcome;
    }
    bool ready(runtime::TimePoint now) const noexcept override { return state_->ready(now + Script::instance().clock); }
    std::string_view name() const noexcept override { return id_; }
    message::Bounds bounds() const noexcept override { return {1, base::Milliseconds(1)}; }
    std::size_t tries() const noexcept override { return policy_.tries(); }
    void switchOff(runtime::TimePoint now) const override { state_->switchOff(now); }
    void switchOn(runtime::TimePoint now) const override { state_->switchOn(now); }
    std::string condition(runtime::TimePoint now) const override { return ready(now) ? "" : id_ + " is down"; }

private:
    std::string id_;
    FailurePolicy policy_;
    std::shared_ptr<LeafState> state_;
};

std::unique_ptr<message::Endpoint> makeScripted(config::Element&,
                                                config::Element& kind,
                                                const config::EndpointPosition& position,
                                                config::Build& build) {
    return std::make_unique<ScriptedEndpoint>(
        kind.required("id"), FailurePolicy::read(kind), build.states().get<LeafState>(position.identity));
}

const config::Registration<config::EndpointFactory> kScripted{
    config::endpointRegistry(), "scripted", {&makeScripted, 1000, false, false}};

}  // namespace

Setup::Setup(std::string_view body, plugin::Plugins plugins)
    : file_(config::SourceFile::parse("test.xml", wrapped(body), diagnostics_)),
      build_(diagnostics_, states_, artifacts_, std::move(plugins)) {
    BOOST_REQUIRE_MESSAGE(file_, findings());
    build_.beginArtifact("endpoint", "top");
}

Setup::~Setup() = default;

std::unique_ptr<message::Endpoint> Setup::endpoint() {
    auto element = root();
    auto made = build_.endpoint(element, {"top", false});
    for (const auto& reference : build_.references()) {
        if (reference.endpoint) *reference.endpoint = artifacts_.endpoint(reference.to);
    }
    return made;
}

std::string Setup::findings() const {
    std::string text;
    for (const auto& finding : diagnostics_.sorted()) {
        text += finding.severity == config::Severity::Error ? "error: " : "warning: ";
        text += std::to_string(finding.place.line) + ": " + finding.what;
        if (!finding.help.empty()) text += " (" + finding.help + ")";
        if (!finding.place.within.empty()) text += " [" + finding.place.within + "]";
        text += '\n';
    }
    return text;
}

plugin::Plugins testPlugins(const std::string& kind) {
    const Poco::TemporaryFile folder;
    Poco::File(folder.path()).createDirectory();
    std::filesystem::copy_file(MYELIN_TEST_PLUGINS "/" + kind + ".so", folder.path() + "/" + kind + ".so");
    std::vector<plugin::Plugins::Problem> problems;
    auto loaded = plugin::Plugins::load(folder.path(), problems);
    BOOST_REQUIRE(problems.empty());
    return loaded;
}

std::string Script::taken() {
    std::string text;
    for (const auto& id : attempts) text += (text.empty() ? "" : " ") + id;
    attempts.clear();
    return text;
}

struct Message::Parts {
    explicit Parts(Message& server) : exchange(server, artifacts), context(exchange) {}
    message::test::FakeArtifacts artifacts;
    message::Exchange exchange;
    message::MessageContext context;
};

Message::Message(std::string_view method, std::string_view target, http::BodySource* body)
    : head_(arena_), body_(body), reply_(std::make_unique<http::ClientResponse>(arena_)) {
    head_.method = arena_.copy(method);
    head_.target = arena_.copy(target);
    head_.host = "esb.example:8280";
    head_.headers.add("Host", head_.host);
    if (body) head_.headers.add("Content-Type", "text/xml");
    parts_ = std::make_unique<Parts>(*this);
}

Message::~Message() = default;

message::MessageContext& Message::context() {
    return parts_->context;
}

message::MediationOptions& Message::options() {
    return parts_->artifacts.settings;
}

message::SendOutcome Message::send(const message::Endpoint& endpoint, runtime::Deadline deadline) {
    return endpoint.send(context(), *reply_, deadline);
}

message::SendOutcome send(const message::Endpoint& endpoint) {
    return Message().send(endpoint);
}

runtime::Deadline soon() {
    return runtime::Deadline::after(std::chrono::seconds(20), base::Clock::now());
}

void Script::reset(std::initializer_list<std::pair<std::string_view, int>> always) {
    instance() = {};
    for (const auto& [id, code] : always) instance().children[std::string(id)].always = code;
}

Script& Script::instance() {
    static Script script;
    return script;
}

}  // namespace myelin::endpoints::test
