#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "endpoints/sessions/keeper.hpp"

struct evp_mac_ctx_st;

namespace myelin::endpoints {

/// What an inserted cookie says when its signature is good.
struct InsertedValue {
    std::string path;          ///< of tags (path_tag.hpp)
    std::int64_t expires = 0;  ///< milliseconds of the system's clock
};

/// Makes and judges the values of inserted cookies: "1.EXPIRES.TAG.TAG.SIGNATURE", where the signature is half of an
/// HMAC-SHA256 over the group and all that stands before it. Immutable.
class CookieSigner {
public:
    explicit CookieSigner(const std::string& key);

    std::string sign(std::string_view group, const InsertedValue& value) const;
    /// Nothing when it is not a value that sign() has made with this key for this group.
    std::optional<InsertedValue> verify(std::string_view group, std::string_view text) const;

private:
    std::string signature(std::string_view group, std::string_view text) const;
    std::shared_ptr<evp_mac_ctx_st> keyed_;
};

/// A key by chance, the same as long as the process lives.
const std::string& processKey();

/// <session type="http" insert="true">: the client itself remembers where its session goes, in a cookie that Myelin
/// adds to answers and takes out of requests. Needs no table, so it holds across restarts and on any number of nodes
/// that have the same key.
class InsertedCookie final : public SessionKeeper {
public:
    struct Options {
        std::string name;  ///< of the cookie
        std::string key;
        bool sliding = true;
    };
    explicit InsertedCookie(Options options);

    bool tagged() const noexcept override { return true; }

    void find(Session& session, message::MessageContext& context, runtime::Deadline deadline) const override;
    void answered(Session& session,
                  message::MessageContext& context,
                  http::ClientResponse& reply,
                  std::string_view path,
                  base::Milliseconds lifetime,
                  runtime::Deadline deadline) const override;

    /// Cookies that were ignored, since the configuration was loaded.
    std::uint64_t forged() const noexcept { return forged_.load(std::memory_order_relaxed); }
    std::uint64_t expired() const noexcept { return expired_.load(std::memory_order_relaxed); }

private:
    Options options_;
    CookieSigner signer_;
    mutable std::atomic<std::uint64_t> forged_{0};
    mutable std::atomic<std::uint64_t> expired_{0};
};

}  // namespace myelin::endpoints
