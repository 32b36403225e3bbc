#include "endpoints/balancer.hpp"

#include <utility>

#include "endpoints/limits/limited_endpoint.hpp"
#include "endpoints/loadbalance.hpp"
#include "engine/runtime/loop.hpp"

namespace myelin::endpoints {

/// Tells the algorithm what became of a message, also of one that an exception ends.
class Balancer::Reporting {
public:
    Reporting(Rotation& rotation, std::size_t index) : rotation_(&rotation) { report_.index = index; }
    Reporting(const Reporting&) = delete;
    Reporting& operator=(const Reporting&) = delete;
    ~Reporting() { rotation_->report(report_); }

    void outcome(const message::SendOutcome& outcome, const http::ClientResponse& reply) noexcept {
        report_.answered = outcome.answered;
        report_.status = outcome.answered ? reply.head.status : 0;
        report_.code = outcome.code;
    }
    void took(base::Duration duration) noexcept { report_.nanoseconds = duration.count(); }

private:
    Rotation* rotation_;
    plugin::Report report_;
};

Balancer::Balancer(Options options, Children children, std::shared_ptr<Rotation> rotation, bool sends)
    : GroupEndpoint(std::move(options), std::move(children), sends || rotation->listens()),
      rotation_(std::move(rotation)) {}

message::SendOutcome Balancer::sendTo(std::size_t index,
                                      message::MessageContext& context,
                                      http::ClientResponse& reply,
                                      runtime::Deadline deadline) const {
    if (!rotation_->listens()) return children()[index]->send(context, reply, deadline);
    Reporting reporting(*rotation_, index);
    if (rotation_->measures()) return measured(index, context, reply, deadline, reporting);
    auto outcome = children()[index]->send(context, reply, deadline);
    if (!refusedByLimit(outcome)) reporting.outcome(outcome, reply);
    return outcome;
}

message::SendOutcome Balancer::measured(std::size_t index,
                                        message::MessageContext& context,
                                        http::ClientResponse& reply,
                                        runtime::Deadline deadline,
                                        Reporting& reporting) const {
    const auto& load = rotation_->loads()[index];
    auto underWay = ChildLoad::enter(load);
    const auto before = runtime::now();
    auto outcome = children()[index]->send(context, reply, deadline);
    const auto after = runtime::now();
    if (refusedByLimit(outcome)) return outcome;
    reporting.outcome(outcome, reply);
    reporting.took(after - before);
    if (outcome.answered) {
        load->observe(after - before, after);
        reply.held.push_back(std::move(underWay));
    }
    return outcome;
}

void Balancer::passedOver(std::size_t index) const {
    if (rotation_->listens()) const Reporting unsent(*rotation_, index);
}

std::string_view Balancer::kind() const noexcept {
    return kLoadBalanceKind;
}

}  // namespace myelin::endpoints
