#include "engine/simulate/verdict.hpp"

#include <algorithm>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <cstdio>
#include <numeric>

namespace myelin::simulate {

namespace {

std::string number(const char* format, double value) {
    char text[32];
    std::snprintf(text, sizeof text, format, value);
    return text;
}

Verdict none(const std::string& why) {
    Verdict verdict;
    verdict.text = "no verdict: " + why;
    return verdict;
}

Verdict byChance(const std::vector<double>& expected,
                 const std::vector<std::uint64_t>& observed,
                 const std::string& ofWhat) {
    Verdict verdict;
    verdict.p = chiSquaredP(expected, observed);
    if (verdict.p < 0) return none("too few " + ofWhat + " for a chi-squared test, which takes 5 of each child");
    const std::string p = "chi-squared p=" + number("%.4f", verdict.p);
    const std::string what = ofWhat == "picks" ? "" : " over " + ofWhat;
    if (verdict.p < kSignificance) {
        verdict.kind = Verdict::Kind::Differs;
        verdict.text = "differs (" + p + what + ")";
    } else {
        verdict.kind = Verdict::Kind::Random;
        verdict.text = p + what;
    }
    return verdict;
}

Verdict byKey(const GroupTally& group) {
    std::vector<double> expected;
    std::vector<std::uint64_t> observed;
    std::uint64_t keys = 0;
    for (const auto& child : group.children) {
        expected.push_back(child.expectedKeys);
        observed.push_back(child.keys);
        keys += child.keys;
    }
    if (keys == 1) return none("all calls have the same key");
    if (group.strayed * 20 > group.kept) {
        return none("calls with one key do not stay with one child, so the key does not decide alone");
    }
    return byChance(expected, observed, "keys");
}

Verdict exactly(const GroupTally& group) {
    Verdict verdict;
    std::uint32_t most = 1;
    std::uint32_t divisor = 0;
    for (const auto& child : group.children) {
        most = std::max(most, child.weight);
        divisor = std::gcd(divisor, child.weight);
        verdict.deviation = std::max(verdict.deviation, std::abs(static_cast<double>(child.picks) - child.expected));
    }
    // An algorithm may give a child its whole share of a turn at once.
    const double turn = static_cast<double>(most) / std::max(divisor, 1U);
    verdict.allowance = turn * static_cast<double>(1 + group.changes);
    // Sums of fractions are a little off.
    const bool exact = verdict.deviation <= verdict.allowance + 1e-6 * static_cast<double>(group.picks);
    verdict.kind = exact ? Verdict::Kind::Exact : Verdict::Kind::Differs;
    verdict.text = std::string(exact ? "exact" : "differs") + " (off by " + number("%.1f", verdict.deviation) +
                   " at most, of " + number("%.0f", verdict.allowance) + " allowed)";
    return verdict;
}

}  // namespace

double chiSquaredP(const std::vector<double>& expected, const std::vector<std::uint64_t>& observed) {
    double statistic = 0;
    int kinds = 0;
    for (std::size_t index = 0; index < expected.size(); ++index) {
        const auto count = static_cast<double>(observed[index]);
        if (expected[index] <= 0) {
            if (observed[index] != 0) return 0;
            continue;
        }
        if (expected[index] < 5) return -1;
        statistic += (count - expected[index]) * (count - expected[index]) / expected[index];
        ++kinds;
    }
    if (kinds < 2) return -1;
    return boost::math::gamma_q(0.5 * (kinds - 1), 0.5 * statistic);
}

Verdict judge(const GroupTally& group) {
    if (group.algorithm.empty()) return none("a failover group follows the order of its children");
    if (group.picks == 0) return none("no child was ever available");
    if (group.children.size() == 1) return none("it has one child");
    // The load then only says which keys stray.
    if (group.usesMessage) return byKey(group);
    if (group.usesLoad) return none("the algorithm goes by load, so shares follow latencies and not weights");
    if (!group.usesChance) return exactly(group);
    std::vector<double> expected;
    std::vector<std::uint64_t> observed;
    for (const auto& child : group.children) {
        expected.push_back(child.expected);
        observed.push_back(child.picks);
    }
    auto verdict = byChance(expected, observed, "picks");
    for (std::size_t index = 0; index < expected.size(); ++index) {
        verdict.deviation =
            std::max(verdict.deviation, std::abs(static_cast<double>(observed[index]) - expected[index]));
    }
    return verdict;
}

}  // namespace myelin::simulate
