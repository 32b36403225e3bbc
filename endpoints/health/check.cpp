#include "endpoints/health/check.hpp"

#include <limits>
#include <utility>

#include "endpoints/url.hpp"
#include "engine/base/strings.hpp"
#include "engine/message/soap.hpp"
#include "engine/xml/document.hpp"
#include "engine/xml/writer.hpp"

namespace myelin::endpoints {

namespace {

using Type = HealthCheck::Type;

constexpr base::Milliseconds kLeastTime{1};
constexpr base::Milliseconds kMostTime{24 * 3600 * 1000};
constexpr std::uint32_t kMostInRow = 1000;
constexpr std::string_view kGoodStatuses = "200-299";

Statuses readStatuses(const config::Element& expect, std::string_view attribute) {
    const auto text = expect.attribute(attribute);
    if (!text) return {};
    if (auto parsed = Statuses::parse(*text)) return *parsed;
    expect.errorAt(attribute,
                   "\"" + *text + "\" is no list of statuses",
                   "write numbers and ranges from 100 to 599, like 200-299,304");
    return {};
}

/// One assertion of an <expect> looks into one place.
void readExpect(config::Element& expect, config::Build& build, Expectations& all) {
    const bool statuses = expect.has("status") || expect.has("failStatus");
    if (expect.has("status")) all.good = readStatuses(expect, "status");
    if (expect.has("failStatus")) all.bad = readStatuses(expect, "failStatus");
    const auto header = expect.attribute("header");
    if (header) {
        const auto colon = header->find(':');
        Expectations::Header wanted{std::string(base::trim(std::string_view(*header).substr(0, colon))), {}};
        if (colon != std::string::npos)
            wanted.value = std::string(base::trim(std::string_view(*header).substr(colon + 1)));
        if (wanted.name.empty()) expect.errorAt("header", "no field is named", R"(write header="Name: value")");
        all.headers.push_back(std::move(wanted));
    }
    const auto value = expect.attribute("value");
    const auto json = expect.attribute("jsonPath");
    const bool hasXpath = expect.has("xpath");
    if (json && hasXpath) {
        expect.errorAt("xpath", "one <expect> looks into one place of the body", "write an <expect> for each");
        return;
    }
    if (json) {
        if (auto path = json::JsonPath::parse(base::trim(*json))) {
            all.json.push_back({std::move(*path), value});
        } else {
            expect.errorAt("jsonPath",
                           "\"" + *json + "\" is no path that a health check can follow",
                           "paths are made of keys and indexes, like $.checks[0].status or $['a b']");
        }
    } else if (hasXpath) {
        if (auto path = build.xpath(expect, "xpath")) all.xml.push_back({std::move(*path), value});
    } else if (value) {
        expect.errorAt("value", "value says what stands at a jsonPath or xpath, and there is none");
    }
    if (!statuses && !header && !json && !hasXpath && !value) {
        expect.error("this <expect> expects nothing", "give it status, failStatus, header, jsonPath or xpath");
    }
}

/// The body as it goes out; for SOAP in an envelope.
void readBody(const config::Element& body, HealthCheck& check, std::string& contentType) {
    const auto inlined = body.inlineXml();
    const auto content = inlined ? body.rawNode() : pugi::xml_node();
    if (!content) {
        check.body = body.text();
        if (check.type == Type::Soap)
            body.error("the body of a SOAP check is XML", "write the envelope, or what is in its Body");
        return;
    }
    if (check.type != Type::Soap) {
        xml::writeSubtree(inlined, check.body);
        if (contentType.empty()) contentType = "application/xml";
        return;
    }
    xml::Document envelope;
    xml::importNode(envelope.tree(), inlined);
    envelope.changed();
    if (!message::soap::versionOf(envelope)) message::soap::wrap(envelope, message::soap::Version::V11);
    xml::write(envelope.root(), check.body);
    contentType =
        message::soap::versionOf(envelope) == message::soap::Version::V12 ? "application/soap+xml" : "text/xml";
}

bool hasHeader(const HealthCheck& check, std::string_view name) {
    for (const auto& header : check.headers) {
        if (base::equalsIgnoreCase(header.first, name)) return true;
    }
    return false;
}

void readRequest(config::Element& element, HealthCheck& check) {
    check.path = base::trim(element.attribute("path", ""));
    if (check.type == Type::Tcp) {
        for (const std::string_view unused : {"path", "method", "action"}) {
            if (element.has(unused)) element.errorAt(unused, "a check of type tcp only connects", "leave it out");
        }
        for (const std::string_view unused : {"header", "body", "expect"}) {
            for (const auto& child : element.childrenNamed(unused)) {
                child.ignore();
                child.error("a check of type tcp only connects", "leave <" + std::string(unused) + "> out");
            }
        }
        return;
    }
    const bool soap = check.type == Type::Soap;
    if (!soap) check.path = base::trim(element.required("path"));
    if (check.absolute()) {
        if (const auto parsed = parseUrl(check.path); !parsed.ok()) {
            element.errorAt("path", "\"" + check.path + "\" cannot be asked: " + parsed.error);
        }
    } else if (const auto parsed = parseUrl("http://server/" + check.path); !parsed.ok()) {
        element.errorAt("path", "\"" + check.path + "\" is no path: " + parsed.error);
    }
    const std::string action{base::trim(element.attribute("action", ""))};
    for (const auto& header : element.childrenNamed("header")) {
        check.headers.emplace_back(base::trim(header.required("name")), header.attribute("value", ""));
    }
    std::string contentType{base::trim(element.attribute("contentType", ""))};
    if (const auto body = element.child("body")) {
        readBody(*body, check, contentType);
    } else if (soap) {
        element.error("a check of type soap needs a request",
                      "write the envelope, or what is in its Body, into <body>");
    }
    if (soap) {
        check.method = "POST";
        if (element.has("method")) element.errorAt("method", "a check of type soap is a POST", "leave method out");
        const bool v12 = contentType == "application/soap+xml";
        if (!v12) check.headers.emplace_back("SOAPAction", "\"" + action + "\"");
        contentType += "; charset=UTF-8";
        if (v12 && !action.empty()) contentType += "; action=\"" + action + "\"";
    } else {
        if (!action.empty()) element.errorAt("action", "action belongs to checks of type soap");
        check.method =
            element.choice("method", {"GET", "HEAD", "POST", "PUT", "OPTIONS"}, check.body.empty() ? "GET" : "POST");
    }
    if (!contentType.empty() && !hasHeader(check, "Content-Type"))
        check.headers.emplace_back("Content-Type", contentType);
}

void readSchedule(config::Element& element, HealthCheck& check) {
    check.interval = element.milliseconds("interval", kLeastTime, kMostTime, check.interval);
    check.timeout = element.milliseconds("timeout", kLeastTime, kMostTime, check.timeout);
    constexpr std::uint32_t kMostJitter = 50;
    check.jitter = element.integer<std::uint32_t>("jitter", 0, kMostJitter, check.jitter);
    check.rise = element.integer<std::uint32_t>("rise", 1, kMostInRow, check.rise);
    check.fall = element.integer<std::uint32_t>("fall", 1, kMostInRow, check.fall);
    const auto text = element.attribute("cron");
    if (!text) return;
    check.cron = Cron::parse(*text);
    if (!check.cron) {
        element.errorAt("cron",
                        "\"" + *text + "\" is no time that ever comes",
                        "five fields: minute hour day-of-month month day-of-week, like */5 8-18 * * 1-5; with six, the "
                        "first is the second");
    }
    for (const std::string_view unused : {"interval", "jitter"}) {
        if (element.has(unused)) element.warningAt(unused, std::string(unused) + " has no effect beside cron");
    }
}

/// Of a check that is switched off: it may be there in full, or say nothing else.
void ignoreTheRest(const config::Element& element) {
    for (const std::string_view attribute :
         {"type", "path", "method", "action", "contentType", "interval", "timeout", "jitter", "rise", "fall", "cron"}) {
        (void)element.has(attribute);
    }
    for (const std::string_view name : {"header", "body", "expect"}) {
        for (const auto& child : element.childrenNamed(name)) child.ignore();
    }
    element.finish();
}

}  // namespace

std::optional<std::shared_ptr<const HealthCheck>> HealthCheck::read(const config::Element& holder,
                                                                    config::Build& build) {
    auto element = holder.child("healthCheck");
    if (!element) return std::nullopt;
    element->beyondSynapse();
    if (!element->boolean("enabled", true)) {
        ignoreTheRest(*element);
        return nullptr;
    }
    const auto errors = build.diagnostics().errorCount();
    auto check = std::make_shared<HealthCheck>();
    check->type =
        element->choice<Type>("type", {{"http", Type::Http}, {"tcp", Type::Tcp}, {"soap", Type::Soap}}, Type::Http);
    readRequest(*element, *check);
    readSchedule(*element, *check);
    if (check->type != Type::Tcp) {
        for (auto& expect : element->childrenNamed("expect")) readExpect(expect, build, check->expect);
        if (check->expect.good.empty()) check->expect.good = *Statuses::parse(kGoodStatuses);
    }
    xml::write(element->node(), check->written);
    element->finish();
    if (build.diagnostics().errorCount() != errors) return nullptr;
    return check;
}

}  // namespace myelin::endpoints
