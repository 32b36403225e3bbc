#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/http/server_exchange.hpp"
#include "engine/simulate/body.hpp"
#include "engine/simulate/script.hpp"

namespace myelin::simulate {

/// One call of a simulated client.
class Call final : public http::ServerExchange {
public:
    Call(const Request& request, std::uint64_t client, std::uint64_t number);

    http::RequestHead& request() noexcept override { return head_; }
    http::BodySource* requestBody() noexcept override { return body_ ? &*body_ : nullptr; }
    base::Arena& arena() noexcept override { return arena_; }
    http::AnswerResult answer(const http::OutgoingResponse& response) override;
    std::string_view peerAddress() const noexcept override { return client_; }
    bool secure() const noexcept override { return false; }
    std::uint16_t localPort() const noexcept override { return 8280; }

private:
    base::Arena arena_;
    http::RequestHead head_;
    std::optional<Body> body_;
    std::string client_;
};

}  // namespace myelin::simulate
