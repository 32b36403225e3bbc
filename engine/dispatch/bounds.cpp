#include "engine/dispatch/bounds.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "engine/base/strings.hpp"
#include "engine/dispatch/flow.hpp"

namespace myelin::dispatch {

namespace {

using message::FlowBounds;
using message::Mediator;

/// What ExchangeFlow does, in sums. One for all routes of a router, so that shared sequences are walked once.
class RouteWalk {
public:
    explicit RouteWalk(const Router& router)
        : router_(router), requests_(router.configuration(), false), responses_(router.configuration(), true) {}

    FlowBounds total(const Route& route) {
        FlowBounds sum = flow(requests_, route, route.in);
        if (route.target) {
            sum += requests_.send(*route.target);
            ++sum.answers[nullptr];
        }
        return outFlows(route, std::move(sum));
    }

private:
    const Mediator* faultOf(const Route& route) const { return route.fault ? route.fault : router_.fault(); }

    using Answers = std::map<const Mediator*, std::size_t>;

    /// One flow in either direction: its sequence, and a fault sequence after it.
    FlowBounds flow(message::BoundsQuery& query, const Route& route, const Mediator* sequence) {
        FlowBounds sum;
        for (const Mediator* part : {router_.preMediate(), sequence, faultOf(route)}) {
            if (part) sum += query.sequence(*part);
        }
        return sum;
    }

    /// What an answer costs, or a copy of the message that failed beside it: that one is still a request.
    FlowBounds outFlow(const Route& route, const Mediator* taker, bool beside) {
        FlowBounds most;
        if (taker != FlowBounds::anyTaker()) {
            most = flow(responses_, route, taker ? taker : route.out);
        } else {
            most = flow(responses_, route, route.out);
            router_.configuration().visitSequences([&](const std::string&, const Mediator& sequence) {
                most = FlowBounds::larger(std::move(most), flow(responses_, route, &sequence));
            });
        }
        const Mediator* const fault = faultOf(route);
        return beside && fault ? FlowBounds::larger(std::move(most), requests_.sequence(*fault)) : most;
    }

    FlowBounds outFlows(const Route& route, FlowBounds sum) {
        const std::size_t limit = kMaximumOutFlows * (1 + sum.beside);
        Answers waiting = std::exchange(sum.answers, {});
        for (std::size_t done = 0; !waiting.empty();) {
            std::size_t count = 0;
            for (const auto& entry : waiting) count += entry.second;
            if (count > limit - done) return addDearest(route, waiting, limit - done, std::move(sum));
            done += count;
            for (const auto& [taker, times] : waiting) sum += outFlow(route, taker, sum.beside != 0).times(times);
            waiting = std::exchange(sum.answers, {});
        }
        return sum;
    }

    /// More answers than out flows are run: the dearest of those that can come are.
    FlowBounds addDearest(const Route& route, const Answers& first, std::size_t times, FlowBounds sum) {
        std::set<const Mediator*> seen;
        std::vector<const Mediator*> todo;
        const auto note = [&](const Answers& answers) {
            for (const auto& entry : answers) {
                if (seen.insert(entry.first).second) todo.push_back(entry.first);
            }
        };
        note(first);
        FlowBounds most;
        while (!todo.empty()) {
            const Mediator* const taker = todo.back();
            todo.pop_back();
            const FlowBounds one = outFlow(route, taker, true);
            note(one.answers);
            most = FlowBounds::larger(std::move(most), one);
        }
        sum += most.times(times);
        sum.answers.clear();
        return sum;
    }

    const Router& router_;
    message::BoundsQuery requests_;
    message::BoundsQuery responses_;
};

class Table {
public:
    explicit Table(const Router& router) : router_(router), walk_(router) {}

    void add(std::string name, const Route& route, const config::Place& place) {
        const FlowBounds total = walk_.total(route);
        RouteBounds entry;
        entry.route = std::move(name);
        entry.place = place;
        entry.bounds = total.bounds;
        entry.waiting = std::min(total.bounds.waiting, router_.configuration().options().globalTimeout);
        if (total.dearest) entry.dearest = describe(*total.dearest);
        entry.ofDearest = total.ofDearest;
        routes_.push_back(std::move(entry));
    }

    void addSequence(const std::string& name, const Mediator* out) {
        if (const auto* sequence = router_.configuration().sequence(name)) {
            add(name, {sequence, nullptr, out, nullptr, name}, placeOf("sequence", name));
        }
    }

    void addApi(const Api& api) {
        for (const auto& resource : api.resources()) {
            std::string name = "API " + api.name();
            if (!api.version().empty()) name += " " + api.version();
            std::string methods;
            for (const auto& method : resource->methods()) methods += (methods.empty() ? " " : ",") + method;
            name += methods + " " + (resource->pattern().empty() ? "/*" : resource->pattern());
            add(std::move(name), resource->route(api.name()), resource->place());
        }
    }

    const config::Place& placeOf(const std::string& kind, const std::string& name) const {
        return router_.configuration().placeOf(kind, name);
    }

    std::vector<RouteBounds> take() { return std::move(routes_); }

private:
    std::string describe(const message::Endpoint& endpoint) const {
        const std::string name(endpoint.name());
        std::string text = "endpoint \"" + name + "\"";
        const config::Place& place = placeOf("endpoint", name);
        if (!place.file.empty()) text += " at " + place.file + ":" + std::to_string(place.line);
        return text;
    }

    const Router& router_;
    RouteWalk walk_;
    std::vector<RouteBounds> routes_;
};

std::string attempts(std::size_t count) {
    return std::to_string(count) + (count == 1 ? " attempt" : " attempts");
}

}  // namespace

std::vector<RouteBounds> boundsOf(const Router& router) {
    Table table(router);
    table.addSequence("main", router.main());
    for (const auto& service : router.configuration().services()) {
        if (const auto* proxy = dynamic_cast<const Proxy*>(service.get())) {
            table.add("proxy " + proxy->name(), proxy->route(), table.placeOf("proxy", proxy->name()));
        }
    }
    for (const auto& service : router.configuration().services()) {
        if (const auto* api = dynamic_cast<const Api*>(service.get())) table.addApi(*api);
    }
    for (const char* handler : {"_resource_mismatch_handler_", "_method_not_allowed_handler_"}) {
        table.addSequence(handler, nullptr);
    }
    return table.take();
}

void checkBounds(const Router& router, const config::Settings& settings, config::Diagnostics& diagnostics) {
    if (settings.maximumAttempts == 0 && settings.maximumWaiting.count() == 0) return;
    for (const auto& route : boundsOf(router)) {
        std::string beyond;
        if (settings.maximumAttempts != 0 && route.bounds.attempts > settings.maximumAttempts) {
            beyond = attempts(settings.maximumAttempts);
        } else if (settings.maximumWaiting.count() != 0 && route.waiting > settings.maximumWaiting) {
            beyond = seconds(settings.maximumWaiting) + " of waiting";
        } else {
            continue;
        }
        std::string help;
        if (!route.dearest.empty()) {
            help = "the largest part is " + route.dearest + " with " + attempts(route.ofDearest.attempts) + " and " +
                   seconds(route.ofDearest.waiting) + "; ";
        }
        diagnostics.error(route.place,
                          "one message on the route \"" + route.route + "\" can take " +
                              attempts(route.bounds.attempts) + " and " + seconds(route.waiting) +
                              " of waiting, which is beyond the limit of " + beyond,
                          help + "the limit is set by <bounds> in the engine settings");
    }
}

std::string seconds(base::Milliseconds time) {
    std::string text = std::to_string(time.count() / 1000);
    if (const auto rest = time.count() % 1000; rest != 0) {
        std::string digits = std::to_string(1000 + rest).substr(1);
        while (digits.back() == '0') digits.pop_back();
        text += "." + digits;
    }
    return text + " s";
}

}  // namespace myelin::dispatch
