#pragma once

#include <string>
#include <string_view>

#include "engine/message/endpoint.hpp"

namespace myelin::message {

/// Stands for another endpoint in all it does.
class ForwardingEndpoint : public Endpoint {
public:
    SendOutcome send(MessageContext& context, http::ClientResponse& reply, runtime::Deadline deadline) const override {
        return target().send(context, reply, deadline);
    }
    bool ready(runtime::TimePoint now) const noexcept override { return target().ready(now); }
    std::string_view name() const noexcept override { return target().name(); }
    Bounds bounds() const noexcept override { return target().bounds(); }
    std::size_t answers() const noexcept override { return target().answers(); }
    std::size_t tries() const noexcept override { return target().tries(); }
    const Mediator* onError() const noexcept override { return target().onError(); }
    void visit(const std::function<void(const Endpoint&)>& visitor) const override { target().visit(visitor); }
    void switchOff(runtime::TimePoint now) const override { target().switchOff(now); }
    void switchOn(runtime::TimePoint now) const override { target().switchOn(now); }
    std::string condition(runtime::TimePoint now) const override { return target().condition(now); }

protected:
    virtual const Endpoint& target() const noexcept = 0;
};

}  // namespace myelin::message
