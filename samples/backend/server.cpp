#include "samples/backend/server.hpp"

#include <iostream>
#include <sstream>

#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/NameValueCollection.h>
#include <Poco/StreamCopier.h>

#include "samples/backend/failure.hpp"
#include "samples/backend/services.hpp"
#include "samples/backend/soap.hpp"

namespace samples {
namespace {

Request read(Poco::Net::HTTPServerRequest& source) {
    Request request;
    request.method = source.getMethod();
    const std::string& target = source.getURI();
    const auto mark = target.find('?');
    request.path = target.substr(0, mark);
    request.query = mark == std::string::npos ? std::string() : target.substr(mark + 1);
    request.contentType = source.get("Content-Type", "");
    request.headers.assign(source.begin(), source.end());
    // Without a length and without chunks Poco's stream would wait for the connection to close.
    if (source.hasContentLength() || source.getChunkedTransferEncoding()) {
        Poco::StreamCopier::copyToString(source.stream(), request.body);
    }
    return request;
}

class Handler : public Poco::Net::HTTPRequestHandler {
public:
    explicit Handler(Shared& shared) : shared_(shared) {}

    void handleRequest(Poco::Net::HTTPServerRequest& source, Poco::Net::HTTPServerResponse& response) override {
        const Options& options = shared_.options;
        const Request request = read(source);
        const unsigned number = ++shared_.requests;
        const FailMode fail = number % options.failEvery == 0 ? options.fail : FailMode::None;

        if (options.delay > 0) {
            shared_.stopping.tryWait(options.delay);
        }
        auto& socket = static_cast<Poco::Net::HTTPServerRequestImpl&>(source).socket();
        if (breakConnection(fail, socket, shared_.stopping)) {
            log(request, "broken on purpose");
            response.setKeepAlive(false);
            return;
        }
        const Answer answer = answerTo(request, fail);
        log(request, std::to_string(answer.status));
        send(source, response, request, answer);
    }

private:
    Answer answerTo(const Request& request, FailMode fail) {
        const Options& options = shared_.options;
        if (fail == FailMode::Fault) {
            return soapFault(versionOf(request.contentType), false, options.name + " fails on purpose");
        }
        if (fail == FailMode::Status500 || fail == FailMode::Status503) {
            Answer answer;
            answer.status = fail == FailMode::Status500 ? 500 : 503;
            answer.contentType = "text/plain";
            answer.body = options.name + " fails on purpose\n";
            return answer;
        }
        if (request.path.compare(0, 10, "/services/") == 0) {
            return answerSoap(request, options, shared_.stopping);
        }
        return answerRest(request, options);
    }

    void send(Poco::Net::HTTPServerRequest& source,
              Poco::Net::HTTPServerResponse& response,
              const Request& request,
              const Answer& answer) {
        response.setStatusAndReason(static_cast<Poco::Net::HTTPResponse::HTTPStatus>(answer.status));
        for (const auto& [name, value] : answer.headers) {
            response.add(name, value);
        }
        response.set("X-Served-By", shared_.options.name);
        setCookie(source, response);
        if (!answer.contentType.empty()) {
            response.setContentType(answer.contentType);
        }
        response.setContentLength(static_cast<std::streamsize>(answer.body.size()));
        if (request.method == "HEAD") {
            response.send();
        } else {
            response.sendBuffer(answer.body.data(), answer.body.size());
        }
    }

    /// The cookie names the server, as those of application servers with a route suffix do.
    void setCookie(const Poco::Net::HTTPServerRequest& source, Poco::Net::HTTPServerResponse& response) {
        const Options& options = shared_.options;
        if (options.cookie.empty()) {
            return;
        }
        Poco::Net::NameValueCollection cookies;
        source.getCookies(cookies);
        if (!cookies.has(options.cookie)) {
            response.add(
                "Set-Cookie",
                options.cookie + "=" + std::to_string(++shared_.sessions) + "." + options.name + "; Path=/; HttpOnly");
        }
    }

    void log(const Request& request, const std::string& outcome) const {
        if (shared_.options.verbose) {
            std::ostringstream line;
            line << shared_.options.name << ": " << request.method << ' ' << request.path << ' ' << request.body.size()
                 << " bytes -> " << outcome << '\n';
            std::cerr << line.str() << std::flush;
        }
    }

    Shared& shared_;
};

}  // namespace

Poco::Net::HTTPRequestHandler* HandlerFactory::createRequestHandler(const Poco::Net::HTTPServerRequest&) {
    return new Handler(shared_);
}

}  // namespace samples
