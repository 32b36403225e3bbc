#include "endpoints/loadbalance.hpp"

#include "endpoints/by_scheme.hpp"
#include "endpoints/member.hpp"
#include "engine/base/strings.hpp"

namespace myelin::endpoints {

namespace {

class LoadBalanceEndpoint final : public GroupEndpoint {
public:
    LoadBalanceEndpoint(Options options, Children children, std::shared_ptr<Rotation> rotation)
        : GroupEndpoint(std::move(options), std::move(children)), rotation_(std::move(rotation)) {}

protected:
    std::size_t choose(const Candidates& candidates) const override { return rotation_->algorithm->pick(candidates); }
    void report(std::size_t index, bool answered) const override { rotation_->algorithm->report(index, answered); }
    std::string_view kind() const noexcept override { return kLoadBalanceKind; }

private:
    std::shared_ptr<Rotation> rotation_;
};

constexpr std::string_view kDefaultAlgorithm = "roundRobin";

std::string knownAlgorithms() {
    std::string text = "known ones: ";
    bool first = true;
    for (const auto known : algorithmRegistry().names()) {
        if (!first) text += ", ";
        text += known;
        first = false;
    }
    return text;
}

/// Synapse knows one policy, and takes the names of Java classes as algorithms.
void markBeyondSynapse(const config::Element& kind, std::string_view attribute, const std::string& name) {
    if (attribute == "policy" && name != kDefaultAlgorithm) {
        kind.beyondSynapse(attribute, "Synapse has no policy \"" + name + "\"", "it knows roundRobin only");
    } else if (attribute == "algorithm" && name.find('.') == std::string::npos) {
        kind.beyondSynapse(attribute, "Synapse has no algorithm \"" + name + "\"", "it takes the name of a Java class");
    }
}

/// The name of the algorithm, whichever attribute tells it; reported and the default when it is not known.
std::string readAlgorithm(const config::Element& kind) {
    const auto policy = kind.attribute("policy");
    const auto algorithm = kind.attribute("algorithm");
    if (policy && algorithm) {
        kind.errorAt("algorithm", "policy and algorithm cannot be used together", "leave one of them out");
        return std::string(kDefaultAlgorithm);
    }
    if (!policy && !algorithm) {
        kind.resolved("policy", kDefaultAlgorithm);
        return std::string(kDefaultAlgorithm);
    }
    const std::string_view attribute = policy ? "policy" : "algorithm";
    std::string name{base::trim(policy ? *policy : *algorithm)};
    if (algorithmRegistry().find(name)) {
        markBeyondSynapse(kind, attribute, name);
        return name;
    }
    const std::string suggestion = config::didYouMean(name, algorithmRegistry().names());
    kind.errorAt(attribute,
                 "unsupported algorithm \"" + name + "\"",
                 suggestion.empty() ? knownAlgorithms() : suggestion + "; " + knownAlgorithms());
    return std::string(kDefaultAlgorithm);
}

/// <member> children: a group for each scheme that at least one of them has a port for.
std::unique_ptr<message::Endpoint> balanceMembers(Balancing balancing,
                                                  config::Element& kind,
                                                  const config::EndpointPosition& position,
                                                  config::Build& build) {
    const auto members = readMembers(kind);
    if (members.empty()) return nullptr;
    std::unique_ptr<message::Endpoint> groups[2];
    for (const bool secure : {false, true}) {
        auto leaves = memberLeaves(members, secure, balancing.options.failover, kind, position, build);
        if (leaves.empty()) continue;
        auto rotation = balancing.rotation(position.identity + (secure ? " https" : " http"), build);
        groups[secure ? 1 : 0] = makeBalancer(balancing.options, std::move(leaves), std::move(rotation));
    }
    const auto& options = balancing.options;
    return std::make_unique<BySchemeEndpoint>(kLoadBalanceKind,
                                              options.name.empty() ? options.identity : options.name,
                                              std::move(groups[0]),
                                              std::move(groups[1]));
}

std::unique_ptr<message::Endpoint> makeLoadBalance(config::Element& endpoint,
                                                   config::Element& kind,
                                                   const config::EndpointPosition& position,
                                                   config::Build& build) {
    settleSpelling(kind, "loadbalance");
    auto balancing = Balancing::read(endpoint, kind, position, build);
    if (!checkChildren(kind)) return nullptr;
    if (!kind.childrenNamed("member").empty()) return balanceMembers(std::move(balancing), kind, position, build);
    auto children = readChildren(kind, position, build);
    if (children.empty()) return nullptr;
    auto rotation = balancing.rotation(position.identity, build);
    return makeBalancer(std::move(balancing.options), std::move(children), std::move(rotation));
}

const config::Registration<config::EndpointFactory> kKind{
    config::endpointRegistry(), "loadbalance", {&makeLoadBalance, 60, false, false}};
const config::Registration<config::EndpointFactory> kOddSpelling{
    config::endpointRegistry(), "loadBalance", {&makeLoadBalance, 61, false, true}};

}  // namespace

Balancing Balancing::read(config::Element& endpoint,
                          config::Element& kind,
                          const config::EndpointPosition& position,
                          config::Build& build) {
    Balancing result{readGroupOptions(endpoint, position, build), readAlgorithm(kind)};
    // Only "false" switches it off; Synapse leaves it on for "no" and "0" too, which surprises.
    if (const auto failover = kind.attribute("failover")) {
        const auto value = base::trim(*failover);
        result.options.failover = !base::equalsIgnoreCase(value, "false");
        if (result.options.failover && !base::equalsIgnoreCase(value, "true")) {
            kind.warningAt("failover", "failover stays on: only \"false\" switches it off");
        }
    }
    kind.resolved("failover", result.options.failover ? "true" : "false");
    if (kind.has("buildMessage")) (void)kind.boolean("buildMessage", true);
    for (auto* holder : {&endpoint, &kind}) {
        if (const auto session = holder->child("session")) {
            session->ignore();
            session->error("session affinity is not supported yet", "leave <session> out");
        }
    }
    return result;
}

std::shared_ptr<Rotation> Balancing::rotation(const std::string& identity, config::Build& build) const {
    return build.states().get<Rotation>(identity + " " + algorithm, *algorithmRegistry().find(algorithm));
}

std::unique_ptr<message::Endpoint> makeBalancer(GroupEndpoint::Options options,
                                                GroupEndpoint::Children children,
                                                std::shared_ptr<Rotation> rotation) {
    return std::make_unique<LoadBalanceEndpoint>(std::move(options), std::move(children), std::move(rotation));
}

}  // namespace myelin::endpoints
