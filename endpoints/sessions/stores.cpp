#include "endpoints/sessions/stores.hpp"

#include <exception>
#include <mutex>

#include "endpoints/sessions/memory_store.hpp"
#include "endpoints/sessions/redis_store.hpp"
#include "engine/runtime/tls.hpp"
#include "engine/runtime/virtual_loop.hpp"

namespace myelin::endpoints {

namespace {

constexpr const char* kIdentity = "sessions";

struct Shared {
    std::mutex mutex;
    config::SessionSettings sessions;
    runtime::TlsClientOptions tls;
};

Shared& shared() {
    static auto& instance = *new Shared;
    return instance;
}

MemoryStore::Limits limitsOf(const config::SessionSettings& settings) {
    return {settings.maxCount, settings.maxBytes};
}

RedisStore::Options redisOptions(const config::SessionSettings& settings, runtime::TlsClientOptions tls) {
    RedisStore::Options options;
    auto& server = options.client.server;
    server.address = redis::parseAddress(settings.redis).address;
    server.user = settings.user;
    server.password = settings.password;
    if (server.address.secure) {
        tls.alpn.clear();
        server.tls = runtime::TlsContext::client(tls);
    }
    options.client.wait = settings.wait;
    options.limits = limitsOf(settings);
    options.prefix = settings.prefix;
    options.trust = settings.trust;
    return options;
}

}  // namespace

void configureSessions(const config::Settings& settings) {
    auto& all = shared();
    const std::lock_guard lock(all.mutex);
    all.sessions = settings.sessions;
    all.tls = settings.tlsClient;
}

std::shared_ptr<SessionStore> sessionStoreFor(config::Build& build) {
    auto& all = shared();
    const std::lock_guard lock(all.mutex);
    const config::SessionSettings& settings = all.sessions;
    if (!settings.redis.empty() && runtime::VirtualLoop::ofThread() == nullptr) {
        try {
            return build.states().get<RedisStore>(kIdentity, redisOptions(settings, all.tls));
        } catch (const std::exception& error) {
            build.diagnostics().error(settings.place, error.what());
        }
    }
    return build.states().get<MemoryStore>(kIdentity, limitsOf(settings));
}

}  // namespace myelin::endpoints
