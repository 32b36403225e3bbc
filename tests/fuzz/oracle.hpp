#pragma once

#include <llhttp.h>

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace myelin::fuzz {

/// A finding: says what and aborts.
[[noreturn]] inline void finding(const char* what, std::string_view detail = {}) {
    std::fprintf(stderr, "finding: %s %.*s\n", what, static_cast<int>(detail.size()), detail.data());
    std::abort();
}

inline void require(bool condition, const char* what, std::string_view detail = {}) {
    if (!condition) finding(what, detail);
}

/// What llhttp's strict mode makes of a message.
struct Llhttp {
    explicit Llhttp(llhttp_type_t type) {
        llhttp_settings_init(&settings);
        settings.on_headers_complete = [](llhttp_t* parser) {
            auto& self = *static_cast<Llhttp*>(parser->data);
            self.headComplete = true;
            self.chunked = (parser->flags & F_CHUNKED) != 0;
            self.contentLength = parser->content_length;
            self.status = parser->status_code;
            return self.headOnly ? static_cast<int>(HPE_PAUSED) : 0;
        };
        settings.on_body = [](llhttp_t* parser, const char* at, std::size_t size) {
            static_cast<Llhttp*>(parser->data)->body.append(at, size);
            return 0;
        };
        settings.on_message_complete = [](llhttp_t* parser) {
            static_cast<Llhttp*>(parser->data)->messageComplete = true;
            return static_cast<int>(HPE_PAUSED);
        };
        llhttp_init(&parser_, type, &settings);
        parser_.data = this;
    }
    Llhttp(const Llhttp&) = delete;
    Llhttp& operator=(const Llhttp&) = delete;

    void feed(std::string_view bytes) {
        error = llhttp_execute(&parser_, bytes.data(), bytes.size());
        if (error != HPE_OK) consumed = static_cast<std::size_t>(llhttp_get_error_pos(&parser_) - bytes.data());
    }
    const char* reason() const { return llhttp_get_error_reason(&parser_); }

    llhttp_settings_t settings{};
    bool headOnly = false;
    llhttp_errno_t error = HPE_OK;
    std::size_t consumed = 0;
    bool headComplete = false;
    bool messageComplete = false;
    bool chunked = false;
    std::uint64_t contentLength = 0;
    int status = 0;
    std::string body;

private:
    llhttp_t parser_{};
};

/// The fields that Boost.Beast finds in a head, and whether it accepts it.
template <bool kIsRequest>
class Beast final : public boost::beast::http::basic_parser<kIsRequest> {
public:
    using Text = boost::beast::string_view;
    using Error = boost::beast::error_code;

    explicit Beast(std::string_view bytes) {
        // Without a limit Beast 1.74 refuses every length: it compares with an empty optional.
        this->body_limit(std::numeric_limits<std::uint64_t>::max());
        this->header_limit(std::numeric_limits<std::uint32_t>::max());
        this->put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
        accepted = !error && this->is_header_done();
    }

    bool accepted = false;
    Error error;
    std::vector<std::pair<std::string, std::string>> fields;

private:
    void on_request_impl(boost::beast::http::verb, Text, Text, int, Error&) override {}
    void on_response_impl(int, Text, int, Error&) override {}
    void on_field_impl(boost::beast::http::field, Text name, Text value, Error&) override {
        fields.emplace_back(std::string(name), std::string(value));
    }
    void on_header_impl(Error&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, Error&) override {}
    std::size_t on_body_impl(Text body, Error&) override { return body.size(); }
    void on_chunk_header_impl(std::uint64_t, Text, Error&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, Text body, Error&) override { return body.size(); }
    void on_finish_impl(Error&) override {}
};

/// Some number that depends on the whole input, to choose a split with.
inline std::size_t mix(std::string_view bytes) {
    std::size_t hash = 1469598103934665603ULL;
    for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    return hash >> 7;
}

template <typename Headers>
void compareFields(const Headers& ours, const std::vector<std::pair<std::string, std::string>>& theirs) {
    require(ours.size() == theirs.size(), "another number of fields than Beast");
    std::size_t index = 0;
    for (const auto& field : ours) {
        require(field.name == theirs[index].first, "another field name than Beast", field.name);
        require(field.value == theirs[index].second, "another field value than Beast", field.value);
        ++index;
    }
}

}  // namespace myelin::fuzz
