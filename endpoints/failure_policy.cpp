#include "endpoints/failure_policy.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>

#include "engine/base/strings.hpp"
#include "engine/message/fault.hpp"

namespace myelin::endpoints {

namespace {

using Codes = std::vector<std::int32_t>;

bool contains(const Codes& codes, int code) noexcept {
    return std::find(codes.begin(), codes.end(), code) != codes.end();
}

/// A child element with text in it. Present but empty means not given (synapse-endpoints 1.3).
std::optional<config::Element> filled(config::Element& parent, std::string_view name) {
    auto child = parent.child(name);
    if (child && child->text().empty()) return std::nullopt;
    return child;
}

template <typename T>
void readNumber(config::Element& parent, std::string_view name, T& value, T least = std::numeric_limits<T>::min()) {
    if (const auto child = filled(parent, name)) {
        value = child->textAsInteger<T>(least, std::numeric_limits<T>::max(), value);
    }
}

std::string listOf(const Codes& codes) {
    std::string text;
    for (const auto code : codes) text += (text.empty() ? "" : ",") + std::to_string(code);
    return text;
}

void readCodes(config::Element& parent, std::string_view name, Codes& codes) {
    const auto child = filled(parent, name);
    if (!child) {
        // From a group around it, for who looks at it.
        if (!codes.empty()) parent.resolvedChild(name, listOf(codes));
        return;
    }
    codes.clear();
    const std::string text = child->text();
    // Comma and blank separate; Synapse takes a line break inside the list for a part of a number and refuses it.
    for (const auto part : base::split(text, ", ")) {
        if (const auto code = base::parseNumber<std::int32_t>(part)) {
            codes.push_back(*code);
        } else {
            child->error("\"" + std::string(base::trim(part)) + "\" in the list of error codes is not a number",
                         "write whole numbers on one line, separated by commas or blanks: 101503, 101504");
        }
    }
}

void readTimeout(config::Element& definition, FailurePolicy& policy) {
    const bool inherited = policy.timeoutDuration != 0 || policy.timeoutAction != FailurePolicy::TimeoutAction::None;
    auto timeout = inherited ? definition.childOrImplied("timeout") : definition.child("timeout");
    if (!timeout) return;
    // One that is computed for each message is the leaf's to read.
    if (const auto duration = filled(*timeout, "duration"); duration && duration->text().front() != '{') {
        policy.timeoutDuration =
            duration->textAsInteger<std::int64_t>(0, std::numeric_limits<std::int64_t>::max(), policy.timeoutDuration);
    }
    if (const auto action = filled(*timeout, "responseAction")) {
        const std::string text = action->text();
        if (base::equalsIgnoreCase(text, "fault")) {
            policy.timeoutAction = FailurePolicy::TimeoutAction::Fault;
        } else if (base::equalsIgnoreCase(text, "discard")) {
            policy.timeoutAction = FailurePolicy::TimeoutAction::Discard;
        } else {
            action->error("\"" + text + "\" is not a timeout action",
                          base::equalsIgnoreCase(text, "never")
                              ? "Synapse does not accept \"never\" either: leave <responseAction> out"
                              : "use \"fault\" or \"discard\"");
        }
    }
    if (const auto legacy = timeout->child("action")) {
        legacy->ignore();
        legacy->warning("<action> has no effect", "the element is called <responseAction>");
    }
    if (!inherited) return;
    if (policy.timeoutDuration != 0) timeout->resolvedChild("duration", std::to_string(policy.timeoutDuration));
    if (policy.timeoutAction != FailurePolicy::TimeoutAction::None) {
        const bool fault = policy.timeoutAction == FailurePolicy::TimeoutAction::Fault;
        timeout->resolvedChild("responseAction", fault ? "fault" : "discard");
    }
}

void readSuspension(config::Element& definition, FailurePolicy& policy) {
    if (const auto legacy = filled(definition, "suspendDurationOnFailure")) {
        legacy->warning("<suspendDurationOnFailure> is deprecated; it counts in seconds",
                        "use <suspendOnFailure> with <initialDuration> in milliseconds");
        const auto seconds = legacy->textAsInteger<std::int64_t>(0, std::numeric_limits<std::int32_t>::max(), 30);
        policy.initialDuration = seconds * 1000;
        policy.factor = 1.0F;
        legacy->superseded();
    }
    auto suspend = definition.childOrImplied("suspendOnFailure");
    if (!suspend) return;
    readCodes(*suspend, "errorCodes", policy.suspendCodes);
    // Synapse keeps this one, and only this one, in 32 bits.
    if (const auto initial = filled(*suspend, "initialDuration")) {
        const auto duration = initial->textAsInteger<std::int32_t>(
            std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max(), -1);
        // Synapse writes -1 for "not given".
        if (duration != -1) policy.initialDuration = duration;
    }
    if (const auto factor = filled(*suspend, "progressionFactor")) {
        constexpr double kMost = std::numeric_limits<float>::max();
        policy.factor = static_cast<float>(factor->textAsDecimal(-kMost, kMost, 1.0));
    }
    const bool bounded = policy.maximumDuration != std::numeric_limits<std::int64_t>::max();
    readNumber<std::int64_t>(*suspend, "maximumDuration", policy.maximumDuration);
    if (bounded) suspend->resolvedChild("maximumDuration", std::to_string(policy.maximumDuration));
    suspend->resolvedChild("initialDuration", std::to_string(policy.initialDuration));
    std::array<char, 32> digits{};
    const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), policy.factor);
    suspend->resolvedChild("progressionFactor", std::string_view(digits.data(), written.ptr));
}

}  // namespace

FailurePolicy::Class FailurePolicy::classify(int code) const noexcept {
    const bool marked = markCodes.empty() ? code == message::error_code::kConnectionTimeout ||
                                                code == message::error_code::kConnectionClosed
                                          : contains(markCodes, code);
    if (marked) return Class::Timeout;
    return suspendCodes.empty() || contains(suspendCodes, code) ? Class::Suspend : Class::Ignore;
}

bool FailurePolicy::mayTryAnother(int code) const noexcept {
    if (contains(retryDisabledCodes, code)) return false;
    return retryEnabledCodes.empty() || contains(retryEnabledCodes, code);
}

std::int64_t FailurePolicy::nextSuspension(std::int64_t last) const noexcept {
    std::int64_t duration = initialDuration;
    if (last > 0) {
        const float product = static_cast<float>(last) * factor;
        constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
        constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
        // Java's conversion: saturates, and makes nothing of what is not a number.
        if (product >= static_cast<float>(kMost)) {
            duration = kMost;
        } else if (product <= static_cast<float>(kLeast)) {
            duration = kLeast;
        } else {
            duration = product == product ? static_cast<std::int64_t>(product) : 0;
        }
    }
    if (duration > maximumDuration) return maximumDuration;
    return duration < 0 ? kDefaultSuspension : duration;
}

FailurePolicy FailurePolicy::read(config::Element& definition, FailurePolicy defaults) {
    FailurePolicy policy = std::move(defaults);
    readTimeout(definition, policy);
    if (auto mark = definition.childOrImplied("markForSuspension")) {
        readCodes(*mark, "errorCodes", policy.markCodes);
        readNumber<std::int32_t>(*mark, "retriesBeforeSuspension", policy.retriesBeforeSuspension);
        readNumber<std::int32_t>(*mark, "retryDelay", policy.retryDelay);
        mark->resolvedChild("retriesBeforeSuspension", std::to_string(policy.retriesBeforeSuspension));
        mark->resolvedChild("retryDelay", std::to_string(policy.retryDelay));
    }
    readSuspension(definition, policy);
    const bool inherited = !policy.retryDisabledCodes.empty() || !policy.retryEnabledCodes.empty();
    if (auto retry = inherited ? definition.childOrImplied("retryConfig") : definition.child("retryConfig")) {
        readCodes(*retry, "disabledErrorCodes", policy.retryDisabledCodes);
        readCodes(*retry, "enabledErrorCodes", policy.retryEnabledCodes);
    }
    return policy;
}

}  // namespace myelin::endpoints
