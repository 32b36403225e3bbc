#include "engine/config/settings.hpp"

#include <Poco/Net/IPAddress.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <limits>
#include <sstream>
#include <type_traits>

#include "engine/config/element.hpp"
#include "engine/config/tenants.hpp"
#include "engine/redis/address.hpp"

namespace myelin::config {
namespace {

constexpr base::Milliseconds kDay{24 * 60 * 60 * 1000};
const std::vector<std::string_view> kLogLevels = {
    "fatal", "critical", "error", "warning", "notice", "information", "debug", "trace"};
const std::vector<std::string_view> kTlsVersions = {"TLSv1.2", "TLSv1.3"};

/// The one list of settings: what reads them and what prints them both walk it.
template <typename SettingsType, typename Visitor>
void visitSettings(SettingsType& s, Visitor& visit) {
    visit.section("server");
    visit.number("workers", s.workers, 0, 1024);
    visit.number("maxConnections", s.maxConnections, 0, 10'000'000);
    visit.number("busyPoll", s.busyPoll, 0, 1'000'000);
    visit.time("drainTime", s.drainTime, 0);
    visit.text("tenant", s.tenant);
    visit.writable("control", s.control);

    visit.section("mediation");
    visit.time("globalTimeout", s.globalTimeout, 1);
    visit.number("retryBody", s.retryBody, 0, 1u << 30);
    visit.flag("preserveUserAgent", s.preserveUserAgent);
    visit.flag("preserveServer", s.preserveServer);
    visit.text("serverHost", s.serverHost);

    visit.section("retry");
    visit.flag("repeatable", s.repeatable);

    visit.section("endpoints");
    visit.number("suspendDuration", s.suspendDuration, 0, std::numeric_limits<std::int32_t>::max());
    visit.decimal("progressionFactor", s.progressionFactor, 0, 1'000'000);

    visit.section("sessions");
    visit.number("maxCount", s.sessions.maxCount, 1, 100'000'000);
    visit.number("maxBytes", s.sessions.maxBytes, 1u << 20, std::size_t{1} << 36U);

    visit.text("redis", s.sessions.redis);
    visit.text("user", s.sessions.user);
    visit.text("password", s.sessions.password);
    visit.text("prefix", s.sessions.prefix);
    visit.time("wait", s.sessions.wait, 1);
    visit.time("trust", s.sessions.trust, 0);

    visit.section("bounds");
    visit.number("attempts", s.maximumAttempts, 0, 1'000'000'000);
    visit.time("waiting", s.maximumWaiting, 0);

    visit.section("limits");
    visit.number("startLine", s.limits.startLine, 64, 1u << 20);
    visit.number("headerSection", s.limits.headerSection, 256, 1u << 24);
    visit.number("headerCount", s.limits.headerCount, 1, 100'000);
    visit.number("chunkExtension", s.limits.chunkExtension, 0, 1u << 20);
    visit.number("trailerSection", s.limits.trailerSection, 0, 1u << 24);
    visit.number("body", s.limits.body, 0, std::numeric_limits<std::uint64_t>::max());
    visit.number("bufferedBody", s.limits.bufferedBody, 1024, std::uint64_t{1} << 34U);
    visit.number("minimumBodyRate", s.limits.minimumBodyRate, 0, 1u << 30);
    visit.time("headTime", s.limits.headTime, 1);
    visit.time("idleTime", s.limits.idleTime, 1);
    visit.time("bodyTime", s.limits.bodyTime, 1);
    visit.time("writeTime", s.limits.writeTime, 1);

    visit.section("xml");
    visit.number("maxDepth", s.xml.depth, 4, 512);
    visit.number("maxElements", s.xml.elements, 16, 100'000'000);
    visit.number("maxAttributes", s.xml.attributes, 8, 65'536);
    visit.number("maxAttributesOnPath", s.xml.attributesOnPath, 8, 1'000'000);
    visit.number("maxToken", s.xml.token, 1024, std::size_t{1} << 34U);

    visit.section("upstream");
    visit.number("headerSection", s.upstream.headerSection, 256, 1u << 24);
    visit.number("headerCount", s.upstream.headerCount, 1, 100'000);
    visit.number("informational", s.upstream.informational, 0, 1000);
    visit.number("pooledConnections", s.upstream.pooledConnections, 0, 1'000'000);
    visit.time("connectTime", s.upstream.connectTime, 1);
    visit.time("idleTime", s.upstream.idleTime, 1);
    visit.time("bodyTime", s.upstream.bodyTime, 1);
    visit.time("writeTime", s.upstream.writeTime, 1);
    visit.time("responseTime", s.upstream.responseTime, 1);

    visit.section("upstreamTls");
    visit.flag("verify", s.tlsClient.verify);
    visit.readable("ca", s.tlsClient.caFile);
    visit.readable("certificate", s.tlsClient.certificateFile);
    visit.readable("key", s.tlsClient.keyFile);
    visit.choice("minimumTls", s.tlsClient.minimumVersion, kTlsVersions);

    visit.section("log");
    visit.choice("level", s.logLevel, kLogLevels);
    visit.writable("file", s.logFile);

    visit.section("accessLog");
    visit.writable("file", s.accessLog);

    visit.section("plugins");
    visit.writable("folder", s.pluginFolder);
}

/// A relative name of a settings file means one beside it.
std::string besideFile(const std::string& name, const std::string& settingsFile) {
    if (name.empty() || name.front() == '/') return name;
    return (std::filesystem::path(settingsFile).parent_path() / name).string();
}

std::string readableFile(const Element& element, std::string_view attribute, const std::string& name) {
    std::string path = besideFile(name, element.file().name());
    if (!path.empty() && ::access(path.c_str(), R_OK) != 0) {
        element.errorAt(attribute, path + " cannot be read: " + std::strerror(errno));
    }
    return path;
}

class Reader {
public:
    explicit Reader(const Element& root) : root_(root) {}

    void section(std::string_view name) { section_ = root_.child(name); }
    template <typename T>
    void number(std::string_view name, T& value, std::type_identity_t<T> least, std::type_identity_t<T> most) {
        if (section_) value = section_->integer<T>(name, least, most, value);
    }
    void time(std::string_view name, base::Milliseconds& value, int least) {
        if (section_) value = section_->milliseconds(name, base::Milliseconds(least), kDay, value);
    }
    void decimal(std::string_view name, double& value, double least, double most) {
        if (section_) value = section_->decimal(name, least, most, value);
    }
    void flag(std::string_view name, bool& value) {
        if (section_) value = section_->boolean(name, value);
    }
    void text(std::string_view name, std::string& value) {
        if (section_) value = section_->attribute(name, value);
    }
    void choice(std::string_view name, std::string& value, const std::vector<std::string_view>& allowed) {
        if (section_) value = section_->choice(name, allowed, value);
    }
    void readable(std::string_view name, std::string& value) {
        if (!section_) return;
        if (const auto written = section_->attribute(name)) value = readableFile(*section_, name, *written);
    }
    void writable(std::string_view name, std::string& value) {
        if (!section_) return;
        if (const auto written = section_->attribute(name)) value = besideFile(*written, section_->file().name());
    }

private:
    const Element& root_;
    std::optional<Element> section_;
};

class Describer {
public:
    void section(std::string_view name) { section_ = std::string(name) + "/"; }
    template <typename T>
    void number(std::string_view name, const T& value, std::type_identity_t<T>, std::type_identity_t<T>) {
        add(name, std::to_string(value));
    }
    void time(std::string_view name, const base::Milliseconds& value, int) { add(name, std::to_string(value.count())); }
    void decimal(std::string_view name, const double& value, double, double) {
        std::ostringstream text;
        text << value;
        add(name, text.str());
    }
    void flag(std::string_view name, const bool& value) { add(name, value ? "true" : "false"); }
    void text(std::string_view name, const std::string& value) { add(name, value); }
    void choice(std::string_view name, const std::string& value, const std::vector<std::string_view>&) {
        add(name, value);
    }
    void readable(std::string_view name, const std::string& value) { add(name, value); }
    void writable(std::string_view name, const std::string& value) { add(name, value); }

    std::vector<std::pair<std::string, std::string>> result;

private:
    void add(std::string_view name, std::string value) {
        result.emplace_back(section_ + std::string(name), std::move(value));
    }
    std::string section_;
};

ListenerSettings readListener(const Element& element) {
    ListenerSettings listener;
    listener.place = element.place();
    element.required("protocol");
    listener.secure = element.choice("protocol", {"http", "https"}, "http") == "https";
    listener.address = element.attribute("address", listener.address);
    listener.port = element.integer<std::uint16_t>("port", 0, 65535, listener.secure ? 8243 : 8280);
    listener.tls.minimumVersion = element.choice("minimumTls", kTlsVersions, listener.tls.minimumVersion);
    for (const Element& certificate : element.childrenNamed("certificate")) {
        const std::string chain = certificate.required("chain");
        const std::string key = certificate.required("key");
        listener.tls.certificates.push_back(
            {readableFile(certificate, "chain", chain), readableFile(certificate, "key", key)});
    }
    if (const auto clients = element.child("clientCertificates")) {
        listener.tls.clientCaFile = readableFile(*clients, "ca", clients->required("ca"));
        listener.tls.requireClientCertificate = clients->boolean("required", true);
    }
    if (!listener.secure && (!listener.tls.certificates.empty() || !listener.tls.clientCaFile.empty())) {
        element.error("a certificate needs protocol=\"https\"");
    }
    return listener;
}

void checkSessions(const Element& element, SessionSettings& sessions) {
    sessions.place = element.has("redis") ? element.placeOfValue("redis") : element.place();
    if (sessions.redis.empty()) {
        if (!sessions.password.empty()) element.errorAt("password", "there is no redis=\"...\" that it is for");
        return;
    }
    const auto parsed = redis::parseAddress(sessions.redis);
    if (!parsed.ok()) {
        element.errorAt("redis", parsed.error, "redis=\"redis://127.0.0.1:6379/0\"");
        sessions.redis.clear();
    }
    if (!sessions.user.empty() && sessions.password.empty()) element.errorAt("user", "a user needs a password");
}

/// 8280 of any address and of 127.0.0.1 are the same to the second who asks for it.
bool collide(const ListenerSettings& a, const ListenerSettings& b) {
    if (a.port == 0 || a.port != b.port) return false;
    Poco::Net::IPAddress first;
    Poco::Net::IPAddress second;
    if (!Poco::Net::IPAddress::tryParse(a.address, first) || !Poco::Net::IPAddress::tryParse(b.address, second)) {
        return a.address == b.address;
    }
    return first.family() == second.family() && (first == second || first.isWildcard() || second.isWildcard());
}

void overridePort(Settings& settings, bool secure, std::uint16_t port) {
    for (ListenerSettings& listener : settings.listeners) {
        if (listener.secure != secure) continue;
        listener.port = port;
        return;
    }
    ListenerSettings added;
    added.secure = secure;
    added.port = port;
    settings.listeners.push_back(std::move(added));
}

}  // namespace

Settings readSettings(const std::string& path, Diagnostics& diagnostics) {
    Settings settings;
    const auto file = SourceFile::open(path, diagnostics);
    if (!file) return settings;
    const Element root(file->root(), *file, diagnostics);
    if (!root.isNamed("myelin") || root.namespaceUri() != kSynapseNamespace) {
        root.error("the root element of the engine settings must be <myelin xmlns=\"" + std::string(kSynapseNamespace) +
                   "\">");
        return settings;
    }
    Reader reader(root);
    visitSettings(settings, reader);
    const std::vector<Element> listeners = root.childrenNamed("listener");
    if (!listeners.empty()) settings.listeners.clear();
    for (const Element& listener : listeners) settings.listeners.push_back(readListener(listener));
    if (settings.tlsClient.certificateFile.empty() != settings.tlsClient.keyFile.empty()) {
        root.child("upstreamTls")->error("a client certificate takes both attributes, certificate and key");
    }
    if (const auto sessions = root.child("sessions")) checkSessions(*sessions, settings.sessions);
    if (const auto server = root.child("server"); server && !settings.tenant.empty()) {
        settings.tenant = std::string(base::trim(settings.tenant));
        if (!isTenantName(settings.tenant)) server->errorAt("tenant", noTenantName(settings.tenant), tenantHelp());
    }
    root.finish();
    checkListeners(settings, diagnostics);
    return settings;
}

void applyOverrides(const SettingsOverrides& overrides, Settings& settings) {
    if (overrides.httpPort) overridePort(settings, false, *overrides.httpPort);
    if (overrides.httpsPort) overridePort(settings, true, *overrides.httpsPort);
    if (overrides.bind) {
        for (ListenerSettings& listener : settings.listeners) listener.address = *overrides.bind;
    }
    if (overrides.workers) settings.workers = *overrides.workers;
    if (overrides.tenant) settings.tenant = *overrides.tenant;
    if (overrides.control) settings.control = *overrides.control;
}

void checkListeners(const Settings& settings, Diagnostics& diagnostics) {
    const auto& listeners = settings.listeners;
    for (std::size_t i = 0; i < listeners.size(); ++i) {
        const ListenerSettings& listener = listeners[i];
        Poco::Net::IPAddress address;
        if (!Poco::Net::IPAddress::tryParse(listener.address, address)) {
            diagnostics.error(listener.place,
                              "a listener's address must be an IP address, not \"" + listener.address + "\"",
                              "127.0.0.1 is this host alone; 0.0.0.0 is every IPv4 address of it, :: every IPv6 one");
        }
        if (!listener.active()) continue;
        for (std::size_t j = 0; j < i; ++j) {
            if (!listeners[j].active() || !collide(listeners[j], listener)) continue;
            const std::string other = listeners[j].place.text();
            diagnostics.error(listener.place,
                              "two listeners on " + listener.address + " port " + std::to_string(listener.port) +
                                  (other.empty() ? "" : "; the other one is at " + other));
            break;
        }
    }
}

std::vector<std::pair<std::string, std::string>> describeSettings(const Settings& settings) {
    Describer describer;
    visitSettings(settings, describer);
    return std::move(describer.result);
}

}  // namespace myelin::config
