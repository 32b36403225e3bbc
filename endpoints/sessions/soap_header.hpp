#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/http/client.hpp"
#include "engine/message/message_context.hpp"
#include "engine/runtime/deadline.hpp"

namespace myelin::endpoints {

/// Expanded names of an element in a SOAP header and of those within it, the outermost first.
struct HeaderName {
    std::string_view uri;
    std::string_view local;
};
using HeaderPath = std::vector<HeaderName>;

/// How far a body is read in search of the end of the header block.
inline constexpr std::size_t kLongestHeaderBlock = 64U << 10U;

/// The trimmed text of an element in the header of the message's envelope; empty when there is none. An envelope that
/// was not built yet is neither built nor read beyond its header block, and relayed afterwards as it came. Not found in
/// header blocks that end later than kLongestHeaderBlock, and in encodings that do not begin as ASCII does. May wait
/// for the client.
std::string soapHeaderText(message::MessageContext& context, const HeaderPath& path, runtime::Deadline deadline);
/// The same of an answer.
std::string soapHeaderText(http::ClientResponse& reply, const HeaderPath& path, runtime::Deadline deadline);

/// Takes the element out of the envelope, which is built for that. Leaves a message alone that cannot be read.
void removeSoapHeader(message::MessageContext& context, const HeaderName& name, runtime::Deadline deadline);

}  // namespace myelin::endpoints
