#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include <array>
#include <sstream>

#include "endpoints/operations.hpp"

namespace myelin::endpoints {

namespace {

constexpr std::size_t kColumns = 6;

std::string number(double value) {
    std::ostringstream text;
    text << value;
    return text.str();
}

/// "0.4 of 2", and "secondary" in front of it for a secondary one.
std::string weightText(const EndpointStatus& one) {
    if (!one.effectiveWeight) return "-";
    std::string text = one.secondary ? "secondary " : "";
    text += number(*one.effectiveWeight);
    if (one.weight) text += " of " + std::to_string(*one.weight);
    return text;
}

std::string underWayText(const EndpointStatus& one) {
    if (!one.underWay) return "-";
    return std::to_string(*one.underWay) + (one.mostUnderWay ? " of " + std::to_string(*one.mostUnderWay) : "");
}

/// A line break in a name would look like another endpoint.
std::string oneLine(std::string text) {
    for (char& c : text) {
        if (static_cast<unsigned char>(c) < 0x20) c = ' ';
    }
    return text;
}

}  // namespace

std::string toText(const std::vector<EndpointStatus>& endpoints) {
    std::vector<std::array<std::string, kColumns>> rows{{"endpoint", "kind", "state", "health", "weight", "under way"}};
    for (const auto& one : endpoints) {
        rows.push_back({std::string(one.depth * 2, ' ') + oneLine(one.id),
                        one.kind,
                        one.state,
                        one.health.empty() ? "-" : one.health,
                        weightText(one),
                        underWayText(one)});
    }
    std::array<std::size_t, kColumns> widths{};
    for (const auto& row : rows) {
        for (std::size_t column = 0; column < row.size(); ++column) {
            widths[column] = std::max(widths[column], row[column].size());
        }
    }
    std::string text;
    for (std::size_t line = 0; line < rows.size(); ++line) {
        std::string shown;
        for (std::size_t column = 0; column < rows[line].size(); ++column) {
            shown += rows[line][column] + std::string(widths[column] - rows[line][column].size() + 2, ' ');
        }
        if (line != 0) shown += oneLine(endpoints[line - 1].condition);
        shown.resize(shown.find_last_not_of(' ') + 1);
        text += shown + '\n';
    }
    return text;
}

std::string toJson(const std::vector<EndpointStatus>& endpoints) {
    rapidjson::StringBuffer out;
    rapidjson::PrettyWriter<rapidjson::StringBuffer> json(out);
    json.SetIndent(' ', 1);
    const auto text = [&](const char* key, const std::string& value) {
        json.Key(key);
        json.String(value.c_str(), static_cast<rapidjson::SizeType>(value.size()));
    };
    json.StartArray();
    for (const auto& one : endpoints) {
        json.StartObject();
        text("id", one.id);
        if (!one.name.empty()) text("name", one.name);
        text("kind", one.kind);
        json.Key("depth");
        json.Uint64(one.depth);
        text("state", one.state);
        if (!one.health.empty()) text("health", one.health);
        if (!one.condition.empty()) text("condition", one.condition);
        if (one.weight) {
            json.Key("weight");
            json.Uint(*one.weight);
        }
        if (one.effectiveWeight) {
            json.Key("effectiveWeight");
            json.Double(*one.effectiveWeight);
        }
        if (one.underWay) {
            json.Key("underWay");
            json.Uint(*one.underWay);
        }
        if (one.mostUnderWay) {
            json.Key("mostUnderWay");
            json.Uint(*one.mostUnderWay);
        }
        if (one.secondary) {
            json.Key("secondary");
            json.Bool(true);
        }
        json.EndObject();
    }
    json.EndArray();
    return std::string(out.GetString(), out.GetSize()) + '\n';
}

}  // namespace myelin::endpoints
