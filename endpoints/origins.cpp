#include "endpoints/origins.hpp"

#include <list>
#include <map>
#include <mutex>
#include <tuple>
#include <utility>

#include "endpoints/tls_client.hpp"

namespace myelin::endpoints {

namespace {

using Key = std::tuple<std::string, std::uint16_t, const runtime::TlsContext*>;

struct Known {
    std::mutex mutex;
    std::map<Key, std::weak_ptr<const http::Origin>> origins;
    std::size_t sweepAt = 64;
};

Known& known() {
    static auto& instance = *new Known;
    return instance;
}

/// A thread's last used origins, the latest in front.
class Recent {
public:
    std::shared_ptr<const http::Origin> get(const Url& url) {
        if (const unsigned now = tlsClientGeneration(); now != generation_) {
            generation_ = now;
            entries_.clear();
        }
        for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
            const auto& origin = **entry;
            if (origin.port() != url.port || origin.secure() != url.secure || origin.host() != url.host) continue;
            if (entry != entries_.begin()) entries_.splice(entries_.begin(), entries_, entry);
            return entries_.front();
        }
        entries_.push_front(originFor(url));
        if (entries_.size() > kKept) entries_.pop_back();
        return entries_.front();
    }

private:
    static constexpr std::size_t kKept = 32;
    std::list<std::shared_ptr<const http::Origin>> entries_;
    unsigned generation_ = 0;
};

}  // namespace

std::shared_ptr<const http::Origin> originFor(const Url& url) {
    auto tls = url.secure ? tlsClientContext() : nullptr;
    auto& all = known();
    const std::lock_guard lock(all.mutex);
    auto& slot = all.origins[Key{url.host, url.port, tls.get()}];
    if (auto existing = slot.lock()) return existing;
    auto made = http::Origin::make(url.host, url.port, std::move(tls));
    slot = made;
    // Hosts that were used once leave empty slots behind.
    if (all.origins.size() > all.sweepAt) {
        std::erase_if(all.origins, [](const auto& entry) { return entry.second.expired(); });
        all.sweepAt = all.origins.size() * 2 + 64;
    }
    return made;
}

std::shared_ptr<const http::Origin> recentOriginFor(const Url& url) {
    thread_local Recent recent;
    return recent.get(url);
}

}  // namespace myelin::endpoints
