#include "endpoints/origins.hpp"

#include <list>

#include "endpoints/tls_client.hpp"

namespace myelin::endpoints {

namespace {

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
    return http::Origin::make(url.host, url.port, url.secure ? tlsClientContext() : nullptr);
}

std::shared_ptr<const http::Origin> recentOriginFor(const Url& url) {
    thread_local Recent recent;
    return recent.get(url);
}

}  // namespace myelin::endpoints
