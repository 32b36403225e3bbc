#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/config/build.hpp"
#include "engine/config/element.hpp"
#include "engine/json/json_path.hpp"
#include "engine/message/message_context.hpp"
#include "engine/xml/xpath.hpp"

namespace myelin::endpoints {

/// The option of a group that says by what its messages are told apart.
inline constexpr std::string_view kHashOn = "loadbalance.hashOn";

/// What the messages of one client, user or object have in common, for algorithms that send those with the same key to
/// the same child: plugin::Candidates::key(). Immutable.
class HashKey {
public:
    /// Reads the <property> loadbalance.hashOn of `endpoint`: `client` (the address), `path` (of the request, without
    /// its query), `header:NAME`, `cookie:NAME`, `query:NAME`, or an `{expression}`, which is an XPath, or in the form
    /// `{json-eval($.a.b)}` a JSONPath. Reports what is none of these. Null without one, and after an error: the
    /// client's address counts.
    static std::shared_ptr<const HashKey> read(const config::Element& endpoint, config::Build& build);

    /// The same of an attribute's value, which is there.
    static std::shared_ptr<const HashKey> parse(config::Element element,
                                                std::string_view attribute,
                                                config::Build& build);

    /// The key, which may be empty: the message has no such header field, say. Of fields, cookies and parameters of one
    /// name the first counts, as it was written. It lives as long as the message. An expression that looks at the body
    /// waits for it, and throws as MessageContext::evaluateText() does. A JSONPath looks at bodies of a JSON type only;
    /// one that is compressed or known to be too large has no key, nor has what is no JSON.
    std::string_view of(message::MessageContext& context) const;

    /// IP address of the client: the axis2 property REMOTE_ADDR.
    static std::string_view clientOf(message::MessageContext& context);

private:
    enum class Source { Client, Path, Header, Cookie, Query, Expression, Json };

    Source source_ = Source::Client;
    std::string name_;
    std::optional<xml::XPath> expression_;
    std::optional<json::JsonPath> jsonPath_;
};

}  // namespace myelin::endpoints
