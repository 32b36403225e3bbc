#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/message/message_context.hpp"
#include "engine/plugin/plugin.hpp"
#include "engine/runtime/deadline.hpp"

namespace myelin::endpoints {

/// What a plugin sees of a message. Made for one call of it.
class MessageView final : public plugin::Message {
public:
    MessageView(message::MessageContext& context, runtime::Deadline deadline)
        : context_(&context), deadline_(deadline) {}

    std::string_view method() const override;
    std::string_view to() const override;
    std::string_view action() const override;
    std::optional<std::string> header(std::string_view name) const override;
    std::optional<std::string> property(std::string_view name) const override;
    std::string_view clientAddress() const override;
    std::string_view body() const override;

private:
    std::optional<std::string> text(message::Scope scope, std::string_view name) const;

    message::MessageContext* context_;
    runtime::Deadline deadline_;
};

}  // namespace myelin::endpoints
