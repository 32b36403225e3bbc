#include <atomic>
#include <map>
#include <mutex>
#include <stdexcept>
#include <tuple>

#include "engine/http/client.hpp"
#include "engine/http/guard.hpp"

namespace myelin::http {

namespace {

using Key = std::tuple<std::string, std::uint16_t, const runtime::TlsContext*>;

// Equal origins are one object, so that a reload finds the connections of the configuration before.
struct Directory {
    std::mutex mutex;
    std::map<Key, std::weak_ptr<const Origin>> origins;
};

Directory& directory() {
    static auto& instance = *new Directory;
    return instance;
}

std::atomic<std::uint32_t> nextId{0};

}  // namespace

std::shared_ptr<const Origin> Origin::make(std::string host,
                                           std::uint16_t port,
                                           std::shared_ptr<runtime::TlsContext> tls) {
    if (host.empty()) throw std::invalid_argument("a backend without a host");
    if (port == 0) throw std::invalid_argument("a backend with port 0");
    const Key key{host, port, tls.get()};
    const std::lock_guard lock(directory().mutex);
    auto& slot = directory().origins[key];
    if (auto known = slot.lock()) return known;
    const std::shared_ptr<Origin> origin(new Origin);
    origin->host_ = std::move(host);
    origin->port_ = port;
    origin->tls_ = std::move(tls);
    const bool literal6 = origin->host_.find(':') != std::string::npos;
    origin->authority_ = literal6 ? '[' + origin->host_ + ']' : origin->host_;
    if (port != (origin->tls_ ? 443 : 80)) origin->authority_ += ':' + std::to_string(port);
    origin->authorityValid_ = isValidAuthority(origin->authority_);
    origin->id_ = nextId.fetch_add(1, std::memory_order_relaxed);
    slot = origin;
    return origin;
}

Origin::~Origin() {
    const std::lock_guard lock(directory().mutex);
    const auto found = directory().origins.find({host_, port_, tls_.get()});
    if (found != directory().origins.end() && found->second.expired()) directory().origins.erase(found);
}

}  // namespace myelin::http
