#pragma once

#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/StreamCopier.h>
#include <Poco/TemporaryFile.h>

#include <cerrno>
#include <fstream>
#include <string>

#include "engine/poco/request_handler_factory.hpp"

/// What the tests of embedding run: POCO servers in front of and behind a mediation configuration.
namespace myelin::poco::testing {

/// A plain POCO server on a free port of the loopback address.
class Server {
public:
    explicit Server(Poco::Net::HTTPRequestHandlerFactory::Ptr factory)
        : server_(factory,
                  Poco::Net::ServerSocket(Poco::Net::SocketAddress("127.0.0.1", 0)),
                  new Poco::Net::HTTPServerParams) {
        server_.start();
    }
    ~Server() { server_.stopAll(true); }

    std::uint16_t port() const { return server_.port(); }

private:
    Poco::Net::HTTPServer server_;
};

/// What stands behind: answers with method, target and body, or for /short with less than it announces.
class Backend final : public Poco::Net::HTTPRequestHandlerFactory {
public:
    Poco::Net::HTTPRequestHandler* createRequestHandler(const Poco::Net::HTTPServerRequest&) override {
        return new Handler;
    }

private:
    struct Handler final : Poco::Net::HTTPRequestHandler {
        void handleRequest(Poco::Net::HTTPServerRequest& request, Poco::Net::HTTPServerResponse& response) override {
            std::string text = "backend got " + request.getMethod() + ' ' + request.getURI() + ' ';
            if (request.hasContentLength() || request.getChunkedTransferEncoding())
                Poco::StreamCopier::copyToString(request.stream(), text);
            response.setContentType("text/plain");
            if (request.getURI() == "/short") {
                response.setContentLength(300'000);
                response.setKeepAlive(false);
                response.send() << std::string(150'000, 'x');
                return;
            }
            response.set("X-Backend", "yes");
            response.sendBuffer(text.data(), text.size());
        }
    };
};

/// A configuration in a file, for as long as the test lasts.
class ConfigurationFile {
public:
    explicit ConfigurationFile(const std::string& content) {
        std::ofstream(file_.path()) << "<definitions xmlns=\"http://ws.apache.org/ns/synapse\">" << content
                                    << "</definitions>";
    }
    const std::string& path() const { return file_.path(); }

private:
    Poco::TemporaryFile file_;
};

inline std::string toBackend(std::uint16_t port) {
    return "<sequence name=\"main\"><in><send><endpoint><address uri=\"http://127.0.0.1:" + std::to_string(port) +
           "\"/></endpoint></send></in><out><send/></out></sequence>";
}
inline const std::string kEcho = "<sequence name=\"main\"><respond/></sequence>";

/// The application: a POCO server with nothing but our factory in it.
class Application {
public:
    explicit Application(const std::string& configuration)
        : file_(configuration), server_(new RequestHandlerFactory(file_.path(), config::Settings{})) {}

    /// Sends bytes, ends its side and returns everything that comes back. `broken` tells whether the connection was
    /// reset.
    std::string exchange(const std::string& bytes, bool* broken = nullptr) {
        auto socket = connect();
        socket.sendBytes(bytes.data(), static_cast<int>(bytes.size()));
        try {
            socket.shutdownSend();
        } catch (const Poco::Net::NetException& failure) {
            if (failure.code() != ENOTCONN) throw;  // otherwise reset by the server meanwhile: readAll() sees it
        }
        return readAll(socket, broken);
    }
    Poco::Net::StreamSocket connect() {
        Poco::Net::StreamSocket socket(Poco::Net::SocketAddress("127.0.0.1", server_.port()));
        socket.setReceiveTimeout(Poco::Timespan(10, 0));
        return socket;
    }
    static std::string readAll(Poco::Net::StreamSocket& socket, bool* broken = nullptr) {
        std::string all;
        char piece[4096];
        try {
            for (int got = 0; (got = socket.receiveBytes(piece, sizeof piece)) > 0;) {
                all.append(piece, static_cast<std::size_t>(got));
            }
        } catch (const Poco::Net::ConnectionResetException&) {
            if (broken) *broken = true;
        }
        return all;
    }
    /// Reads until the text ends with `end`.
    static std::string readTo(Poco::Net::StreamSocket& socket, const std::string& end) {
        std::string text;
        char one = 0;
        while (!text.ends_with(end) && socket.receiveBytes(&one, 1) == 1) text += one;
        return text;
    }

private:
    ConfigurationFile file_;
    Server server_;
};

}  // namespace myelin::poco::testing
