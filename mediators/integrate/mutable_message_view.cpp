#include "mediators/integrate/mutable_message_view.hpp"

#include "engine/message/content.hpp"

namespace myelin::mediators {

using message::Scope;

// What a plugin gives is its own; a message keeps views.

void MutableMessageView::setTo(std::string_view to) {
    context_->addressing().to = context_->arena().copy(to);
}

void MutableMessageView::setAction(std::string_view action) {
    context_->addressing().action = context_->arena().copy(action);
}

void MutableMessageView::setHeader(std::string_view name, std::string_view value) {
    context_->setHeader(name, value);
}

void MutableMessageView::removeHeader(std::string_view name) {
    context_->removeProperty(Scope::Transport, name);
}

void MutableMessageView::setProperty(std::string_view name, std::string_view value) {
    context_->setProperty(Scope::Default, name, value);
}

void MutableMessageView::removeProperty(std::string_view name) {
    context_->removeProperty(Scope::Default, name);
}

void MutableMessageView::setBody(std::string_view body, std::string_view contentType) {
    const auto type = context_->arena().copy(contentType);
    auto& payload = context_->payload();
    payload.setBytes(context_->arena().copy(body), message::classifyContent(type));
    payload.describe(type, {});
    context_->setHeader("Content-Type", type);
    // The bytes are what they are now.
    context_->headers().remove("Content-Encoding");
}

}  // namespace myelin::mediators
