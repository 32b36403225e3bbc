// What mediation costs without network: the walk over a tree of mediators, a filter with an XPath on a SOAP message.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

#include "engine/config/build.hpp"
#include "tests/unit/engine/message/fakes.hpp"

namespace {

using namespace myelin;
using message::test::FakeCall;

/// One sequence out of XML.
class Sequence {
public:
    explicit Sequence(const std::string& mediators) {
        file_ = config::SourceFile::parse("bench.xml",
                                          "<sequence xmlns=\"http://ws.apache.org/ns/synapse\" "
                                          "xmlns:m0=\"http://services.samples\" name=\"main\">" +
                                              mediators + "</sequence>",
                                          diagnostics_);
        config::Element root(file_->root(), *file_, diagnostics_);
        mediator_ = build_.mediator(root);
        if (diagnostics_.hasErrors()) {
            diagnostics_.print(std::cerr);
            std::abort();
        }
    }
    message::Flow run(message::MessageContext& context) const { return mediator_->mediate(context); }

private:
    config::Diagnostics diagnostics_;
    std::unique_ptr<config::SourceFile> file_;
    config::StateStore states_;
    message::test::FakeArtifacts artifacts_;
    config::Build build_{diagnostics_, states_, artifacts_};
    std::unique_ptr<message::Mediator> mediator_;
};

/// A sequence, four filters deep and wide, 21 nodes in all, none of which looks at the body.
std::string tree() {
    const std::string leaf = "<in/>";
    const std::string branch = "<in>" + leaf + leaf + leaf + leaf + "</in>";
    return branch + branch + branch + branch;
}

void walkOfTree(benchmark::State& state) {
    const Sequence sequence(tree());
    FakeCall call;
    for (auto _ : state) benchmark::DoNotOptimize(sequence.run(call.request));
}
BENCHMARK(walkOfTree);

/// 1 KiB, as a stock quote request is with some ballast.
std::string quoteRequest() {
    const std::string around = message::test::soap11(
        "<m0:getQuote xmlns:m0=\"http://services.samples\"><m0:request><m0:symbol>IBM</m0:symbol></m0:request>"
        "<m0:note></m0:note></m0:getQuote>");
    std::string text = around;
    text.insert(text.find("</m0:note>"), std::string(1024 - around.size(), 'x'));
    return text;
}

constexpr const char* kFilter =
    "<filter source=\"//m0:getQuote/m0:request/m0:symbol\" regex=\"IBM|MSFT\"><in/></filter>";

/// Contexts and all: what a request pays for being routed by its content.
void parseAndFilter(benchmark::State& state) {
    const Sequence sequence(kFilter);
    const std::string body = quoteRequest();
    for (auto _ : state) {
        FakeCall call("text/xml", body);
        benchmark::DoNotOptimize(sequence.run(call.request));
    }
}
BENCHMARK(parseAndFilter);

/// The same without looking at the body: what of the above is the test's own.
void contextOnly(benchmark::State& state) {
    const Sequence sequence("<in/>");
    const std::string body = quoteRequest();
    for (auto _ : state) {
        FakeCall call("text/xml", body);
        benchmark::DoNotOptimize(sequence.run(call.request));
    }
}
BENCHMARK(contextOnly);

/// XPath and regular expression on a message that is parsed already.
void filterOnly(benchmark::State& state) {
    const Sequence sequence(kFilter);
    FakeCall call("text/xml", quoteRequest());
    for (auto _ : state) benchmark::DoNotOptimize(sequence.run(call.request));
}
BENCHMARK(filterOnly);

void setProperty(benchmark::State& state) {
    const Sequence sequence("<property name=\"a\" value=\"1\"/>");
    FakeCall call;
    for (auto _ : state) benchmark::DoNotOptimize(sequence.run(call.request));
}
BENCHMARK(setProperty);

}  // namespace

BENCHMARK_MAIN();
