#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "endpoints/sessions/memory_store.hpp"
#include "tests/unit/endpoints/support.hpp"

namespace myelin::endpoints::test {

/// A server of the tests of sessions: `<server id="A"/>` as the kind of an endpoint.
struct Server {
    bool down = false;              ///< it is not ready
    int fails = 0;                  ///< with this code, each message
    bool reaches = false;           ///< its failures come after it may have seen the request
    bool retryForbidden = false;    ///< of its failures
    std::vector<std::string> sets;  ///< Set-Cookie fields of its answers
    std::string answers;            ///< body of its answers, SOAP 1.1
    std::function<void()> asked;    ///< while it has a message
    std::string cookie;             ///< Cookie fields of the last message, joined by " | "
    std::string body;               ///< of the last message

    /// Who got messages since the last call, failed ones in lower case: "A bC".
    static std::string taken();
    static Server& of(const std::string& id);
    static void reset();
};

/// A group without mistakes.
struct Group {
    explicit Group(const std::string& xml);
    message::SendOutcome send(Message& message) const { return message.send(*endpoint); }
    /// A message with these header fields; who got it.
    std::string with(const std::vector<std::pair<std::string, std::string>>& fields);
    std::string withCookie(const std::string& cookie) { return with({{"Cookie", cookie}}); }
    /// A message of the client session with that id.
    std::string ofClient(const std::string& id) { return with({{"X-Client", id}}); }
    /// Where sessions of this group would be kept.
    MemoryStore& store() const { return dynamic_cast<MemoryStore&>(*kept); }

    Setup setup;
    std::shared_ptr<SessionStore> kept;
    std::unique_ptr<message::Endpoint> endpoint;
    message::SendOutcome last;
    std::vector<std::string> lastSets;  ///< Set-Cookie fields of the last answer
};

std::string server(const std::string& id, const std::string& more = {});
/// `<endpoint name=NAME><session .../><loadbalance>CHILDREN</loadbalance></endpoint>`
std::string sessions(const std::string& attributes,
                     const std::string& children,
                     const std::string& inside = {},
                     const std::string& name = "sal");
/// Client sessions by the header X-Client.
std::string clients(const std::string& children, const std::string& inside = {}, const std::string& name = "sal");

/// A SOAP envelope with that in its header.
std::string envelope(const std::string& header, bool soap12 = false, const std::string& body = "<b/>");

}  // namespace myelin::endpoints::test
