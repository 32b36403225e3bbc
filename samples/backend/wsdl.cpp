#include "samples/backend/wsdl.hpp"

#include <Poco/String.h>

#include "samples/backend/soap.hpp"

namespace samples {

Answer wsdlOfQuotes(const Request& request) {
    std::string host = "127.0.0.1";
    for (const auto& [name, value] : request.headers) {
        if (Poco::icompare(name, "Host") == 0) host = value;
    }
    const std::string location =
        "location=\"http://" + escaped(host) + "/services/SimpleStockQuoteService\"/></wsdl:port>";
    Answer answer;
    answer.contentType = "text/xml; charset=UTF-8";
    answer.body =
        "<wsdl:definitions xmlns:wsdl=\"http://schemas.xmlsoap.org/wsdl/\""
        " xmlns:soap=\"http://schemas.xmlsoap.org/wsdl/soap/\" xmlns:soap12=\"http://schemas.xmlsoap.org/wsdl/soap12/\""
        " xmlns:ns=\"" +
        std::string(kServiceNamespace) + "\" targetNamespace=\"" + kServiceNamespace +
        "\">"
        "<wsdl:service name=\"SimpleStockQuoteService\">"
        "<wsdl:port name=\"SimpleStockQuoteServiceHttpSoap11Endpoint\" binding=\"ns:Soap11Binding\"><soap:address " +
        location +
        "<wsdl:port name=\"SimpleStockQuoteServiceHttpSoap12Endpoint\" binding=\"ns:Soap12Binding\"><soap12:address " +
        location + "</wsdl:service></wsdl:definitions>";
    return answer;
}

}  // namespace samples
