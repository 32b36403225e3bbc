#include "endpoints/sessions/stores.hpp"

#include <mutex>

#include "endpoints/sessions/memory_store.hpp"

namespace myelin::endpoints {

namespace {

constexpr const char* kIdentity = "sessions";

struct Shared {
    std::mutex mutex;
    config::SessionSettings settings;
};

Shared& shared() {
    static auto& instance = *new Shared;
    return instance;
}

config::SessionSettings current() {
    auto& all = shared();
    const std::lock_guard lock(all.mutex);
    return all.settings;
}

}  // namespace

void configureSessions(const config::Settings& settings) {
    auto& all = shared();
    const std::lock_guard lock(all.mutex);
    all.settings = settings.sessions;
}

std::shared_ptr<SessionStore> sessionStoreFor(config::Build& build) {
    const auto settings = current();
    return build.states().get<MemoryStore>(kIdentity, MemoryStore::Limits{settings.maxCount, settings.maxBytes});
}

}  // namespace myelin::endpoints
