#include <atomic>
#include <cstdio>
#include <sstream>
#include <string_view>

#include <Poco/Base64Encoder.h>
#include <Poco/Exception.h>
#include <Poco/String.h>
#include <Poco/URI.h>

#include "samples/backend/quote.hpp"
#include "samples/backend/services.hpp"

namespace samples {
namespace {

std::atomic<unsigned> orders{0};

Answer json(int status, std::string body) {
    Answer answer;
    answer.status = status;
    answer.contentType = "application/json";
    answer.body = std::move(body);
    return answer;
}

Answer notFound(const Request& request) {
    return json(404, "{\"error\":" + jsonText("nothing at " + request.path) + "}");
}

bool isAllowed(const Request& request, const std::string& nameAndPassword) {
    std::ostringstream expected;
    expected << "Basic ";
    {
        Poco::Base64Encoder encoder(expected);
        encoder.rdbuf()->setLineLength(0);
        encoder << nameAndPassword;
    }
    for (const auto& [name, value] : request.headers) {
        if (Poco::icompare(name, "Authorization") == 0) {
            return value == expected.str();
        }
    }
    return false;
}

Answer unauthorized() {
    Answer answer = json(401, "{\"error\":\"a name and a password are needed\"}");
    answer.headers.emplace_back("WWW-Authenticate", "Basic realm=\"samples\"");
    return answer;
}

Answer notAllowed(const char* allowed) {
    Answer answer = json(405, "{\"error\":\"method not allowed\"}");
    answer.headers.emplace_back("Allow", allowed);
    return answer;
}

Answer quote(const std::string& encodedSymbol, const Options& options) {
    std::string symbol;
    try {
        Poco::URI::decode(encodedSymbol, symbol);
    } catch (const Poco::SyntaxException& mistake) {
        return json(400, "{\"error\":" + jsonText(mistake.displayText()) + "}");
    }
    std::string body = "{\"server\":" + jsonText(options.name);
    for (const auto& [name, value] : quoteFor(symbol)) {
        body += "," + jsonText(name) + ":" + jsonText(value);
    }
    return json(200, body + "}");
}

Answer order(const Options& options) {
    const std::string number = std::to_string(++orders);
    Answer answer =
        json(201, "{\"server\":" + jsonText(options.name) + ",\"order\":" + number + ",\"state\":\"placed\"}");
    answer.headers.emplace_back("Location", "/rest/order/" + number);
    return answer;
}

Answer echo(const Request& request, const Options& options) {
    if (request.method == "POST" || request.method == "PUT") {
        Answer answer;
        answer.contentType = request.contentType.empty() ? "application/octet-stream" : request.contentType;
        answer.body = request.body;
        return answer;
    }
    std::string body = "{\"server\":" + jsonText(options.name) + ",\"method\":" + jsonText(request.method) +
                       ",\"path\":" + jsonText(request.path) + ",\"query\":" + jsonText(request.query) +
                       ",\"headers\":{";
    bool first = true;
    for (const auto& [name, value] : request.headers) {
        body.append(first ? "" : ",").append(jsonText(name)).append(":").append(jsonText(value));
        first = false;
    }
    return json(200, body + "}}");
}

}  // namespace

std::string jsonText(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            char escape[7];
            std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
            out += escape;
        } else {
            out += c;
        }
    }
    return out + '"';
}

Answer answerRest(const Request& request, const Options& options) {
    constexpr std::string_view kQuote = "/rest/quote/";
    const bool reads = request.method == "GET" || request.method == "HEAD";
    if (request.path == "/health") {
        return reads ? json(200, "{\"server\":" + jsonText(options.name) + ",\"state\":\"up\"}") : notAllowed("GET");
    }
    if (!options.basicAuth.empty() && !isAllowed(request, options.basicAuth)) {
        return unauthorized();
    }
    if (request.path.compare(0, kQuote.size(), kQuote) == 0 && request.path.size() > kQuote.size()) {
        return reads ? quote(request.path.substr(kQuote.size()), options) : notAllowed("GET");
    }
    if (request.path == "/rest/order") {
        return request.method == "POST" ? order(options) : notAllowed("POST");
    }
    if (request.path == "/rest/echo" || request.path.compare(0, 11, "/rest/echo/") == 0) {
        return echo(request, options);
    }
    return notFound(request);
}

}  // namespace samples
