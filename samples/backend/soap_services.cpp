#include <cstdlib>

#include "samples/backend/quote.hpp"
#include "samples/backend/services.hpp"
#include "samples/backend/soap.hpp"
#include "samples/backend/wsdl.hpp"

namespace samples {
namespace {

constexpr long kLongestSleep = 60'000;

Answer quoteAnswer(const Call& call, bool simple) {
    const std::string symbol = call.valueOf("symbol");
    if (symbol.empty()) {
        return soapFault(call.version, true, "the request names no symbol");
    }
    const std::string response = call.operationName() + "Response";
    std::string content = "<ns:" + response + " xmlns:ns=\"" + kServiceNamespace + "\"><ns:return>";
    for (const auto& [name, value] : quoteFor(symbol)) {
        if (!simple || name == "last" || name == "name" || name == "symbol") {
            content += "<ns:" + name + ">" + escaped(value) + "</ns:" + name + ">";
        }
    }
    content += "</ns:return></ns:" + response + ">";
    return soapAnswer(call.version, content);
}

Answer stockQuote(const Call& call) {
    const std::string operation = call.operationName();
    if (operation == "getQuote") {
        return quoteAnswer(call, false);
    }
    if (operation == "getSimpleQuote") {
        return quoteAnswer(call, true);
    }
    if (operation == "placeOrder") {
        Answer accepted;
        accepted.status = 202;
        return accepted;
    }
    return soapFault(call.version, true, "SimpleStockQuoteService has no operation " + operation);
}

Answer echoServer(const Call& call, const Options& options) {
    const std::string operation = call.operationName();
    return soapAnswer(call.version,
                      "<ns:" + operation + " xmlns:ns=\"" + kServiceNamespace +
                          "\">Response from server: " + escaped(options.name) + "</ns:" + operation + ">");
}

Answer loadBalance(const Call& call, const Options& options, Poco::Event& stopping) {
    const std::string operation = call.operationName();
    if (operation == "sampleOperation") {
        return echoServer(call, options);
    }
    if (operation == "sleepOperation") {
        const long load = std::strtol(call.valueOf("load").c_str(), nullptr, 10);
        if (load < 0 || load > kLongestSleep) {
            return soapFault(call.version, true, "load must be between 0 and 60000 milliseconds");
        }
        stopping.tryWait(load);
        return echoServer(call, options);
    }
    return soapFault(call.version, true, "LBService1 has no operation " + operation);
}

bool isService(const std::string& path, const std::string& service) {
    const std::string prefix = "/services/" + service;
    return path.compare(0, prefix.size(), prefix) == 0 && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

}  // namespace

Answer answerSoap(const Request& request, const Options& options, Poco::Event& stopping) {
    const SoapVersion version = versionOf(request.contentType);
    const bool quotes = isService(request.path, "SimpleStockQuoteService");
    if (!quotes && !isService(request.path, "LBService1")) {
        return soapFault(version, true, "The service cannot be found for the endpoint reference (EPR) " + request.path);
    }
    if (quotes && request.method == "GET" && request.query == "wsdl") return wsdlOfQuotes(request);
    if (request.method != "POST") {
        Answer answer;
        answer.status = 405;
        answer.headers.emplace_back("Allow", "POST");
        return answer;
    }
    Call call;
    std::string problem;
    if (!parseCall(request, call, problem)) {
        return soapFault(version, true, problem);
    }
    if (call.operationNamespace() != kServiceNamespace) {
        return soapFault(
            version, true, "operation " + call.operationName() + " must be in the namespace " + kServiceNamespace);
    }
    return quotes ? stockQuote(call) : loadBalance(call, options, stopping);
}

}  // namespace samples
