#include "engine/simulate/call.hpp"

namespace myelin::simulate {

namespace {

/// 10.0.0.1 and on: one for each of 2^24 clients, less the first.
std::string addressOf(std::uint64_t client) {
    const std::uint64_t number = (client + 1) % (1U << 24);
    return "10." + std::to_string(number >> 16) + '.' + std::to_string(number >> 8 & 255) + '.' +
           std::to_string(number & 255);
}

std::string filled(const std::string& text, std::uint64_t client, std::uint64_t number) {
    std::string result;
    std::size_t at = 0;
    for (;;) {
        const std::size_t brace = text.find('{', at);
        result.append(text, at, brace - at);
        if (brace == std::string::npos) return result;
        constexpr std::string_view kClient = "{client}";
        constexpr std::string_view kCall = "{call}";
        const std::string_view rest = std::string_view(text).substr(brace);
        if (rest.starts_with(kClient)) {
            result += std::to_string(client);
            at = brace + kClient.size();
        } else if (rest.starts_with(kCall)) {
            result += std::to_string(number);
            at = brace + kCall.size();
        } else {
            result += '{';
            at = brace + 1;
        }
    }
}

}  // namespace

Call::Call(const Request& request, std::uint64_t client, std::uint64_t number)
    : head_(arena_), client_(addressOf(client)) {
    const auto keep = [&](const std::string& text) { return arena_.copy(filled(text, client, number)); };
    head_.method = request.method;
    head_.target = keep(request.path);
    head_.host = "localhost:8280";
    head_.headers.add("Host", head_.host);
    for (const auto& [name, value] : request.headers) head_.headers.add(name, keep(value));
    if (request.body.empty()) return;
    const std::string_view body = keep(request.body);
    head_.contentLength = body.size();
    head_.hasContentLength = true;
    head_.headers.add("Content-Length", arena_.copy(std::to_string(body.size())));
    body_.emplace(body);
}

http::AnswerResult Call::answer(const http::OutgoingResponse& response) {
    answeredStatus_ = response.status;
    return http::AnswerResult::Sent;
}

}  // namespace myelin::simulate
