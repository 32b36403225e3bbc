// Heads as a SOAP client and a SOAP server send them: how long parsing and writing takes. For instruction counts run it
// under callgrind with --benchmark_filter and two different --benchmark_min_time.
#include <benchmark/benchmark.h>

#include <array>
#include <string_view>

#include "engine/base/arena.hpp"
#include "engine/http/parser.hpp"
#include "engine/http/writer.hpp"

namespace {

using namespace myelin;

constexpr std::string_view kRequest =
    "POST /services/SimpleStockQuoteService HTTP/1.1\r\n"
    "Host: localhost:8280\r\n"
    "User-Agent: curl/7.88.1\r\n"
    "Accept: */*\r\n"
    "Content-Type: text/xml; charset=utf-8\r\n"
    "SOAPAction: \"urn:getQuote\"\r\n"
    "Accept-Encoding: gzip, deflate\r\n"
    "Authorization: Basic dXNlcjpwYXNzd29yZDEyMw==\r\n"
    "X-Request-Id: 7c5b1f0e-9a3d-4f57-8a43-1c2d3e4f5a6b\r\n"
    "Cookie: JSESSIONID=0123456789ABCDEF\r\n"
    "Content-Length: 1024\r\n"
    "\r\n";

constexpr std::string_view kResponse =
    "HTTP/1.1 200 OK\r\n"
    "Server: nginx/1.22.1\r\n"
    "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
    "Content-Type: text/xml; charset=utf-8\r\n"
    "Content-Length: 1024\r\n"
    "Connection: keep-alive\r\n"
    "X-Server: server-1\r\n"
    "\r\n";

void parseRequest(benchmark::State& state) {
    const http::Limits limits;
    for (auto _ : state) {
        base::Arena arena;
        http::RequestHead head(arena);
        benchmark::DoNotOptimize(http::parseRequestHead(kRequest, 0, limits, head));
    }
}
BENCHMARK(parseRequest);

void parseResponse(benchmark::State& state) {
    const http::UpstreamLimits limits;
    for (auto _ : state) {
        base::Arena arena;
        http::ResponseHead head(arena);
        benchmark::DoNotOptimize(http::parseResponseHead(kResponse, 0, limits, false, head));
    }
}
BENCHMARK(parseResponse);

void writeRequest(benchmark::State& state) {
    base::Arena arena;
    http::RequestHead head(arena);
    http::parseRequestHead(kRequest, 0, http::Limits(), head);
    std::array<char, 4096> to;
    for (auto _ : state) {
        const http::RequestToWrite request{
            head.method, head.target, "127.0.0.1:9000", &head.headers, http::BodyFraming::ofLength(1024), false};
        benchmark::DoNotOptimize(http::writeRequestHead(to, request));
    }
}
BENCHMARK(writeRequest);

void writeResponse(benchmark::State& state) {
    base::Arena arena;
    http::ResponseHead head(arena);
    http::parseResponseHead(kResponse, 0, http::UpstreamLimits(), false, head);
    std::array<char, 4096> to;
    for (auto _ : state) {
        http::ResponseToWrite response;
        response.reason = head.reason;
        response.headers = &head.headers;
        response.framing = http::BodyFraming::ofLength(1024);
        benchmark::DoNotOptimize(http::writeResponseHead(to, response));
    }
}
BENCHMARK(writeResponse);

}  // namespace

BENCHMARK_MAIN();
