#include "engine/config/retry_rules.hpp"

#include <set>
#include <utility>

#include "engine/base/strings.hpp"
#include "engine/message/forwarding_endpoint.hpp"

namespace myelin::config {

namespace {

/// An endpoint of any kind that says whether its requests may be repeated.
class RuledEndpoint final : public message::ForwardingEndpoint {
public:
    RuledEndpoint(std::unique_ptr<message::Endpoint> endpoint, message::RetryRules rules)
        : endpoint_(std::move(endpoint)), rules_(std::move(rules)) {}

    message::SendOutcome send(message::MessageContext& context,
                              http::ClientResponse& reply,
                              runtime::Deadline deadline) const override {
        const message::RetryScope scope(context, rules_);
        auto outcome = endpoint_->send(context, reply, deadline);
        if (outcome.mayHaveReachedServer && !outcome.way) outcome.way = context.retryWay();
        return outcome;
    }

protected:
    const message::Endpoint& target() const noexcept override { return *endpoint_; }

private:
    std::unique_ptr<message::Endpoint> endpoint_;
    message::RetryRules rules_;
};

}  // namespace

message::RetryRules readRetryRules(Element& element, std::string owner) {
    message::RetryRules rules;
    rules.owner = std::move(owner);
    element.beyondSynapse("repeatable");
    if (element.has("repeatable")) rules.repeatable = element.boolean("repeatable", true);
    if (!element.isNamed("endpoint")) return rules;
    std::set<std::pair<std::string, std::string>> known;
    for (const auto& child : element.childrenNamed("operation")) {
        child.beyondSynapse();
        message::RetryRules::Operation operation;
        operation.name = base::trim(child.required("name"));
        if (const auto uri = child.attribute("namespace")) operation.namespaceUri = std::string(base::trim(*uri));
        (void)child.required("repeatable");
        operation.repeatable = child.boolean("repeatable", true);
        if (!known.emplace(operation.name, operation.namespaceUri.value_or("*")).second) {
            child.errorAt("name", "operation \"" + operation.name + "\" is there twice", "leave one of them out");
        }
        child.finish();
        rules.operations.push_back(std::move(operation));
    }
    return rules;
}

std::unique_ptr<message::Endpoint> withRetryRules(std::unique_ptr<message::Endpoint> endpoint,
                                                  message::RetryRules rules) {
    if (!endpoint || rules.empty()) return endpoint;
    return std::make_unique<RuledEndpoint>(std::move(endpoint), std::move(rules));
}

}  // namespace myelin::config
