#include "endpoints/message_view.hpp"

namespace myelin::endpoints {

std::string_view MessageView::method() const {
    return context_->method();
}

std::string_view MessageView::to() const {
    return context_->addressing().to;
}

std::string_view MessageView::action() const {
    return context_->addressing().action;
}

std::optional<std::string> MessageView::header(std::string_view name) const {
    return text(message::Scope::Transport, name);
}

std::optional<std::string> MessageView::property(std::string_view name) const {
    return text(message::Scope::Default, name);
}

std::string_view MessageView::clientAddress() const {
    return context_->arena().copy(text(message::Scope::Axis2, "REMOTE_ADDR").value_or(std::string()));
}

std::string_view MessageView::body() const {
    return context_->payload().bytes(deadline_);
}

std::optional<std::string> MessageView::text(message::Scope scope, std::string_view name) const {
    const auto value = context_->property(scope, name);
    if (!value) return std::nullopt;
    return std::string(message::toText(*value));
}

}  // namespace myelin::endpoints
