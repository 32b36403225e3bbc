// What bounds() says is never exceeded: neither by requests nor by waiting, whatever the tree is and however its
// servers are dead.
#include <Poco/Net/ServerSocket.h>

#include <boost/test/unit_test.hpp>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "endpoints/failure_policy.hpp"
#include "endpoints/state.hpp"
#include "engine/config/build.hpp"
#include "tests/unit/endpoints/backend.hpp"
#include "tests/unit/endpoints/support.hpp"

namespace {

using namespace myelin;
using endpoints::test::deadUrl;
using endpoints::test::Message;
using endpoints::test::Setup;

/// What the leaves of a tree did. Time is made up: it passes only while a leaf waits.
struct Tally {
    std::size_t attempts = 0;
    base::Milliseconds waited{0};
    static Tally& instance() {
        static Tally tally;
        return tally;
    }
};

/// `<dying wait="40" code="101504">` with the failure policy of a leaf: waits that long, then fails with that code.
class DyingEndpoint final : public message::Endpoint {
public:
    DyingEndpoint(const config::Element& kind,
                  endpoints::FailurePolicy policy,
                  std::shared_ptr<endpoints::LeafState> state)
        : wait_(kind.milliseconds("wait", base::Milliseconds(0), base::Milliseconds(100'000), base::Milliseconds(0))),
          code_(kind.integer<int>("code", 0, 1'000'000, 101503)),
          policy_(std::move(policy)),
          state_(std::move(state)) {}

    message::SendOutcome send(message::MessageContext&, http::ClientResponse&, runtime::Deadline) const override {
        auto& tally = Tally::instance();
        ++tally.attempts;
        tally.waited += wait_;
        message::SendOutcome outcome;
        outcome.code = code_;
        outcome.retryForbidden = !policy_.mayTryAnother(code_);
        outcome.mayTryAgain = state_->onFailure(policy_, code_, "dead", now()).mayTryAgain;
        return outcome;
    }
    bool ready(runtime::TimePoint) const noexcept override { return state_->ready(now()); }
    std::string_view name() const noexcept override { return "dying"; }
    message::Bounds bounds() const noexcept override { return {1, wait_}; }
    std::size_t tries() const noexcept override { return policy_.tries(); }

private:
    static runtime::TimePoint now() { return base::Clock::now() + Tally::instance().waited; }

    base::Milliseconds wait_;
    int code_;
    endpoints::FailurePolicy policy_;
    std::shared_ptr<endpoints::LeafState> state_;
};

std::unique_ptr<message::Endpoint> makeDying(config::Element&,
                                             config::Element& kind,
                                             const config::EndpointPosition& position,
                                             config::Build& build) {
    return std::make_unique<DyingEndpoint>(
        kind, endpoints::FailurePolicy::read(kind), build.states().get<endpoints::LeafState>(position.identity));
}

/// `<counted>` around an endpoint: counts what is sent to it.
class CountedEndpoint final : public message::Endpoint {
public:
    explicit CountedEndpoint(std::unique_ptr<message::Endpoint> inner) : inner_(std::move(inner)) {}
    message::SendOutcome send(message::MessageContext& context,
                              http::ClientResponse& reply,
                              runtime::Deadline deadline) const override {
        ++Tally::instance().attempts;
        return inner_->send(context, reply, deadline);
    }
    bool ready(runtime::TimePoint now) const noexcept override { return inner_->ready(now); }
    std::string_view name() const noexcept override { return inner_->name(); }
    message::Bounds bounds() const noexcept override { return inner_->bounds(); }
    std::size_t tries() const noexcept override { return inner_->tries(); }

private:
    std::unique_ptr<message::Endpoint> inner_;
};

std::unique_ptr<message::Endpoint> makeCounted(config::Element&,
                                               config::Element& kind,
                                               const config::EndpointPosition& position,
                                               config::Build& build) {
    auto inner = kind.requiredChild("endpoint");
    return std::make_unique<CountedEndpoint>(build.endpoint(*inner, position));
}

const config::Registration<config::EndpointFactory> kDying{
    config::endpointRegistry(), "dying", {&makeDying, 1001, false, false}};
const config::Registration<config::EndpointFactory> kCounted{
    config::endpointRegistry(), "counted", {&makeCounted, 1002, false, false}};

/// Trees of endpoints, the same ones for the same seed.
class Trees {
public:
    enum class Leaves { Dying, Sockets };

    /// `others`: names of endpoints that references may lead to, and with them recipient lists stand in the trees.
    Trees(unsigned seed, Leaves leaves, std::vector<std::string> others = {})
        : random_(seed), sockets_(leaves == Leaves::Sockets), others_(std::move(others)) {}

    std::string tree(unsigned depth) {
        if (!others_.empty() && chance(15)) return reference();
        if (!others_.empty() && depth != 0 && chance(15)) return recipients(depth);
        if (depth == 0 || chance(30)) return leaf();
        const bool balanced = chance(50);
        std::string xml = "<endpoint><" + std::string(balanced ? "loadbalance" : "failover");
        if (balanced && chance(15)) xml += " failover='false'";
        if (!balanced && chance(30)) xml += " dynamic='false'";
        xml += ">";
        for (unsigned i = 0, count = pick(1, 4); i < count; ++i) {
            xml += others_.empty() ? tree(depth - 1) : distinct(depth - 1);
        }
        return xml + "</" + (balanced ? "loadbalance" : "failover") + "></endpoint>";
    }

private:
    std::string reference() {
        const std::string& name = others_[pick(0, static_cast<unsigned>(others_.size()) - 1)];
        return chance(50) ? "<endpoint key='" + name + "'/>" : "<endpoint key-expression='\"" + name + "\"'/>";
    }
    std::string recipients(unsigned depth) {
        std::string xml = "<endpoint><recipientlist>";
        for (unsigned i = 0, count = pick(1, 3); i < count; ++i) xml += distinct(depth - 1);
        return xml + "</recipientlist></endpoint>";
    }
    /// Two siblings must not refer to one endpoint by name.
    std::string distinct(unsigned depth) { return "<endpoint><failover>" + tree(depth) + "</failover></endpoint>"; }
    unsigned pick(unsigned least, unsigned most) {
        return least + static_cast<unsigned>(random_() % (most - least + 1));
    }
    bool chance(unsigned percent) { return pick(1, 100) <= percent; }
    std::string code() { return std::to_string(std::vector{101503, 101504, 101505, 101507, 101508}[pick(0, 4)]); }

    std::string policy() {
        std::string xml;
        if (chance(50)) {
            xml += "<markForSuspension>";
            if (chance(50)) xml += "<errorCodes>" + code() + "," + code() + "</errorCodes>";
            xml += "<retriesBeforeSuspension>" + std::to_string(pick(0, 4)) + "</retriesBeforeSuspension>";
            xml += "<retryDelay>" + std::to_string(chance(70) ? 0 : pick(1, 50)) + "</retryDelay></markForSuspension>";
        }
        if (chance(60)) {
            xml += "<suspendOnFailure>";
            if (chance(50)) xml += "<errorCodes>" + (chance(30) ? "-1" : code()) + "</errorCodes>";
            if (chance(60)) xml += "<initialDuration>" + std::to_string(pick(0, 60)) + "</initialDuration>";
            xml += "<progressionFactor>" + std::string(chance(50) ? "2" : "0.5") + "</progressionFactor>";
            xml += "</suspendOnFailure>";
        }
        if (chance(20)) xml += "<retryConfig><disabledErrorCodes>" + code() + "</disabledErrorCodes></retryConfig>";
        return xml;
    }

    std::string leaf() {
        const std::string wait = std::to_string(pick(0, 60));
        if (!sockets_)
            return "<endpoint><dying wait='" + wait + "' code='" + code() + "'>" + policy() + "</dying></endpoint>";
        const bool address = chance(50);
        const std::string kind = address ? "address" : "http";
        return "<endpoint><counted><endpoint><" + kind + (address ? " uri='" : " method='post' uri-template='") +
               deadUrl() + "'><timeout><duration>1000</duration></timeout>" + policy() + "</" + kind +
               "></endpoint></counted></endpoint>";
    }

    std::mt19937 random_;
    bool sockets_;
    std::vector<std::string> others_;
};

using Named = std::map<std::string, const message::Endpoint*, std::less<>>;

struct Tree {
    explicit Tree(const std::string& xml, Named named = {}) : setup(xml) {
        setup.named() = std::move(named);
        endpoint = setup.endpoint();
        BOOST_REQUIRE_MESSAGE(endpoint && !setup.diagnostics().hasErrors(), xml + "\n" + setup.findings());
    }
    Setup setup;
    std::unique_ptr<message::Endpoint> endpoint;
};

runtime::Deadline inAMinute() {
    return runtime::Deadline::after(std::chrono::minutes(1), base::Clock::now());
}

/// A listening socket that nobody accepts from: its kernel connects and takes the request, and no answer ever comes.
class SilentServer {
public:
    SilentServer() : listener_(Poco::Net::SocketAddress("127.0.0.1", 0), 256) {}
    std::string url() const { return "http://127.0.0.1:" + std::to_string(listener_.address().port()) + "/"; }

private:
    Poco::Net::ServerSocket listener_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(Bounds)

BOOST_AUTO_TEST_CASE(randomTreesNeverExceedTheirBounds) {
    constexpr unsigned kTrees = 600;
    unsigned reached = 0;
    std::size_t most = 0;
    for (unsigned seed = 1; seed <= kTrees; ++seed) {
        Tally::instance() = {};
        const std::string xml = Trees(seed, Trees::Leaves::Dying).tree(4);
        const Tree tree(xml);
        const auto bounds = tree.endpoint->bounds();
        // Later messages meet leaves that are marked, suspended or back.
        for (int message = 0; message < 4; ++message) {
            const Tally before = Tally::instance();
            const auto outcome = Message().send(*tree.endpoint, inAMinute());
            const std::size_t attempts = Tally::instance().attempts - before.attempts;
            const auto waited = Tally::instance().waited - before.waited;
            BOOST_CHECK(!outcome.answered);
            BOOST_REQUIRE_MESSAGE(attempts <= bounds.attempts,
                                  "seed " << seed << ": " << attempts << " attempts of " << bounds.attempts << "\n"
                                          << xml);
            BOOST_REQUIRE_MESSAGE(waited <= bounds.waiting,
                                  "seed " << seed << ": " << waited.count() << " ms of " << bounds.waiting.count()
                                          << "\n"
                                          << xml);
            if (attempts == bounds.attempts && waited == bounds.waiting) ++reached;
            most = std::max(most, attempts);
            Tally::instance().waited += base::Milliseconds(message * 40);
        }
    }
    BOOST_TEST_MESSAGE(kTrees << " random trees, 4 messages each; bounds reached exactly by " << reached
                              << " messages; at most " << most << " attempts");
    // A bound that nothing comes near would prove little.
    BOOST_CHECK_GT(reached, kTrees / 4);
}

/// With references and recipient lists. Copies are sent one after the other here, where there are no fibers, so only
/// what is sent can be compared.
BOOST_AUTO_TEST_CASE(randomTreesWithReferencesAndRecipients) {
    unsigned reached = 0;
    for (unsigned seed = 1; seed <= 300; ++seed) {
        Tally::instance() = {};
        const Tree plain(Trees(seed, Trees::Leaves::Dying).tree(2));
        const Tree mixed(Trees(seed + 1000, Trees::Leaves::Dying).tree(2));
        const std::string xml = Trees(seed + 2000, Trees::Leaves::Dying, {"plain", "mixed"}).tree(3);
        const Tree tree(xml, {{"plain", plain.endpoint.get()}, {"mixed", mixed.endpoint.get()}});
        const auto bounds = tree.endpoint->bounds();
        for (int message = 0; message < 4; ++message) {
            const auto before = Tally::instance().attempts;
            Message().send(*tree.endpoint, inAMinute());
            const std::size_t attempts = Tally::instance().attempts - before;
            BOOST_REQUIRE_MESSAGE(attempts <= bounds.attempts,
                                  "seed " << seed << ": " << attempts << " attempts of " << bounds.attempts << "\n"
                                          << xml);
            if (attempts == bounds.attempts) ++reached;
        }
    }
    BOOST_CHECK_GT(reached, 75U);
}

BOOST_AUTO_TEST_CASE(endpointsThatReferToEachOtherTwice) {
    constexpr int kLevels = 40;
    std::vector<std::unique_ptr<Tree>> levels;
    levels.push_back(std::make_unique<Tree>("<endpoint><dying wait='1'/></endpoint>"));
    for (int level = 1; level <= kLevels; ++level) {
        const std::string group = "<endpoint><loadbalance><endpoint key='next'/></loadbalance></endpoint>";
        levels.push_back(std::make_unique<Tree>("<endpoint><failover>" + group + group + "</failover></endpoint>",
                                                Named{{"next", levels.back()->endpoint.get()}}));
    }
    const auto& top = *levels.back()->endpoint;
    BOOST_CHECK_EQUAL(top.bounds().attempts, std::size_t{1} << kLevels);
    std::size_t leaves = 0;
    top.visit([&](const message::Endpoint& node) { leaves += node.name() == "dying" ? 1 : 0; });
    BOOST_CHECK_EQUAL(leaves, 2U);  // once below each child of the top
}

BOOST_AUTO_TEST_CASE(randomTreesOfRefusingSocketsNeverExceedTheirBounds) {
    for (unsigned seed = 1; seed <= 100; ++seed) {
        Tally::instance() = {};
        const std::string xml = Trees(seed, Trees::Leaves::Sockets).tree(3);
        const Tree tree(xml);
        const auto bounds = tree.endpoint->bounds();
        const auto begin = base::Clock::now();
        BOOST_CHECK(!Message().send(*tree.endpoint, inAMinute()).answered);
        const auto waited = base::Clock::now() - begin;
        BOOST_REQUIRE_MESSAGE(Tally::instance().attempts <= bounds.attempts,
                              "seed " << seed << ": " << Tally::instance().attempts << " attempts of "
                                      << bounds.attempts << "\n"
                                      << xml);
        BOOST_CHECK_MESSAGE(waited <= bounds.waiting, "seed " << seed);
    }
}

BOOST_AUTO_TEST_CASE(sixtyFourDeadLeavesInFourLevels) {
    Tally::instance() = {};
    const SilentServer silent;
    unsigned leaves = 0;
    // Every second leaf refuses, the others are connected and never answer.
    const auto leaf = [&] {
        const std::string url = ++leaves % 2 == 0 ? deadUrl() : silent.url() + std::to_string(leaves);
        return "<endpoint><counted><endpoint><address uri='" + url +
               "'><timeout><duration>50</duration></timeout></address></endpoint></counted></endpoint>";
    };
    const auto group = [](const std::string& kind, const auto& child) {
        std::string xml = "<endpoint><" + kind + ">";
        for (int i = 0; i < 4; ++i) xml += child();
        return xml + "</" + kind + "></endpoint>";
    };
    const auto inner = [&] { return group("failover", leaf); };
    const auto middle = [&] { return group("loadbalance", inner); };
    const Tree tree(group("failover", middle));
    BOOST_REQUIRE_EQUAL(leaves, 64U);

    const auto bounds = tree.endpoint->bounds();
    const auto begin = base::Clock::now();
    const auto outcome = Message().send(*tree.endpoint, inAMinute());
    const auto took = std::chrono::duration_cast<base::Milliseconds>(base::Clock::now() - begin);
    BOOST_TEST_MESSAGE("64 dead leaves in 4 levels, half refusing, half silent for 50 ms: "
                       << Tally::instance().attempts << " attempts in " << took.count() << " ms; bounds "
                       << bounds.attempts << " attempts, " << bounds.waiting.count() << " ms");
    BOOST_CHECK(!outcome.answered);
    BOOST_CHECK_EQUAL(bounds.attempts, 64U);
    BOOST_CHECK_EQUAL(bounds.waiting.count(), 64 * 50);
    BOOST_CHECK_EQUAL(Tally::instance().attempts, 64U);
    BOOST_CHECK_LE(took.count(), bounds.waiting.count());
    BOOST_CHECK_GE(took.count(), 32 * 50);
}

BOOST_AUTO_TEST_SUITE_END()
