#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "endpoints/message_view.hpp"
#include "engine/message/message_context.hpp"
#include "engine/plugin/plugin.hpp"

namespace myelin::mediators {

/// What a plugin's mediator sees and changes of a message. Made for one call of it.
class MutableMessageView final : public plugin::MutableMessage {
public:
    explicit MutableMessageView(message::MessageContext& context)
        : context_(&context), seen_(context, context.deadline()) {}

    std::string_view method() const override { return seen_.method(); }
    std::string_view to() const override { return seen_.to(); }
    std::string_view action() const override { return seen_.action(); }
    std::optional<std::string> header(std::string_view name) const override { return seen_.header(name); }
    std::optional<std::string> property(std::string_view name) const override { return seen_.property(name); }
    std::string_view clientAddress() const override { return seen_.clientAddress(); }
    std::string_view body() const override { return seen_.body(); }

    bool response() const override { return context_->isResponse(); }
    int status() const override { return context_->status(); }
    void setTo(std::string_view to) override;
    void setAction(std::string_view action) override;
    void setHeader(std::string_view name, std::string_view value) override;
    void removeHeader(std::string_view name) override;
    void setProperty(std::string_view name, std::string_view value) override;
    void removeProperty(std::string_view name) override;
    void setBody(std::string_view body, std::string_view contentType) override;

private:
    message::MessageContext* context_;
    endpoints::MessageView seen_;
};

}  // namespace myelin::mediators
