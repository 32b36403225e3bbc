#include <algorithm>
#include <utility>

#include "endpoints/by_scheme.hpp"
#include "endpoints/group.hpp"
#include "endpoints/member.hpp"
#include "endpoints/scatter.hpp"
#include "endpoints/url_recipients.hpp"
#include "engine/message/message_context.hpp"
#include "engine/runtime/loop.hpp"

namespace myelin::endpoints {

namespace {

/// A copy of the message for every child that is ready (synapse-endpoints 7.1). It does not try again and does not fail
/// over; children that are groups do so among themselves.
class RecipientList final : public message::Endpoint {
public:
    RecipientList(GroupEndpoint::Options options, GroupEndpoint::Children children)
        : options_(std::move(options)), children_(std::move(children)) {}

    message::SendOutcome send(message::MessageContext& context,
                              http::ClientResponse&,
                              runtime::Deadline deadline) const override {
        const auto now = runtime::now();
        std::vector<Recipient> recipients;
        {
            // Each copy waits for itself, or is refused.
            const BeyondLimits look;
            for (const auto& child : children_) {
                if (child->ready(now)) recipients.push_back({child.get(), nullptr});
            }
        }
        if (recipients.empty()) return noReadyChild(kRecipientListKind, options_.name, condition(now));
        return scatter(std::move(recipients), options_.properties, name(), context, deadline);
    }
    bool ready(runtime::TimePoint now) const noexcept override {
        for (const auto& child : children_) {
            if (child->ready(now)) return true;
        }
        return false;
    }
    std::string_view name() const noexcept override {
        return options_.name.empty() ? options_.identity : options_.name;
    }
    /// All are sent to, at the same time.
    message::Bounds bounds() const noexcept override {
        message::Bounds all;
        message::Bounds longest;
        for (const auto& child : children_) {
            const auto one = child->bounds();
            all += one;
            longest = message::Bounds::larger(longest, one);
        }
        return {all.attempts, longest.waiting};
    }
    std::size_t answers() const noexcept override {
        std::size_t all = 0;
        for (const auto& child : children_) all = std::min(all + child->answers(), message::kManyAnswers);
        return all;
    }
    void visit(const std::function<void(const Endpoint&)>& visitor) const override {
        visitor(*this);
        for (const auto& child : children_) child->visit(visitor);
    }
    void switchOff(runtime::TimePoint now) const override {
        for (const auto& child : children_) child->switchOff(now);
    }
    void switchOn(runtime::TimePoint now) const override {
        for (const auto& child : children_) child->switchOn(now);
    }
    std::string condition(runtime::TimePoint now) const override {
        std::string text;
        for (const auto& child : children_) {
            const std::string one = child->condition(now);
            if (!one.empty()) text += (text.empty() ? "" : ", ") + one;
        }
        return text;
    }

private:
    GroupEndpoint::Options options_;
    GroupEndpoint::Children children_;
};

std::unique_ptr<message::Endpoint> makeOverMembers(const GroupEndpoint::Options& options,
                                                   config::Element& kind,
                                                   const config::EndpointPosition& position,
                                                   config::Build& build) {
    const auto members = readMembers(kind);
    if (members.empty()) return nullptr;
    std::unique_ptr<message::Endpoint> lists[2];
    for (const bool secure : {false, true}) {
        auto leaves = memberLeaves(members, secure, false, kind, position, build);
        if (!leaves.empty()) lists[secure ? 1 : 0] = std::make_unique<RecipientList>(options, std::move(leaves));
    }
    return std::make_unique<BySchemeEndpoint>(kRecipientListKind,
                                              options.name.empty() ? options.identity : options.name,
                                              std::move(lists[0]),
                                              std::move(lists[1]));
}

std::unique_ptr<message::Endpoint> makeRecipientList(config::Element& endpoint,
                                                     config::Element& kind,
                                                     const config::EndpointPosition& position,
                                                     config::Build& build) {
    settleSpelling(kind, "recipientlist");
    auto options = readGroupOptions(endpoint, position, build);
    if (kind.has("failover")) kind.warningAt("failover", "failover has no effect on a recipient list");
    const EndpointDefaults defaults(kind, build);
    const auto limits = readLimits(kind, {}, build);
    if (limits.inFlight) {
        kind.child("limit")->error("a <limit> on a recipient list has nothing to count: its answers come by themselves",
                                   "write it into <endpointDefaults>, for each of the recipients");
        return nullptr;
    }
    const bool fixed = !kind.childrenNamed("endpoint").empty() || !kind.childrenNamed("member").empty();
    if (auto urls = kind.child("endpoints")) {
        if (!fixed) {
            if (const auto unused = kind.child("endpointDefaults")) {
                unused->warning("<endpointDefaults> has no effect on recipients that are URLs",
                                "write <endpoint>s with addresses instead");
            }
            return withOwnLimits(
                makeUrlRecipients(std::move(options), *urls, position, build), limits, position, build);
        }
        urls->ignore();
        urls->warning("<endpoints> has no effect beside <endpoint> and <member>", "leave it out");
    }
    if (!checkChildren(kind)) return nullptr;
    if (!kind.childrenNamed("member").empty()) {
        return withOwnLimits(makeOverMembers(options, kind, position, build), limits, position, build);
    }
    auto children = readChildren(kind, position, build);
    if (children.empty()) return nullptr;
    auto made = std::make_unique<RecipientList>(std::move(options), std::move(children));
    return withOwnLimits(std::move(made), limits, position, build);
}

const config::Registration<config::EndpointFactory> kKind{
    config::endpointRegistry(), "recipientlist", {&makeRecipientList, 85, false, false}};
const config::Registration<config::EndpointFactory> kOddSpelling{
    config::endpointRegistry(), "recipientList", {&makeRecipientList, 86, false, true}};

}  // namespace

}  // namespace myelin::endpoints
