#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "engine/config/build.hpp"
#include "engine/config/configuration.hpp"
#include "engine/message/endpoint.hpp"
#include "engine/message/mediator.hpp"

namespace myelin::message {
class MessageContext;
}

namespace myelin::dispatch {

/// The flows that a request takes: of a proxy, of an API's resource, or of the main sequence. Null means none; a null
/// fault sequence means the global one.
struct Route {
    const message::Mediator* in = nullptr;
    const message::Endpoint* target = nullptr;  ///< where the message goes when the in flow ran to its end
    const message::Mediator* out = nullptr;     ///< null: the answer goes straight back to the client
    const message::Mediator* fault = nullptr;
    std::string_view name;  ///< for logs
};

/// A sequence that is named by an attribute or written inline in a child element of the same name: inSequence,
/// outSequence and faultSequence of proxies and resources. The attribute wins, as in Synapse.
class SequenceChoice {
public:
    /// Reads attribute and child `name` of `element`. Must stay where it is until the configuration is linked.
    void read(config::Element& element, std::string_view name, config::Build& build);
    const message::Mediator* get() const noexcept { return inlined_ ? inlined_.get() : named_; }
    bool given() const noexcept { return given_; }

private:
    const message::Mediator* named_ = nullptr;
    std::unique_ptr<message::Mediator> inlined_;
    bool given_ = false;
};

}  // namespace myelin::dispatch
