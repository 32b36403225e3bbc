#pragma once

#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/config/build.hpp"
#include "engine/message/endpoint.hpp"
#include "engine/observe/log.hpp"
#include "tests/unit/engine/message/fakes.hpp"

namespace myelin::mediators::test {

using message::test::FakeArtifacts;
using message::test::FakeBodySource;
using message::test::FakeCall;
using message::test::soap11;
using message::test::soap12;

/// An endpoint that answers or fails as told.
class FakeEndpoint final : public message::Endpoint {
public:
    int status = 200;
    std::string type = "text/xml";
    std::string body;
    message::SendOutcome outcome = message::SendOutcome::success();
    mutable unsigned sends = 0;
    mutable std::list<FakeBodySource> bodies;  ///< of the answers given

    message::SendOutcome send(message::MessageContext&, http::ClientResponse& reply, runtime::Deadline) const override {
        ++sends;
        if (!outcome.answered) return outcome;
        reply.head.status = status;
        reply.head.headers.add("Content-Type", type);
        if (!body.empty()) {
            bodies.emplace_back(body);
            reply.body = &bodies.back();
        }
        return outcome;
    }
    bool ready(runtime::TimePoint) const noexcept override { return true; }
    std::string_view name() const noexcept override { return "fake"; }
    message::Bounds bounds() const noexcept override { return {1, base::Milliseconds(1)}; }
};

/// What the mediators of a test log.
class CapturedLog final : public observe::LogSink {
public:
    CapturedLog() : before_(observe::exchangeLogSink(this)) {}
    ~CapturedLog() override {
        observe::exchangeLogSink(before_);
        observe::setLogLevel(observe::Level::Info);
    }
    CapturedLog(const CapturedLog&) = delete;
    CapturedLog& operator=(const CapturedLog&) = delete;

    void write(observe::Level level, std::string_view source, std::string_view text) override {
        lines.push_back({level, std::string(source), std::string(text)});
    }

    struct Line {
        observe::Level level;
        std::string source;
        std::string text;
    };
    std::vector<Line> lines;
    /// All texts, one a line.
    std::string texts() const {
        std::string all;
        for (const Line& line : lines) all += line.text + "\n";
        return all;
    }

private:
    observe::LogSink* before_;
};

/// A configuration of sequences, linked to each other and to the endpoints that the test gives.
class Mediation {
public:
    /// `body`: what stands in <definitions>: sequences. The prefixes m0 (http://services.samples), s11, s12 and syn are
    /// declared.
    explicit Mediation(std::string_view body,
                       std::vector<std::pair<std::string, const message::Endpoint*>> endpoints = {},
                       plugin::Plugins plugins = {})
        : build_(diagnostics_, states_, artifacts_, std::move(plugins)), endpoints_(std::move(endpoints)) {
        const std::string text =
            "<definitions xmlns=\"http://ws.apache.org/ns/synapse\" xmlns:m0=\"http://services.samples\"\n"
            " xmlns:s11=\"http://schemas.xmlsoap.org/soap/envelope/\" "
            "xmlns:s12=\"http://www.w3.org/2003/05/soap-envelope\"\n"
            " xmlns:syn=\"http://ws.apache.org/ns/synapse\">\n" +
            std::string(body) + "\n</definitions>";
        file_ = config::SourceFile::parse("test.xml", text, diagnostics_);
        if (!file_) return;
        config::Element root(file_->root(), *file_, diagnostics_);
        for (config::Element& element : root.children()) {
            const std::string name = element.attribute("name", "main");
            build_.beginArtifact("sequence", name);
            if (auto made = build_.mediator(element)) sequences_.emplace_back(name, std::move(made));
        }
        link();
        // For what looks names up in the configuration that it belongs to.
        offer(artifacts_);
    }

    /// Runs a sequence on a message.
    message::Flow run(message::MessageContext& context, std::string_view name = "main") const {
        return sequence(name)->mediate(context);
    }

    /// Lets computed keys find the sequences and endpoints of this configuration.
    void offer(FakeArtifacts& artifacts) const {
        for (const auto& [name, made] : sequences_) artifacts.sequences[name] = made.get();
        for (const auto& [name, endpoint] : endpoints_) artifacts.endpoints[name] = endpoint;
    }

    /// "line: error: text", one finding a line; empty when all is well.
    std::string findings() const {
        std::string all;
        for (const config::Finding& finding : diagnostics_.sorted()) {
            all += finding.severity == config::Severity::Error ? "error: " : "warning: ";
            all += finding.what + "\n";
        }
        return all;
    }

private:
    const message::Mediator* sequence(std::string_view name) const {
        for (const auto& [known, made] : sequences_) {
            if (known == name) return made.get();
        }
        return nullptr;
    }

    void link() {
        for (const auto& reference : build_.references()) {
            bool found = false;
            if (reference.sequence) {
                *reference.sequence = sequence(reference.to);
                found = *reference.sequence != nullptr;
            }
            for (const auto& [name, endpoint] : endpoints_) {
                if (!reference.endpoint || name != reference.to) continue;
                *reference.endpoint = endpoint;
                found = true;
            }
            if (!found) diagnostics_.error(reference.place, "\"" + reference.to + "\" does not exist");
        }
    }

    config::Diagnostics diagnostics_;
    std::unique_ptr<config::SourceFile> file_;
    config::StateStore states_;
    FakeArtifacts artifacts_;
    config::Build build_;
    std::vector<std::pair<std::string, const message::Endpoint*>> endpoints_;
    std::vector<std::pair<std::string, std::unique_ptr<message::Mediator>>> sequences_;
};

/// The findings for a sequence that holds `mediators`.
inline std::string findingsOf(std::string_view mediators) {
    return Mediation("<sequence name=\"main\">" + std::string(mediators) + "</sequence>").findings();
}

inline std::string inSequence(std::string_view mediators) {
    return "<sequence name=\"main\">" + std::string(mediators) + "</sequence>";
}

/// The property as text; "<none>" when there is none.
inline std::string property(message::MessageContext& context,
                            std::string_view name,
                            message::Scope scope = message::Scope::Default) {
    const auto value = context.property(scope, name);
    return value ? message::toText(*value) : "<none>";
}

/// A quote request as the samples send it.
inline std::string quoteRequest(std::string_view symbol = "IBM") {
    return soap11("<m0:getQuote xmlns:m0=\"http://services.samples\"><m0:request><m0:symbol>" + std::string(symbol) +
                  "</m0:symbol></m0:request></m0:getQuote>");
}

}  // namespace myelin::mediators::test
