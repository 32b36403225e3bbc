#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "endpoints/membership/member.hpp"
#include "engine/config/build.hpp"
#include "engine/config/registry.hpp"
#include "engine/runtime/deadline.hpp"

namespace myelin::endpoints {

/// Says who the members of a dynamicLoadbalance group are. Shared by all workers, and by successive configurations that
/// describe it with the same properties. Any thread.
class MembershipHandler {
public:
    virtual ~MembershipHandler() = default;
    /// The members as far as they are known, in order; another object after each change. Cheap: it waits for nothing.
    virtual std::shared_ptr<const Members> current() const = 0;
    /// For messages that come before any member is known: waits until a look-up has ended, or the deadline.
    virtual void await(runtime::Deadline deadline) = 0;
    /// Whether members are spoken to over TLS; nothing: as the client of the message speaks.
    virtual std::optional<bool> secure() const noexcept { return std::nullopt; }
    /// What it knows and why it knows no more, for people: "DNS names quotes.example:80: no such host".
    virtual std::string condition() const = 0;
};

/// The `<property name="n" value="v"/>` children of a `<membershipHandler>`.
class MembershipProperties {
public:
    /// Reports properties without a name or value, and names that come twice.
    explicit MembershipProperties(config::Element& handler);

    /// Trimmed; empty when there is none.
    std::string text(const std::string& name);
    /// The same; nothing when there is none.
    std::optional<std::string> find(const std::string& name);
    /// Reports when there is none, and returns "".
    std::string required(const std::string& name);
    double decimal(const std::string& name, double least, double most, double otherwise);
    /// At the value of that property.
    void error(const std::string& name, std::string what, std::string help = {}) const;
    /// Reports what nobody asked for.
    void finish() const;
    /// All of them as one text: the identity of what they describe.
    std::string fingerprint() const;

private:
    config::Element handler_;
    std::map<std::string, config::Element> elements_;
    std::vector<std::string_view> asked_;
};

/// Makes a handler out of its properties. Nothing is looked up before the first message: a configuration that is only
/// checked asks nobody. Reports what is wrong, and may then return null.
using MembershipFactory = std::shared_ptr<MembershipHandler> (*)(MembershipProperties& properties);

/// By class name; each handler's file registers itself.
config::Registry<MembershipFactory>& membershipHandlerRegistry();

}  // namespace myelin::endpoints
