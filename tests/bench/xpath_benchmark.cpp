#include <benchmark/benchmark.h>

#include <cstdlib>
#include <string>

#include "engine/xml/document.hpp"
#include "engine/xml/writer.hpp"
#include "engine/xml/xpath.hpp"

// A stock quote of 1 KiB, as the content-based route of tests/bench/compare sees it: parsing, one XPath in both forms,
// one variable, writing.

using namespace myelin;

namespace {

const std::string& quote() {
    static const std::string text = [] {
        std::string start =
            "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" "
            "xmlns:wsa=\"http://www.w3.org/2005/08/addressing\">\n  <soapenv:Header>\n"
            "    <wsa:To>http://localhost:9000/services/SimpleStockQuoteService</wsa:To>\n"
            "    <wsa:MessageID>urn:uuid:5f6a0b3e-3b2c-4d53-9d6a-8b1d0c9e7a11</wsa:MessageID>\n"
            "    <wsa:Action>urn:getQuote</wsa:Action>\n  </soapenv:Header>\n  <soapenv:Body>\n"
            "    <ser:getQuote xmlns:ser=\"http://services.samples\">\n      <ser:request>\n"
            "        <ser:symbol>IBM</ser:symbol>\n      </ser:request>\n      <ser:note>";
        const std::string end = "</ser:note>\n    </ser:getQuote>\n  </soapenv:Body>\n</soapenv:Envelope>\n";
        while (start.size() + end.size() < 1024) start += "padding ";
        return start + end;
    }();
    return text;
}

const xml::NamespaceMap kNames{{"m0", "http://services.samples"}};
constexpr std::string_view kPath = "//m0:getQuote/m0:request/m0:symbol";

void load(xml::Document& document) {
    if (!xml::Document::parse(document, quote())) std::abort();
}

class Route final : public xml::VariableSource {
public:
    xml::Value variable(std::string_view, std::string_view) override { return std::string_view("east"); }
    xml::Value property(std::string_view, std::string_view, std::string_view) override { return {}; }
};

void parse(benchmark::State& state) {
    for (auto _ : state) {
        xml::Document document;
        load(document);
        benchmark::DoNotOptimize(document.root());
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(quote().size()));
}
BENCHMARK(parse);

void write(benchmark::State& state) {
    xml::Document document;
    load(document);
    std::string out;
    for (auto _ : state) {
        out.clear();
        xml::write(document.tree(), out);
        benchmark::DoNotOptimize(out.data());
    }
}
BENCHMARK(write);

void text(benchmark::State& state, std::string_view expression, xml::XPath::Form form) {
    xml::Document document;
    load(document);
    Route route;
    const xml::XPath xpath = xml::XPath::compile(expression, kNames, form);
    for (auto _ : state) benchmark::DoNotOptimize(xpath.evaluateString({&document, document.root(), route}));
}
BENCHMARK_CAPTURE(text, fast, kPath, xml::XPath::Form::Automatic);
BENCHMARK_CAPTURE(text, slow, kPath, xml::XPath::Form::Slow);
BENCHMARK_CAPTURE(text, variable, "$ctx:route", xml::XPath::Form::Automatic);
BENCHMARK_CAPTURE(text, comparison, "$ctx:route = 'east'", xml::XPath::Form::Automatic);

void filter(benchmark::State& state, std::string_view expression, xml::XPath::Form form) {
    xml::Document document;
    load(document);
    Route route;
    const xml::XPath xpath = xml::XPath::compile(expression, kNames, form);
    for (auto _ : state) benchmark::DoNotOptimize(xpath.evaluateBool({&document, document.root(), route}));
}
BENCHMARK_CAPTURE(filter, fast, "//m0:symbol = 'IBM'", xml::XPath::Form::Automatic);
BENCHMARK_CAPTURE(filter, slow, "//m0:symbol = 'IBM'", xml::XPath::Form::Slow);

void compile(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(xml::XPath::compile(kPath, kNames));
}
BENCHMARK(compile);

}  // namespace

BENCHMARK_MAIN();
