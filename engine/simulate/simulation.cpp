#include "engine/simulate/simulation.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <exception>
#include <utility>

#include "endpoints/group.hpp"
#include "engine/base/random.hpp"
#include "engine/base/scope_exit.hpp"
#include "engine/dispatch/flow.hpp"
#include "engine/http/client_scope.hpp"
#include "engine/message/exchange.hpp"
#include "engine/message/message_context.hpp"
#include "engine/runtime/fiber.hpp"
#include "engine/runtime/sync.hpp"
#include "engine/simulate/call.hpp"

namespace myelin::simulate {

namespace {

using std::chrono::nanoseconds;

constexpr std::size_t kMostUnderWay = 10'000;
constexpr std::size_t kBuckets = 120;
constexpr int kFailedInside = 500;

/// A round length of which about kBuckets make the whole.
base::Duration bucketFor(base::Duration whole) {
    constexpr std::array<std::int64_t, 21> kLengths{
        10,     20,     50,      100,     200,     500,       1'000,     2'000,      5'000,      10'000,    15'000,
        30'000, 60'000, 120'000, 300'000, 600'000, 1'800'000, 3'600'000, 10'800'000, 21'600'000, 86'400'000};
    for (const auto length : kLengths) {
        const base::Duration bucket = base::Milliseconds(length);
        if (whole / bucket < static_cast<base::Duration::rep>(kBuckets)) return bucket;
    }
    return std::chrono::hours(24 * 7);
}

}  // namespace

base::Duration Result::quantile(double share) const {
    if (times.empty()) return base::Duration::zero();
    const auto last = static_cast<double>(times.size() - 1);
    return times[static_cast<std::size_t>(std::ceil(share * last))];
}

bool Result::differs() const noexcept {
    return std::any_of(
        verdicts.begin(), verdicts.end(), [](const Verdict& one) { return one.kind == Verdict::Kind::Differs; });
}

/// Lets the calls come and waits for the last one; lives on the main fiber's stack.
struct Simulation::Driver {
    Driver(const Script& what, const dispatch::Router& where, const message::Endpoint* endpoint, Result& into)
        : script(what), router(where), target(endpoint), result(into), chance(what.seed ^ 0x6172726976616C73ULL) {
        for (const auto& request : script.requests) shares += request.share;
    }

    void run(std::uint64_t calls) {
        const base::TimePoint begin = runtime::now();
        double elapsed = 0;  // seconds
        for (std::uint64_t number = 0; number < calls; ++number) {
            const base::TimePoint when =
                begin + std::chrono::duration_cast<nanoseconds>(std::chrono::duration<double>(elapsed));
            if (when > runtime::now()) runtime::sleepUntil(runtime::Deadline::at(when));
            while (underWay >= kMostUnderWay) runtime::sleepFor(base::Milliseconds(1));
            const std::uint64_t client = chance.below(script.clients);
            const Request& request = chosen();
            ++underWay;
            runtime::Loop::current()->spawn([this, &request, client, number] { call(request, client, number); });
            elapsed = script.poisson ? elapsed + chance.exponential() / script.rate
                                     : static_cast<double>(number + 1) / script.rate;
        }
        all = true;
        if (underWay != 0) over.wait(runtime::Deadline::never());
    }

    const Request& chosen() {
        if (script.requests.size() == 1) return script.requests.front();
        std::uint64_t at = chance.below(shares);
        for (const auto& request : script.requests) {
            if (at < request.share) return request;
            at -= request.share;
        }
        return script.requests.back();
    }

    void call(const Request& request, std::uint64_t client, std::uint64_t number) {
        const auto begin = runtime::now();
        int status = kFailedInside;
        try {
            Call exchange(request, client, number);
            status = target ? straight(exchange) : throughRoutes(exchange);
        } catch (const std::exception&) {
            status = kFailedInside;
        }
        ++result.statuses[status];
        result.times.push_back(runtime::now() - begin);
        if (--underWay == 0 && all) over.set();
    }

    int throughRoutes(Call& call) const {
        message::Exchange exchange(call, router.configuration());
        dispatch::ExchangeFlow(router, exchange).run();
        return call.answered() ? call.answeredStatus() : kFailedInside;
    }

    int straight(Call& call) const {
        message::Exchange exchange(call, router.configuration());
        message::MessageContext context(exchange);
        const auto reply = exchange.makeReply();
        const auto outcome = target->send(context, reply->response, exchange.deadline());
        if (!outcome.answered) return outcome.status;
        if (!outcome.scattered) return reply->response.head.status;
        int status = kFailedInside;
        while (const auto one = exchange.nextReply()) {
            if (status == kFailedInside && !one->failure) status = one->response.head.status;
        }
        return status;
    }

    const Script& script;
    const dispatch::Router& router;
    const message::Endpoint* target;
    Result& result;
    Chance chance;
    std::uint64_t shares = 0;
    std::size_t underWay = 0;
    bool all = false;
    runtime::Event over;
};

Simulation::Simulation(Script script) : script_(std::move(script)), backends_(script_), world_(backends_) {
    base::seedRandom(script_.seed);
}

Simulation::~Simulation() {
    const http::ClientScope client(backends_);
    world_.finish();
}

Result Simulation::run(const dispatch::Router& router,
                       const config::Settings& settings,
                       std::uint64_t calls,
                       const message::Endpoint* target) {
    Result result;
    result.calls = calls;
    const double seconds = static_cast<double>(calls) / script_.rate;
    result.bucket = bucketFor(std::chrono::duration_cast<nanoseconds>(std::chrono::duration<double>(seconds)));
    result.times.reserve(calls);
    base::seedRandom(script_.seed);
    backends_.limit(settings.upstream);
    Tally tally(result.bucket);
    {
        const http::ClientScope client(backends_);
        endpoints::GroupEndpoint::observe(&tally);
        const base::ScopeExit leave([] { endpoints::GroupEndpoint::observe(nullptr); });
        world_.run([&] { Driver(script_, router, target, result).run(calls); });
    }
    result.duration = world_.elapsed();
    std::sort(result.times.begin(), result.times.end());
    result.groups = tally.take();
    for (const auto& group : result.groups) result.verdicts.push_back(judge(group));
    result.backends = backends_.counts();
    return result;
}

}  // namespace myelin::simulate
