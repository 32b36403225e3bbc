#include "endpoints/limits/limited_endpoint.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "endpoints/limits/admission.hpp"
#include "engine/message/fault.hpp"
#include "engine/runtime/loop.hpp"
#include "tests/unit/endpoints/support.hpp"

namespace {

using namespace myelin;
using namespace std::chrono_literals;
using endpoints::BeyondLimits;
using endpoints::InFlight;
using endpoints::InFlightLimit;
using endpoints::LimitedEndpoint;
using endpoints::Limits;
using endpoints::LimitState;
using endpoints::RateLimit;
using endpoints::test::Message;
using message::SendOutcome;
namespace codes = message::error_code;

/// Answers, or fails with a code, and holds on to nothing.
class Plain final : public message::Endpoint {
public:
    explicit Plain(int code = 0) : code_(code) {}
    SendOutcome send(message::MessageContext&, http::ClientResponse&, runtime::Deadline) const override {
        if (code_ == 0) return SendOutcome::success();
        SendOutcome outcome;
        outcome.code = code_;
        return outcome;
    }
    bool ready(runtime::TimePoint) const noexcept override { return true; }
    std::string_view name() const noexcept override { return "plain"; }
    message::Bounds bounds() const noexcept override { return {1, 10ms}; }

private:
    int code_;
};

RateLimit rate(std::uint32_t calls, base::Milliseconds per) {
    RateLimit limit;
    limit.calls = limit.burst = calls;
    limit.per = per;
    return limit;
}

struct Limited {
    explicit Limited(Limits limits, int code = 0)
        : endpoint(std::make_unique<Plain>(code), std::move(limits), state, false) {}
    std::shared_ptr<LimitState> state = std::make_shared<LimitState>();
    LimitedEndpoint endpoint;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(LimitedEndpoints)

BOOST_AUTO_TEST_CASE(xa14ThePlaceIsHeldAsLongAsTheAnswer) {
    const Limited limited({InFlightLimit{1, 0, 0ms}, {}});
    {
        Message first;
        BOOST_CHECK(first.send(limited.endpoint).answered);
        BOOST_CHECK_EQUAL(limited.state->inFlight->underWay(), 1U);
        BOOST_CHECK(!limited.endpoint.ready(runtime::now()));
        {
            const BeyondLimits look;
            BOOST_CHECK(limited.endpoint.ready(runtime::now()));
        }
        Message second;
        const auto refused = second.send(limited.endpoint);
        BOOST_CHECK_EQUAL(refused.code, codes::kLimitReached);
        BOOST_CHECK_EQUAL(refused.status, 503);
        BOOST_CHECK(!refused.conclusive && !refused.mayHaveReachedServer);
        BOOST_CHECK(endpoints::refusedByLimit(refused));
        BOOST_CHECK(refused.detail.find("endpoint plain") != std::string::npos);
        first.reply().reset();
        BOOST_CHECK_EQUAL(limited.state->inFlight->underWay(), 0U);
    }
    Message failing;
    const Limited broken({InFlightLimit{1, 0, 0ms}, {}}, codes::kConnectionFailed);
    for (int i = 0; i < 3; ++i) BOOST_CHECK_EQUAL(failing.send(broken.endpoint).code, codes::kConnectionFailed);
    BOOST_CHECK_EQUAL(broken.state->inFlight->underWay(), 0U);
}

BOOST_AUTO_TEST_CASE(theRateSaysWhenToTryAgain) {
    const Limited limited({{}, rate(2, 9500ms)});
    for (int i = 0; i < 2; ++i) BOOST_CHECK(endpoints::test::send(limited.endpoint).answered);
    const auto refused = endpoints::test::send(limited.endpoint);
    BOOST_CHECK_EQUAL(refused.code, codes::kRateExceeded);
    BOOST_CHECK_EQUAL(refused.retryAfter, 5U);  // 4.75 s
    BOOST_CHECK(!limited.endpoint.ready(runtime::now()));
    BOOST_CHECK(limited.endpoint.condition(runtime::now()).find("gets its next message in 47") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(whatIsRefusedForWantOfAPlaceCostsNothingOfTheRate) {
    const Limited limited({InFlightLimit{1, 0, 0ms}, rate(2, 1h)});
    Message first;
    BOOST_CHECK(first.send(limited.endpoint).answered);
    for (int i = 0; i < 3; ++i) BOOST_CHECK_EQUAL(endpoints::test::send(limited.endpoint).code, codes::kLimitReached);
    first.reply().reset();
    BOOST_CHECK(endpoints::test::send(limited.endpoint).answered);
    BOOST_CHECK_EQUAL(endpoints::test::send(limited.endpoint).code, codes::kRateExceeded);
}

BOOST_AUTO_TEST_CASE(boundsCountTheQueue) {
    const Limited limited({InFlightLimit{1, 5, 300ms}, {}});
    BOOST_CHECK(limited.endpoint.bounds() == (message::Bounds{1, 310ms}));
}

BOOST_AUTO_TEST_CASE(aPlaceOnItsWayIsForOneMessageAndOneEndpoint) {
    const auto at = std::make_shared<InFlight>();
    const auto other = std::make_shared<InFlight>();
    Message mine;
    Message another;
    {
        const endpoints::Admission admission(mine.context(), at, InFlight::enter(at, 1));
        BOOST_CHECK(!endpoints::Admission::take(another.context(), *at));
        BOOST_CHECK(!endpoints::Admission::take(mine.context(), *other));
        BOOST_CHECK(endpoints::Admission::take(mine.context(), *at));
        BOOST_CHECK(!endpoints::Admission::take(mine.context(), *at));
        const endpoints::Admission unused(mine.context(), at, InFlight::enter(at, 1));
        BOOST_CHECK_EQUAL(at->underWay(), 1U);
    }
    BOOST_CHECK_EQUAL(at->underWay(), 0U);
}

BOOST_AUTO_TEST_SUITE_END()
