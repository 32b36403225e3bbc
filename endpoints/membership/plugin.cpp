#include "endpoints/membership/plugin.hpp"

#include <chrono>
#include <exception>
#include <string>
#include <utility>

#include "endpoints/membership/polled.hpp"
#include "engine/runtime/offload.hpp"

namespace myelin::endpoints {

namespace {

/// Asks a plugin's object, on a thread where it may block.
class PluginMembership final : public PolledMembership {
public:
    PluginMembership(std::shared_ptr<const plugin::Library> library,
                     std::unique_ptr<plugin::MembershipHandler> object,
                     std::string subject,
                     base::Duration period)
        : PolledMembership(period),
          library_(std::move(library)),
          object_(std::move(object)),
          subject_(std::move(subject)) {}

protected:
    Found lookUp() override {
        Found found;
        try {
            for (auto& member : runtime::offload([this] { return object_->members(); })) {
                if (member.host.empty()) {
                    found.error = "it gave a member without a host";
                    continue;
                }
                found.members.push_back({std::move(member.host), member.httpPort, member.httpsPort, member.weight});
            }
        } catch (const std::exception& failure) {
            found.error = failure.what();
        }
        return found;
    }
    std::string subject() const override { return subject_; }

private:
    std::shared_ptr<const plugin::Library> library_;  // first: it outlives the object
    std::unique_ptr<plugin::MembershipHandler> object_;
    std::string subject_;
};

/// The properties of the element as a plugin asks for them.
class Asked final : public plugin::Options {
public:
    explicit Asked(MembershipProperties& properties) : properties_(properties) {}

    const std::string* find(std::string_view name) const override {
        const std::string key(name);
        auto value = properties_.find(key);
        if (!value) return nullptr;
        return &values_.insert_or_assign(key, std::move(*value)).first->second;
    }

private:
    MembershipProperties& properties_;
    mutable std::map<std::string, std::string> values_;
};

}  // namespace

std::shared_ptr<MembershipHandler> makePluginMembership(
    config::Element& element,
    std::string_view name,
    const plugin::Plugins::Found<plugin::MembershipHandlerFactory>& found,
    MembershipProperties& properties) {
    const std::chrono::duration<double> period(properties.decimal("interval", 0.1, 86'400, 30));
    const Asked asked(properties);
    std::string failure;
    auto object = plugin::Plugins::make<plugin::MembershipHandlerFactory, plugin::Options>(found, failure, asked);
    if (object) {
        return std::make_shared<PluginMembership>(found.library,
                                                  std::move(object),
                                                  "membership handler " + std::string(name),
                                                  std::chrono::duration_cast<base::Duration>(period));
    }
    element.errorAt("class", "cannot create membership handler \"" + std::string(name) + "\": " + failure);
    return nullptr;
}

}  // namespace myelin::endpoints
