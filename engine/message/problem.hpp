#pragma once

#include <string>
#include <string_view>

#include "engine/message/content.hpp"

namespace myelin::message {

/// An error that the engine itself tells a client.
struct Problem {
    int status = 500;
    int code = 0;  ///< an error_code; 0 is none and not shown
    std::string_view text;
    std::string_view detail;  ///< may be empty
};

struct RenderedProblem {
    int status = 500;  ///< 500 for SOAP, as its clients expect; else the problem's
    std::string_view contentType;
    std::string body;
};

/// In the client's kind: a SOAP 1.1 or 1.2 fault, an RFC 7807 document as JSON or XML, plain text for the rest. Text
/// from outside is escaped; what the form cannot hold becomes a question mark.
RenderedProblem renderProblem(ContentKind client, const Problem& problem);

}  // namespace myelin::message
