#include <algorithm>
#include <cstdio>

#include "engine/simulate/report.hpp"

namespace myelin::simulate {

namespace {

template <typename... Values>
std::string line(const char* format, Values... values) {
    char text[256];
    const int length = std::snprintf(text, sizeof text, format, values...);
    return std::string(text, static_cast<std::size_t>(std::clamp(length, 0, int{sizeof text} - 1)));
}

unsigned long long count(std::uint64_t value) {
    return value;
}

double percent(double part, double whole) {
    return whole <= 0 ? 0 : 100 * part / whole;
}

int milliseconds(base::Duration time) {
    return static_cast<int>(std::chrono::duration_cast<base::Milliseconds>(time).count());
}

void addCalls(std::string& text, const Result& result, const Script& script) {
    text += std::to_string(result.calls) + " calls in " + readable(result.duration) + " of virtual time; " +
            line("%g", script.rate) + " a second, " + (script.poisson ? "poisson" : "even") + ", " +
            std::to_string(script.clients) + (script.clients == 1 ? " client" : " clients") + ", seed " +
            std::to_string(script.seed) + "\n";
    for (const auto& [status, calls] : result.statuses) {
        text += line("  %d: %llu", status, count(calls));
    }
    text += line("\n  answered within %d ms (half), %d ms (99%%), %d ms (all)\n",
                 milliseconds(result.quantile(0.5)),
                 milliseconds(result.quantile(0.99)),
                 milliseconds(result.quantile(1)));
}

void addEvents(std::string& text, const GroupTally& group) {
    constexpr std::size_t kShown = 12;
    for (std::size_t index = 0; index < std::min(kShown, group.events.size()); ++index) {
        const auto& event = group.events[index];
        text += "  at " + readable(event.at) + "  " + group.children[event.child].name +
                (event.available ? " is available again\n" : " is no longer available\n");
    }
    if (group.events.size() > kShown) {
        const bool more = group.events.size() == GroupTally::kMostEvents;
        text += "  and " + std::to_string(group.events.size() - kShown) + (more ? " or more" : "") +
                " such changes after that\n";
    }
}

void addGroup(std::string& text, const GroupTally& group, const Verdict& verdict) {
    text += "\n" + group.name + ", " + (group.algorithm.empty() ? "failover" : group.algorithm) + ": " + verdict.text +
            "\n";
    std::size_t width = 5;
    for (const auto& child : group.children) width = std::max(width, child.name.size());
    const int room = static_cast<int>(std::min<std::size_t>(width, 60));
    text += line("  %-*s %7s %17s %18s %8s %9s %9s %11s\n",
                 room,
                 "child",
                 "weight",
                 "expected",
                 "observed",
                 "run",
                 "answered",
                 "failed",
                 "out (s)");
    const auto all = static_cast<double>(group.picks);
    const bool shares = !group.algorithm.empty();
    for (const auto& child : group.children) {
        text += line("  %-*s ", room, child.name.c_str());
        text += shares ? line("%7u %8.1f %7.2f%%", child.weight, child.expected, percent(child.expected, all))
                       : line("%7s %17s", "-", "-");
        text += line(" %9llu %7.2f%% %8llu %9llu %9llu %11.1f\n",
                     count(child.picks),
                     percent(static_cast<double>(child.picks), all),
                     count(child.longestRun),
                     count(child.answered),
                     count(child.failed),
                     std::chrono::duration<double>(child.out).count());
    }
    text += line("  %llu attempts, %llu of them after another child had failed; %llu messages found no child\n",
                 count(group.picks),
                 count(group.again),
                 count(group.nobody));
    if (group.limited != 0) {
        text += line("  %llu messages waited for a place or were refused because of limits\n", count(group.limited));
    }
    if (!group.codes.empty()) {
        text += "  error codes:";
        for (const auto& [code, times] : group.codes) text += line("  %d: %llu", code, count(times));
        text += "\n";
    }
    if (group.usesMessage) {
        text += line("  by key: %llu calls went where the first one with their key went, %llu strayed\n",
                     count(group.kept),
                     count(group.strayed));
    }
    addEvents(text, group);
}

void addBackends(std::string& text, const Result& result) {
    std::size_t width = 8;
    for (const auto& entry : result.backends) width = std::max(width, entry.first.size());
    const int room = static_cast<int>(std::min<std::size_t>(width, 80));
    text += line("\n%-*s  %9s %9s %9s %9s %9s %9s\n",
                 room,
                 "backend",
                 "requests",
                 "answered",
                 "refused",
                 "timed out",
                 "broken",
                 "TCP only");
    for (const auto& [address, counts] : result.backends) {
        text += line("%-*s  %9llu %9llu %9llu %9llu %9llu %9llu\n",
                     room,
                     address.c_str(),
                     count(counts.requests),
                     count(counts.answered),
                     count(counts.refused),
                     count(counts.timedOut),
                     count(counts.broken),
                     count(counts.probes));
    }
}

}  // namespace

std::string readable(base::Duration time) {
    const auto all = std::chrono::duration_cast<base::Milliseconds>(time).count();
    const auto seconds = static_cast<int>(all / 1000 % 60);
    const auto minutes = static_cast<int>(all / 60'000 % 60);
    const auto hours = static_cast<int>(all / 3'600'000);
    return line("%d:%02d:%02d.%03d", hours, minutes, seconds, static_cast<int>(all % 1000));
}

std::string textReport(const Result& result, const Script& script) {
    std::string text;
    addCalls(text, result, script);
    for (std::size_t index = 0; index < result.groups.size(); ++index) {
        addGroup(text, result.groups[index], result.verdicts[index]);
    }
    addBackends(text, result);
    return text;
}

}  // namespace myelin::simulate
