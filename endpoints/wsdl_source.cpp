#include "endpoints/wsdl_source.hpp"

#include <Poco/Exception.h>
#include <Poco/URI.h>

#include <filesystem>
#include <fstream>

#include "endpoints/origins.hpp"
#include "endpoints/url.hpp"
#include "engine/base/scope_exit.hpp"
#include "engine/base/strings.hpp"
#include "engine/http/client.hpp"
#include "engine/message/content.hpp"
#include "engine/runtime/loop.hpp"

namespace myelin::endpoints {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargest = 16u << 20;
constexpr std::string_view kTooLarge = "it is larger than 16 MiB";

bool isHttp(std::string_view location) noexcept {
    return base::startsWithIgnoreCase(location, "http://") || base::startsWithIgnoreCase(location, "https://");
}

/// `scheme:`, but not the letter of a drive or a path with a colon further on.
bool hasScheme(std::string_view text) noexcept {
    const auto end = text.find_first_of(":/?#");
    return end != std::string_view::npos && end > 1 && text[end] == ':';
}

/// Of `file:name`, `file:/path`, `file://host/path` (the host can only be this one).
std::string pathOfFileUrl(std::string_view rest) {
    if (rest.starts_with("//")) {
        rest.remove_prefix(2);
        rest.remove_prefix(std::min(rest.find('/'), rest.size()));
    }
    std::string path;
    try {
        Poco::URI::decode(std::string(rest), path);
    } catch (const Poco::Exception&) {
        return std::string(rest);  // "%" in a name that was never encoded
    }
    return path;
}

WsdlText refuse(std::string why) {
    WsdlText text;
    text.error = std::move(why);
    return text;
}

WsdlText readFile(const std::string& path) {
    std::error_code problem;
    if (fs::is_directory(path, problem)) return refuse(path + " is a directory");
    // Opening a pipe would wait for somebody who writes to it.
    if (fs::exists(path, problem) && !fs::is_regular_file(path, problem)) return refuse(path + " is no regular file");
    std::ifstream file(path, std::ios::binary);
    if (!file) return refuse("the file " + path + " cannot be read");
    WsdlText text;
    char piece[16 * 1024];
    while (file.read(piece, sizeof piece) || file.gcount() > 0) {
        text.bytes.append(piece, static_cast<std::size_t>(file.gcount()));
        if (text.bytes.size() > kLargest) return refuse(std::string(kTooLarge));
    }
    if (file.bad()) return refuse("the file " + path + " cannot be read to its end");
    return text;
}

std::string whyNot(const http::ResponseHead& head) {
    std::string why = "the server answered " + std::to_string(head.status);
    if (!head.reason.empty()) why += " " + std::string(head.reason);
    if (head.status / 100 != 3) return why;
    const auto target = head.headers.get("Location");
    return why + ", a redirect" + (target ? " to " + std::string(*target) : "") + ", and redirects are not followed";
}

WsdlText fetch(const std::string& location, runtime::Deadline deadline) {
    const auto parsed = parseUrl(location);
    if (!parsed.ok()) return refuse(parsed.error);
    std::shared_ptr<const http::Origin> origin;
    try {
        origin = originFor(parsed.url);
    } catch (const std::runtime_error& error) {
        return refuse(std::string("TLS cannot be set up: ") + error.what());
    }
    base::Arena arena;
    http::Headers headers(arena);
    headers.add("Accept", "text/xml, application/wsdl+xml, application/xml, */*;q=0.1");
    http::OutgoingRequest request;
    request.method = "GET";
    std::string target(parsed.url.path);
    if (!target.starts_with('/')) target.insert(0, "/");
    request.target = target;
    request.headers = &headers;
    request.close = true;
    request.responseTime = kWsdlPatience;
    deadline = deadline.earlier(runtime::Deadline::after(kWsdlPatience, runtime::now()));
    http::ClientResponse response(arena);
    http::Client::current().send(*origin, request, response, deadline);
    if (!response.ok()) return refuse(response.errorText);
    if (response.head.status != 200) return refuse(whyNot(response.head));
    WsdlText text;
    if (const auto type = response.head.headers.get("Content-Type"))
        text.charset = message::contentTypeParameter(*type, "charset");
    while (response.body) {
        const http::BodyPart part = response.body->next(deadline);
        if (part.status == http::BodyStatus::End) break;
        if (part.status == http::BodyStatus::TimedOut) return refuse("it did not come in time");
        if (part.status != http::BodyStatus::Data) return refuse("the answer broke off");
        text.bytes += part.bytes;
        if (text.bytes.size() > kLargest) return refuse(std::string(kTooLarge));
    }
    return text;
}

}  // namespace

std::string wsdlLocation(std::string_view reference, const std::string& configurationFile) {
    if (isHttp(reference)) return std::string(reference);
    constexpr std::string_view kFile = "file:";
    std::string path;
    if (base::startsWithIgnoreCase(reference, kFile)) {
        path = pathOfFileUrl(reference.substr(kFile.size()));
    } else if (!hasScheme(reference)) {
        path = reference;
    }
    if (path.empty() || fs::path(path).is_absolute()) return path;
    std::error_code problem;
    const auto beside = fs::path(configurationFile).parent_path() / path;
    if (!fs::exists(beside, problem) && fs::exists(path, problem)) return path;
    return beside.lexically_normal().string();
}

std::string importedLocation(std::string_view reference, const std::string& base) {
    if (!isHttp(base)) {
        if (hasScheme(reference) || fs::path(reference).is_absolute()) return {};
        return (fs::path(base).parent_path() / reference).lexically_normal().string();
    }
    try {
        const Poco::URI from(base);
        const Poco::URI to(from, std::string(reference));
        if (to.getScheme() != from.getScheme() || to.getAuthority() != from.getAuthority()) return {};
        return to.toString();
    } catch (const Poco::Exception&) {
        return {};
    }
}

WsdlText readWsdl(const std::string& location, runtime::Deadline deadline) {
    return isHttp(location) ? fetch(location, deadline) : readFile(location);
}

}  // namespace myelin::endpoints
