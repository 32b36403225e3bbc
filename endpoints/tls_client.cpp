#include "endpoints/tls_client.hpp"

#include <atomic>
#include <mutex>
#include <tuple>

namespace myelin::endpoints {

namespace {

struct Shared {
    std::mutex mutex;
    runtime::TlsClientOptions options;
    std::shared_ptr<runtime::TlsContext> context;
    std::atomic<unsigned> generation{0};
};

Shared& shared() {
    static auto& instance = *new Shared;
    return instance;
}

bool same(const runtime::TlsClientOptions& a, const runtime::TlsClientOptions& b) {
    return std::tie(a.verify, a.caFile, a.certificateFile, a.keyFile, a.alpn, a.minimumVersion) ==
           std::tie(b.verify, b.caFile, b.certificateFile, b.keyFile, b.alpn, b.minimumVersion);
}

}  // namespace

void configureTlsClient(const runtime::TlsClientOptions& options) {
    auto& all = shared();
    const std::lock_guard lock(all.mutex);
    // Keeping the context keeps its sessions and, through the origins, the pooled connections.
    if (same(all.options, options)) return;
    all.options = options;
    all.context = nullptr;
    all.generation.fetch_add(1, std::memory_order_relaxed);
}

std::shared_ptr<runtime::TlsContext> tlsClientContext() {
    auto& all = shared();
    const std::lock_guard lock(all.mutex);
    if (!all.context) all.context = runtime::TlsContext::client(all.options);
    return all.context;
}

unsigned tlsClientGeneration() noexcept {
    return shared().generation.load(std::memory_order_relaxed);
}

}  // namespace myelin::endpoints
