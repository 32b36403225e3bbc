#include <functional>
#include <mutex>
#include <set>
#include <string>

#include "endpoints/child.hpp"
#include "endpoints/limits/references.hpp"
#include "endpoints/resolving.hpp"
#include "engine/base/scope_exit.hpp"
#include "engine/base/strings.hpp"
#include "engine/config/build.hpp"
#include "engine/config/endpoint_id.hpp"
#include "engine/message/forwarding_endpoint.hpp"

namespace myelin::endpoints {

namespace {

/// <endpoint key="name"/>: another endpoint, found when the configuration is loaded; key="{xpath}" is another matter.
/// Not a node of its own: it has no state, and groups see the real endpoint through it (synapse-endpoints 7.2).
class IndirectEndpoint final : public message::ForwardingEndpoint {
public:
    const message::Endpoint** slot() noexcept { return &target_; }

    // A tree in which each endpoint refers to the next one twice has a path for every subset of them, so the two are
    // worked out once. Nobody asks before the configuration is linked.
    message::Bounds bounds() const noexcept override {
        work();
        return bounds_;
    }
    std::size_t answers() const noexcept override {
        work();
        return answers_;
    }
    /// For the same reason each target is shown once in what one reference leads to.
    void visit(const std::function<void(const Endpoint&)>& visitor) const override {
        thread_local std::set<const message::Endpoint*> shown;
        thread_local int depth = 0;
        ++depth;
        const base::ScopeExit back([] {
            if (--depth == 0) shown.clear();
        });
        if (shown.insert(target_).second) target_->visit(visitor);
    }

protected:
    const message::Endpoint& target() const noexcept override { return *target_; }

private:
    void work() const noexcept {
        std::call_once(worked_, [this] {
            bounds_ = target_->bounds();
            answers_ = target_->answers();
        });
    }

    const message::Endpoint* target_ = nullptr;
    mutable std::once_flag worked_;
    mutable message::Bounds bounds_;
    mutable std::size_t answers_ = 1;
};

std::unique_ptr<message::Endpoint> makeIndirect(config::Element& endpoint,
                                                config::Element&,
                                                const config::EndpointPosition& position,
                                                config::Build& build) {
    warnOfReference(endpoint, "key", build);
    auto value = build.value(endpoint, "key");
    if (value.expression) {
        endpoint.beyondSynapse("key", "Synapse computes no key of an <endpoint>", "it takes key-expression=\"xpath\"");
        return makeResolving(endpoint, std::move(*value.expression), position, build);
    }
    const std::string key{base::trim(value.text)};
    if (key.empty()) {
        endpoint.required("key");  // says so, unless the value is an expression with a mistake
        return nullptr;
    }
    for (const std::string_view unused : {"name", "onError"}) {
        // The name by which others refer to this one is in use.
        const auto written = endpoint.attribute(unused);
        if (!written || config::idOfName(*written) == position.identity) continue;
        endpoint.warningAt(
            unused, std::string(unused) + " has no effect beside key", "put it on the endpoint that the key names");
    }
    for (const auto& property : endpoint.childrenNamed("property")) {
        // The group around reads its child's weight here.
        if (base::trim(property.attribute("name", "")).starts_with(kBalancingPrefix)) continue;
        property.ignore();
        property.warning("a property has no effect beside key", "put it into the endpoint that the key names");
    }
    auto made = std::make_unique<IndirectEndpoint>();
    build.referEndpoint(endpoint, "key", key, made->slot());
    return made;
}

const config::Registration<config::EndpointFactory> kRegistered{
    config::endpointRegistry(), "key", {&makeIndirect, 0, true, false}};

}  // namespace

}  // namespace myelin::endpoints
