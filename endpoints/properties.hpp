#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/config/build.hpp"
#include "engine/message/message_context.hpp"

namespace myelin::endpoints {

/// The <property> children of an <endpoint>: set anew for every attempt, and taken back after it, so that the message
/// is the same for the next one. Copies share them.
class EndpointProperties {
public:
    /// Reads them; reports a missing name, a missing or blank value and an unknown scope (synapse-endpoints 1.2).
    static EndpointProperties read(config::Element& endpoint, config::Build& build);

    bool empty() const noexcept { return !properties_; }

    /// While it lives, the properties are set on the message.
    class [[nodiscard]] Applied {
    public:
        Applied(const EndpointProperties& properties, message::MessageContext& context);
        Applied(const Applied&) = delete;
        Applied& operator=(const Applied&) = delete;
        ~Applied();

    private:
        struct Former {
            message::Scope scope;
            std::string_view name;
            std::optional<message::PropertyValue> value;
        };
        void set(message::Scope scope, std::string_view name, std::string_view value);

        message::MessageContext* context_;
        std::vector<Former> former_;
        std::vector<http::HeaderField> formerHeaders_;
        bool headersChanged_ = false;
    };

private:
    struct Property {
        std::string name;
        message::Scope scope = message::Scope::Default;
        std::string value;
        std::optional<xml::XPath> expression;
    };
    std::shared_ptr<const std::vector<Property>> properties_;  // null when there are none
};

}  // namespace myelin::endpoints
