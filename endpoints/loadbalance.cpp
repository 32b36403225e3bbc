#include "endpoints/algorithms/registry.hpp"
#include "endpoints/group.hpp"
#include "engine/base/strings.hpp"

namespace myelin::endpoints {

namespace {

/// What a group's algorithm remembers; lives in the state store, so a reload goes on where it was.
struct Rotation {
    explicit Rotation(AlgorithmFactory factory) : algorithm(factory()) {}
    std::unique_ptr<Algorithm> algorithm;
};

class LoadBalanceEndpoint final : public GroupEndpoint {
public:
    LoadBalanceEndpoint(Options options, Children children, std::shared_ptr<Rotation> rotation)
        : GroupEndpoint(std::move(options), std::move(children)), rotation_(std::move(rotation)) {}

protected:
    std::size_t choose(const Candidates& candidates) const override { return rotation_->algorithm->pick(candidates); }
    void report(std::size_t index, bool answered) const override { rotation_->algorithm->report(index, answered); }
    std::string_view kind() const noexcept override { return "Loadbalance endpoint"; }

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
    if (!policy && !algorithm) return std::string(kDefaultAlgorithm);
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

std::unique_ptr<message::Endpoint> makeLoadBalance(config::Element& endpoint,
                                                   config::Element& kind,
                                                   const config::EndpointPosition& position,
                                                   config::Build& build) {
    if (kind.name() != "loadbalance") {
        kind.resolvedName("loadbalance");
        const std::string what = "Synapse refuses the spelling <" + std::string(kind.name()) + ">";
        kind.beyondSynapse({}, what, "write <loadbalance>");
        kind.warning(what, "write <loadbalance>");
    }
    auto options = readGroupOptions(endpoint, position, build);
    const std::string algorithm = readAlgorithm(kind);
    // Only "false" switches it off; Synapse leaves it on for "no" and "0" too, which surprises.
    if (const auto failover = kind.attribute("failover")) {
        const auto value = base::trim(*failover);
        options.failover = !base::equalsIgnoreCase(value, "false");
        if (options.failover && !base::equalsIgnoreCase(value, "true")) {
            kind.warningAt("failover", "failover stays on: only \"false\" switches it off");
        }
    }
    if (kind.has("buildMessage")) (void)kind.boolean("buildMessage", true);
    for (auto* holder : {&endpoint, &kind}) {
        if (const auto session = holder->child("session")) {
            session->ignore();
            session->error("session affinity is not supported yet", "leave <session> out");
        }
    }
    auto children = readChildren(kind, position, build);
    if (children.empty()) return nullptr;
    auto rotation =
        build.states().get<Rotation>(position.identity + " " + algorithm, *algorithmRegistry().find(algorithm));
    return std::make_unique<LoadBalanceEndpoint>(std::move(options), std::move(children), std::move(rotation));
}

const config::Registration<config::EndpointFactory> kKind{
    config::endpointRegistry(), "loadbalance", {&makeLoadBalance, 60, false, false}};
const config::Registration<config::EndpointFactory> kOddSpelling{
    config::endpointRegistry(), "loadBalance", {&makeLoadBalance, 61, false, true}};

}  // namespace

}  // namespace myelin::endpoints
