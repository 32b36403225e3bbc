#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include "engine/simulate/report.hpp"

namespace myelin::simulate {

namespace {

class Writer {
public:
    Writer() : json_(out_) {
        json_.SetIndent(' ', 1);
        json_.SetFormatOptions(rapidjson::kFormatSingleLineArray);
        json_.SetMaxDecimalPlaces(6);
    }

    Writer& key(const std::string& name) {
        json_.Key(name.c_str(), static_cast<rapidjson::SizeType>(name.size()));
        return *this;
    }
    void number(std::uint64_t value) { json_.Uint64(value); }
    void real(double value) { json_.Double(value); }
    void text(const std::string& value) { json_.String(value.c_str(), static_cast<rapidjson::SizeType>(value.size())); }
    void flag(bool value) { json_.Bool(value); }
    void seconds(base::Duration time) { json_.Double(std::chrono::duration<double>(time).count()); }
    void beginObject() { json_.StartObject(); }
    void endObject() { json_.EndObject(); }
    void beginArray() { json_.StartArray(); }
    void endArray() { json_.EndArray(); }

    void counts(const std::string& name, const std::map<int, std::uint64_t>& values) {
        key(name).beginObject();
        for (const auto& [code, times] : values) key(std::to_string(code)).number(times);
        endObject();
    }
    std::string take() const { return std::string(out_.GetString(), out_.GetSize()) + "\n"; }

private:
    rapidjson::StringBuffer out_;
    rapidjson::PrettyWriter<rapidjson::StringBuffer> json_;
};

std::string nameOf(Verdict::Kind kind) {
    switch (kind) {
        case Verdict::Kind::Exact:
            return "exact";
        case Verdict::Kind::Random:
            return "random";
        case Verdict::Kind::Differs:
            return "differs";
        case Verdict::Kind::None:
            break;
    }
    return "none";
}

void writeChild(Writer& json, const GroupTally& group, const ChildTally& child) {
    const auto all = group.picks == 0 ? 1.0 : static_cast<double>(group.picks);
    json.beginObject();
    json.key("name").text(child.name);
    if (!group.algorithm.empty()) {
        json.key("weight").number(child.weight);
        json.key("expected").real(child.expected);
        json.key("expectedShare").real(child.expected / all);
    }
    json.key("observed").number(child.picks);
    json.key("observedShare").real(static_cast<double>(child.picks) / all);
    json.key("longestRun").number(child.longestRun);
    json.key("answered").number(child.answered);
    json.key("failed").number(child.failed);
    json.key("outOfService").seconds(child.out);
    if (group.usesMessage) {
        json.key("keys").number(child.keys);
        json.key("expectedKeys").real(child.expectedKeys);
    }
    json.key("timeline").beginArray();
    for (const auto picks : child.timeline) json.number(picks);
    json.endArray();
    json.endObject();
}

void writeGroup(Writer& json, const GroupTally& group, const Verdict& verdict) {
    json.beginObject();
    json.key("name").text(group.name);
    json.key("algorithm").text(group.algorithm.empty() ? "failover" : group.algorithm);
    json.key("verdict").text(nameOf(verdict.kind));
    json.key("verdictText").text(verdict.text);
    if (verdict.p >= 0) json.key("p").real(verdict.p);
    json.key("largestDeviation").real(verdict.deviation);
    json.key("attempts").number(group.picks);
    json.key("attemptsAfterFailure").number(group.again);
    json.key("withoutChild").number(group.nobody);
    json.key("limited").number(group.limited);
    json.counts("errorCodes", group.codes);
    json.key("children").beginArray();
    for (const auto& child : group.children) writeChild(json, group, child);
    json.endArray();
    json.key("events").beginArray();
    for (const auto& event : group.events) {
        json.beginObject();
        json.key("at").seconds(event.at);
        json.key("child").text(group.children[event.child].name);
        json.key("available").flag(event.available);
        json.endObject();
    }
    json.endArray();
    json.endObject();
}

}  // namespace

std::string jsonReport(const Result& result, const Script& script) {
    Writer json;
    json.beginObject();
    json.key("seed").number(script.seed);
    json.key("calls").number(result.calls);
    json.key("ratePerSecond").real(script.rate);
    json.key("pattern").text(script.poisson ? "poisson" : "even");
    json.key("clients").number(script.clients);
    json.key("seconds").seconds(result.duration);
    json.key("bucketSeconds").seconds(result.bucket);
    json.counts("statuses", result.statuses);
    json.key("answeredWithin").beginObject();
    json.key("half").seconds(result.quantile(0.5));
    json.key("p99").seconds(result.quantile(0.99));
    json.key("all").seconds(result.quantile(1));
    json.endObject();
    json.key("groups").beginArray();
    for (std::size_t index = 0; index < result.groups.size(); ++index) {
        writeGroup(json, result.groups[index], result.verdicts[index]);
    }
    json.endArray();
    json.key("backends").beginObject();
    for (const auto& [address, counts] : result.backends) {
        json.key(address).beginObject();
        json.key("requests").number(counts.requests);
        json.key("answered").number(counts.answered);
        json.key("refused").number(counts.refused);
        json.key("timedOut").number(counts.timedOut);
        json.key("broken").number(counts.broken);
        json.key("tcpOnly").number(counts.probes);
        json.counts("statuses", counts.statuses);
        json.endObject();
    }
    json.endObject();
    json.endObject();
    return json.take();
}

}  // namespace myelin::simulate
