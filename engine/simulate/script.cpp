#include "engine/simulate/script.hpp"

#include <Poco/Net/IPAddress.h>

#include <array>
#include <cmath>
#include <sstream>

#include "engine/base/strings.hpp"
#include "engine/config/element.hpp"

namespace myelin::simulate {

namespace {

using config::Element;

constexpr std::string_view kEmptyEnvelope =
    R"(<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body/></soapenv:Envelope>)";
constexpr double kMostSeconds = 366.0 * 24 * 3600;

std::optional<double> positive(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value) || value < 0) {
        return std::nullopt;
    }
    return value;
}

base::Duration duration(const Element& element, std::string_view name, base::Duration otherwise) {
    const auto text = element.attribute(name);
    if (!text) return otherwise;
    if (const auto value = parseDuration(base::trim(*text))) return *value;
    element.errorAt(
        name,
        "\"" + *text + "\" is no time",
        "a number with ms, s, m, h or d, as 250ms or 1.5h; without a unit it is milliseconds; at most 366d");
    return otherwise;
}

double rate(const Element& element, double otherwise) {
    const auto text = element.attribute("rate");
    if (!text) return otherwise;
    std::string_view number = base::trim(*text);
    double seconds = 1;
    constexpr std::array<std::pair<std::string_view, double>, 4> kUnits{
        {{"/s", 1}, {"/m", 60}, {"/h", 3600}, {"/d", 86400}}};
    for (const auto& [unit, length] : kUnits) {
        if (!number.ends_with(unit)) continue;
        number.remove_suffix(unit.size());
        seconds = length;
        break;
    }
    const auto value = positive(number);
    if (value && *value / seconds >= 1.0 / 86400 && *value / seconds <= 1'000'000) return *value / seconds;
    element.errorAt(
        "rate", "\"" + *text + "\" is no rate", "a number with /s, /m, /h or /d, as 100/s; from 1/d to 1000000/s");
    return otherwise;
}

Latency latency(const Element& element, Latency otherwise) {
    otherwise.typical = duration(element, "latency", otherwise.typical);
    otherwise.jitter = duration(element, "jitter", otherwise.jitter);
    if (otherwise.jitter > otherwise.typical) {
        element.errorAt("jitter", "the jitter is more than the latency", "an answer cannot come before its request");
    }
    return otherwise;
}

Period period(const Element& element, const Latency& usual) {
    Period result;
    result.from = duration(element, "from", result.from);
    result.to = duration(element, "to", result.to);
    if (result.to <= result.from) element.error("<" + std::string(element.name()) + "> ends before it begins");
    if (element.isNamed("slow")) {
        if (!element.has("latency")) element.error("<slow> needs a latency");
        result.latency = latency(element, {usual.typical, base::Duration::zero()});
        return result;
    }
    result.status = element.integer<int>("status", 200, 599, 0);
    const bool says = element.has("kind");
    result.trouble = element.choice<Trouble>("kind",
                                             {{"refuse", Trouble::Refuse},
                                              {"unreachable", Trouble::Unreachable},
                                              {"hang", Trouble::Hang},
                                              {"reset", Trouble::Reset}},
                                             Trouble::Refuse);
    if (result.status != 0) {
        if (says) element.errorAt("status", "kind and status cannot be used together", "leave one of them out");
        result.trouble = Trouble::None;
    }
    return result;
}

std::string content(const Element& element) {
    if (const auto node = element.inlineXml()) {
        std::ostringstream text;
        node.print(text, "", pugi::format_raw | pugi::format_no_declaration);
        return text.str();
    }
    return element.text();
}

Backend backend(const Element& element) {
    Backend result;
    result.latency = latency(element, result.latency);
    result.failures = element.decimal("failures", 0, 1, 0);
    for (const auto& child : element.children()) {
        if (child.isNamed("outage") || child.isNamed("slow")) {
            result.periods.push_back(period(child, result.latency));
        } else if (child.isNamed("answer")) {
            Answer answer;
            answer.path = child.attribute("path", "");
            answer.status = child.integer<int>("status", 200, 599, 200);
            answer.type = child.attribute("type", "text/xml");
            answer.body = content(child);
            result.answers.push_back(std::move(answer));
        } else {
            child.unknown({"outage", "slow", "answer"});
        }
    }
    return result;
}

Request request(const Element& element) {
    Request result;
    result.method = element.attribute("method", result.method);
    result.path = element.attribute("path", result.path);
    if (!result.path.starts_with('/')) element.errorAt("path", "a path begins with a slash");
    result.share = element.integer<unsigned>("share", 1, 1'000'000, 1);
    for (const auto& header : element.childrenNamed("header")) {
        result.headers.emplace_back(header.required("name"), header.attribute("value", ""));
    }
    if (const auto body = element.child("body")) {
        result.headers.emplace_back("Content-Type", body->attribute("type", "text/xml"));
        result.body = content(*body);
    }
    return result;
}

/// "127.0.0.1:9001", "server" (port 80).
std::string withPort(const std::string& address) {
    const auto colon = address.rfind(':');
    const bool bare = colon == std::string::npos || address.ends_with(']');
    return bare ? address + ":80" : address;
}

}  // namespace

std::optional<base::Duration> parseDuration(std::string_view text) {
    double unit = 0.001;
    constexpr std::array<std::pair<std::string_view, double>, 5> kUnits{
        {{"ms", 0.001}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}}};
    for (const auto& [name, seconds] : kUnits) {
        if (!text.ends_with(name)) continue;
        text.remove_suffix(name.size());
        unit = seconds;
        break;
    }
    const auto value = positive(text);
    if (!value || *value * unit > kMostSeconds) return std::nullopt;
    return std::chrono::duration_cast<base::Duration>(std::chrono::duration<double>(*value * unit));
}

const Period* Backend::at(base::Duration since) const noexcept {
    for (const auto& one : periods) {
        if (one.from <= since && since < one.to) return &one;
    }
    return nullptr;
}

Script::Script() {
    Request soap;
    soap.headers.emplace_back("Content-Type", "text/xml");
    soap.body = kEmptyEnvelope;
    requests.push_back(std::move(soap));
}

const Backend& Script::backend(const std::string& address) const {
    const auto found = backends.find(address);
    return found == backends.end() ? others : found->second;
}

Script readScript(const std::string& path, config::Diagnostics& diagnostics) {
    Script script;
    const auto file = config::SourceFile::open(path, diagnostics);
    if (!file) return script;
    const Element root(file->root(), *file, diagnostics);
    if (!root.isNamed("simulation") || root.namespaceUri() != config::kSynapseNamespace) {
        root.error("the root element of a simulation must be <simulation xmlns=\"" +
                   std::string(config::kSynapseNamespace) + "\">");
        return script;
    }
    script.seed = root.integer<std::uint64_t>("seed", 0, std::numeric_limits<std::uint64_t>::max(), script.seed);
    if (const auto arrivals = root.child("arrivals")) {
        script.rate = rate(*arrivals, script.rate);
        script.poisson = arrivals->choice("pattern", {"even", "poisson"}, "even") == "poisson";
        script.clients = arrivals->integer<unsigned>("clients", 1, 1u << 24, script.clients);
    }
    const auto requests = root.childrenNamed("request");
    if (!requests.empty()) script.requests.clear();
    for (const auto& element : requests) script.requests.push_back(request(element));
    for (const auto& element : root.childrenNamed("backend")) {
        const std::string address{base::trim(element.required("address"))};
        auto read = backend(element);
        if (address == "*") {
            script.others = std::move(read);
        } else if (!script.backends.emplace(withPort(address), std::move(read)).second) {
            element.errorAt("address", "the backend " + address + " has been described already");
        }
    }
    for (const auto& element : root.childrenNamed("host")) {
        auto& addresses = script.hosts[element.required("name")];
        const std::string listed = element.required("addresses");
        for (const auto part : base::split(listed, ", ")) {
            Poco::Net::IPAddress address;
            if (!Poco::Net::IPAddress::tryParse(std::string(part), address)) {
                element.errorAt("addresses", "\"" + std::string(part) + "\" is no IP address");
            } else {
                addresses.emplace_back(part);
            }
        }
    }
    for (const auto& element : root.children()) {
        const auto name = element.name();
        if (name != "arrivals" && name != "request" && name != "backend" && name != "host") {
            element.unknown({"arrivals", "request", "backend", "host"});
        }
    }
    root.finish();
    return script;
}

}  // namespace myelin::simulate
