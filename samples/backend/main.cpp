#include <csignal>
#include <iostream>
#include <memory>

#include <Poco/Exception.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/TCPServer.h>
#include <Poco/NumberParser.h>
#include <Poco/ThreadPool.h>
#include <Poco/Util/HelpFormatter.h>
#include <Poco/Util/IntValidator.h>
#include <Poco/Util/OptionException.h>
#include <Poco/Util/ServerApplication.h>

#include "samples/backend/options.hpp"
#include "samples/backend/server.hpp"

namespace samples {
namespace {

using Poco::Util::Option;

class RefuseAll : public Poco::Net::TCPServerConnectionFilter {
public:
    bool accept(const Poco::Net::StreamSocket&) override { return false; }
};

class Backend : public Poco::Util::ServerApplication {
protected:
    void defineOptions(Poco::Util::OptionSet& set) override {
        Application::defineOptions(set);  // without those to run as a daemon
        set.addOption(Option("help", "h", "show this help"));
        set.addOption(Option("name", "n", "name of this server, shown in its answers").argument("NAME"));
        set.addOption(Option("port", "p", "port to listen on, 0 for a free one; may be given several times")
                          .repeatable(true)
                          .argument("PORT")
                          .validator(new Poco::Util::IntValidator(0, 65535)));
        set.addOption(Option("delay", "d", "milliseconds to wait before each answer")
                          .argument("MS")
                          .validator(new Poco::Util::IntValidator(0, 3'600'000)));
        set.addOption(Option("fail",
                             "f",
                             "misbehave: none, refuse-after-accept, reset, close, hang, garbage, half, 500, 503, fault")
                          .argument("MODE"));
        set.addOption(Option("fail-every", "", "only each Nth request fails (not for refuse-after-accept)")
                          .argument("N")
                          .validator(new Poco::Util::IntValidator(1, 1'000'000)));
        set.addOption(Option("cookie", "c", "set a session cookie of this name").argument("NAME"));
        set.addOption(
            Option("basic-auth", "", "demand this name and password for /rest/...").argument("NAME:PASSWORD"));
        set.addOption(Option("threads", "t", "connections served at a time (default 256)")
                          .argument("N")
                          .validator(new Poco::Util::IntValidator(1, 4096)));
        set.addOption(Option("verbose", "v", "log each request to standard error"));
    }

    void handleOption(const std::string& name, const std::string& value) override {
        ServerApplication::handleOption(name, value);
        if (name == "help") {
            help_ = true;
            stopOptionsProcessing();
        } else if (name == "name") {
            options_.name = value;
        } else if (name == "port") {
            options_.ports.push_back(static_cast<std::uint16_t>(Poco::NumberParser::parse(value)));
        } else if (name == "delay") {
            options_.delay = Poco::NumberParser::parse(value);
        } else if (name == "fail") {
            options_.fail = failModeNamed(value);
        } else if (name == "fail-every") {
            options_.failEvery = Poco::NumberParser::parseUnsigned(value);
        } else if (name == "cookie") {
            options_.cookie = value;
        } else if (name == "basic-auth") {
            options_.basicAuth = value;
        } else if (name == "threads") {
            options_.threads = Poco::NumberParser::parse(value);
        } else if (name == "verbose") {
            options_.verbose = true;
        }
    }

    int main(const std::vector<std::string>& rest) override {
        if (help_) {
            showHelp();
            return EXIT_OK;
        }
        if (!rest.empty()) {
            std::cerr << "sample_backend: unexpected argument '" << rest.front() << "'; see --help\n";
            return EXIT_USAGE;
        }
        if (options_.ports.empty()) {
            options_.ports.push_back(0);
        }
        return serve();
    }

private:
    void showHelp() {
        Poco::Util::HelpFormatter formatter(options());
        formatter.setCommand("sample_backend");
        formatter.setUsage("[OPTION]...");
        formatter.setHeader(
            "Serves stock quotes over SOAP (/services/SimpleStockQuoteService, /services/LBService1) "
            "and REST (/rest/quote/SYMBOL, /rest/order, /rest/echo, /health) on 127.0.0.1.");
        formatter.setAutoIndent();
        formatter.format(std::cout);
    }

    int serve() {
        Shared shared(options_);
        Poco::ThreadPool threads(4, options_.threads);
        std::vector<std::unique_ptr<Poco::Net::HTTPServer>> servers;
        for (const std::uint16_t port : options_.ports) {
            Poco::Net::ServerSocket socket;
            // Without port sharing: a second backend on the same port has to fail, not to take half of the calls.
            socket.bind(Poco::Net::SocketAddress("127.0.0.1", port), true, false);
            socket.listen(1024);
            auto* parameters = new Poco::Net::HTTPServerParams;
            parameters->setMaxThreads(options_.threads);
            parameters->setMaxQueued(1024);
            parameters->setKeepAliveTimeout(Poco::Timespan(60, 0));
            parameters->setMaxKeepAliveRequests(0);
            servers.push_back(
                std::make_unique<Poco::Net::HTTPServer>(new HandlerFactory(shared), threads, socket, parameters));
            if (options_.fail == FailMode::RefuseAfterAccept) {
                servers.back()->setConnectionFilter(new RefuseAll);
            }
            servers.back()->start();
            std::cout << "listening " << socket.address().toString() << std::endl;
        }
        waitForTerminationRequest();
        shared.stopping.set();
        for (const auto& server : servers) {
            server->stopAll(true);
        }
        threads.joinAll();
        return EXIT_OK;
    }

    Options options_;
    bool help_ = false;
};

}  // namespace
}  // namespace samples

int main(int argc, char** argv) {
    // Blocked before any thread starts, so that only waitForTerminationRequest sees them.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGQUIT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    samples::Backend backend;
    try {
        return backend.run(argc, argv);
    } catch (const Poco::Exception& problem) {
        std::cerr << "sample_backend: " << problem.displayText() << '\n';
        return 1;
    }
}
