#include "endpoints/sessions/inserted_cookie.hpp"

#include <Poco/Logger.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <stdexcept>
#include <utility>

#include "endpoints/sessions/base64_url.hpp"
#include "endpoints/sessions/cookies.hpp"
#include "endpoints/sessions/path_tag.hpp"
#include "engine/base/strings.hpp"
#include "engine/runtime/wall_clock.hpp"

namespace myelin::endpoints {

namespace {

constexpr std::string_view kVersion = "1.";
/// RFC 2104, section 5: not less than half of the hash.
constexpr std::size_t kSignatureBytes = 16;
constexpr std::size_t kLongestValue = 1024;
/// Cookies of its name in one message, of which others may have set some.
constexpr int kMostJudged = 4;
/// A cookie is not renewed before a tenth of its life is over.
constexpr int kRenewals = 10;

std::int64_t wallMilliseconds() {
    return std::chrono::duration_cast<base::Milliseconds>(runtime::wallTime().time_since_epoch()).count();
}

void count(std::atomic<std::uint64_t>& counter, std::string_view group, std::string_view what) {
    // Each one would fill the log: the 1st, 2nd, 4th, 8th, ...
    const auto number = counter.fetch_add(1, std::memory_order_relaxed) + 1;
    if (!std::has_single_bit(number)) return;
    Poco::Logger::get("myelin.endpoints")
        .information("group " + std::string(group) + ": " + std::string(what) + " session cookie ignored (number " +
                     std::to_string(number) + ")");
}

}  // namespace

CookieSigner::CookieSigner(const std::string& key) {
    const std::unique_ptr<EVP_MAC, void (*)(EVP_MAC*)> mac(EVP_MAC_fetch(nullptr, "HMAC", nullptr), &EVP_MAC_free);
    if (mac) keyed_ = {EVP_MAC_CTX_new(mac.get()), &EVP_MAC_CTX_free};
    char digest[] = "SHA256";
    const std::array<OSSL_PARAM, 2> parameters{OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                               OSSL_PARAM_construct_end()};
    if (!keyed_ ||
        EVP_MAC_init(keyed_.get(), reinterpret_cast<const unsigned char*>(key.data()), key.size(), parameters.data()) !=
            1) {
        throw std::runtime_error("HMAC-SHA256 is not available");
    }
}

std::string CookieSigner::signature(std::string_view group, std::string_view text) const {
    const std::string all = "myelin session\n" + std::string(group) + "\n" + std::string(text);
    // A copy of what has the key already: looking up the algorithm and hashing the key would cost ten times as much.
    const std::unique_ptr<EVP_MAC_CTX, void (*)(EVP_MAC_CTX*)> mac(EVP_MAC_CTX_dup(keyed_.get()), &EVP_MAC_CTX_free);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    std::size_t length = 0;
    if (!mac || EVP_MAC_update(mac.get(), reinterpret_cast<const unsigned char*>(all.data()), all.size()) != 1 ||
        EVP_MAC_final(mac.get(), digest.data(), &length, digest.size()) != 1) {
        throw std::runtime_error("HMAC-SHA256 failed");
    }
    return base64Url({digest.data(), kSignatureBytes});
}

std::string CookieSigner::sign(std::string_view group, const InsertedValue& value) const {
    std::string text = std::string(kVersion) + std::to_string(value.expires);
    auto rest = std::string_view(value.path);
    for (auto tag = takePart(rest); !tag.empty(); tag = takePart(rest)) {
        text += '.';
        text += tag.substr(1);
    }
    return text + '.' + signature(group, text);
}

std::optional<InsertedValue> CookieSigner::verify(std::string_view group, std::string_view text) const {
    if (text.size() > kLongestValue || !text.starts_with(kVersion)) return std::nullopt;
    const auto end = text.rfind('.');
    const auto body = text.substr(0, end);
    const auto given = text.substr(end + 1);
    const auto right = signature(group, body);
    if (given.size() != right.size() || CRYPTO_memcmp(given.data(), right.data(), right.size()) != 0) {
        return std::nullopt;
    }
    InsertedValue value;
    auto rest = body.substr(kVersion.size());
    const auto take = [&rest] {
        const auto length = std::min(rest.find('.'), rest.size());
        const auto part = rest.substr(0, length);
        rest.remove_prefix(std::min(length + 1, rest.size()));
        return part;
    };
    const auto expires = base::parseNumber<std::int64_t>(take());
    if (!expires) return std::nullopt;
    value.expires = *expires;
    while (!rest.empty()) value.path += "~" + std::string(take()) + "\n";
    return value;
}

const std::string& processKey() {
    static const std::string key = [] {
        std::array<unsigned char, 32> bytes{};
        if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
            throw std::runtime_error("the system has no random numbers for a key");
        }
        return std::string(bytes.begin(), bytes.end());
    }();
    return key;
}

InsertedCookie::InsertedCookie(Options options) : options_(std::move(options)), signer_(options_.key) {}

void InsertedCookie::find(Session& session, message::MessageContext& context, runtime::Deadline) const {
    bool there = false;
    int judged = 0;
    for (const auto& field : std::as_const(context).headers()) {
        if (field.id != http::HeaderId::Cookie || field.value.find(options_.name) == std::string_view::npos) continue;
        auto pairs = field.value;
        while (const auto cookie = takeCookie(pairs)) {
            if (cookie->name != options_.name) continue;
            there = true;
            // The first good one is the browser's best match. Judging all of them would be work for nothing.
            if (session.known || ++judged > kMostJudged) continue;
            auto value = signer_.verify(session.group, cookie->value);
            const auto now = wallMilliseconds();
            if (!value) {
                count(forged_, session.group, "forged");
            } else if (value->expires <= now) {
                count(expired_, session.group, "expired");
            } else {
                session.known = true;
                session.path = std::move(value->path);
                session.left = base::Milliseconds(value->expires - now);
            }
        }
    }
    if (!there) return;
    session.keepHeaders(context);
    removeCookies(context.headers(), {options_.name});
}

void InsertedCookie::answered(Session& session,
                              message::MessageContext& context,
                              http::ClientResponse& reply,
                              std::string_view path,
                              base::Milliseconds lifetime,
                              runtime::Deadline) const {
    const bool young = !options_.sliding || session.left > lifetime - lifetime / kRenewals;
    if (session.known && session.path == path && young) return;
    // An absolute end stays where it is, wherever the session goes.
    const auto lives = session.known && !options_.sliding ? std::min(session.left, lifetime) : lifetime;
    const auto value = signer_.sign(session.group, {std::string(path), wallMilliseconds() + lives.count()});
    reply.head.headers.add("Set-Cookie",
                           options_.name + "=" + value + "; Path=/; HttpOnly; SameSite=Lax" +
                               (context.exchange().server().secure() ? "; Secure" : ""));
    // A cache that many share may keep what says nothing, and would give this session to all of them.
    if (!reply.head.headers.get("Cache-Control")) reply.head.headers.add("Cache-Control", "private");
}

}  // namespace myelin::endpoints
