#include "engine/config/configuration.hpp"

#include <fstream>
#include <map>
#include <sstream>
#include <utility>

#include "engine/base/strings.hpp"
#include "engine/config/endpoint_id.hpp"
#include "engine/config/plugin_source.hpp"
#include "engine/config/reference_cycles.hpp"
#include "engine/config/tenants.hpp"

namespace myelin::config {

namespace {

message::MediationOptions mediationOptions(const Settings& settings) {
    message::MediationOptions options;
    options.payload.buffered = settings.limits.bufferedBody;
    options.payload.kept = settings.retryBody;
    options.payload.xml = settings.xml;
    options.repeatable = settings.repeatable;
    options.suspendDuration = settings.suspendDuration;
    options.progressionFactor = static_cast<float>(settings.progressionFactor);
    options.globalTimeout = settings.globalTimeout;
    const auto& upstream = settings.upstream;
    options.longestAttempt = upstream.connectTime + upstream.writeTime + upstream.responseTime;
    options.preserveUserAgent = settings.preserveUserAgent;
    options.preserveServer = settings.preserveServer;
    options.serverHost = settings.serverHost;
    options.tenant = settings.tenant;
    return options;
}

std::string serialised(const pugi::xml_node& node) {
    std::ostringstream text;
    node.print(text, "", pugi::format_raw | pugi::format_no_declaration);
    return text.str();
}

/// The text of a local entry: inline XML or text, or a file (synapse-mediation 1.9).
std::string entryText(Element& element) {
    if (const auto source = element.attribute("src")) {
        std::string_view path = *source;
        if (path.starts_with("file:")) path.remove_prefix(5);
        if (path.find("://") != std::string_view::npos) {
            element.errorAt("src", "a local entry is read from a file; \"" + *source + "\" is none");
            return {};
        }
        std::ifstream file{std::string(path), std::ios::binary};
        std::ostringstream text;
        if (!file || !(text << file.rdbuf())) {
            element.errorAt("src", "the file " + std::string(path) + " cannot be read");
            return {};
        }
        return text.str();
    }
    if (const auto node = element.inlineXml()) return serialised(node);
    return element.text();
}

}  // namespace

Registry<ServiceFactory>& serviceRegistry() {
    static auto& registry = *new Registry<ServiceFactory>("service");
    return registry;
}

/// Builds what loadSources() read, then joins the references.
class Configuration::Loader {
public:
    Loader(Configuration& configuration, StateStore& states, Diagnostics& diagnostics, plugin::Plugins plugins)
        : configuration_(configuration),
          diagnostics_(diagnostics),
          build_(diagnostics, states, configuration, std::move(plugins)) {}

    void load(ConfigurationSources& sources) {
        // Templates are used by what stands before them as well.
        for (auto& artifact : sources.artifacts) {
            if (artifact.kind == "template") build_.templates().define(artifact.name, artifact.element);
        }
        for (auto& artifact : sources.artifacts) {
            if (artifact.kind != "template") add(artifact);
        }
        build_.templates().finish();
        reportTenantOfNobody(build_);
        sources.finish();
        link();
        configuration_.directory_ = build_.takeEndpoints();
    }

private:
    void add(Artifact& artifact) {
        Element& element = artifact.element;
        configuration_.places_[{artifact.kind, artifact.name}] = element.place();
        build_.beginArtifact(artifact.kind, artifact.name);
        if (artifact.kind == "sequence") {
            addSequence(artifact.name, element);
        } else if (artifact.kind == "endpoint") {
            addEndpoint(artifact.name, element);
        } else if (artifact.kind == "localEntry") {
            addLocalEntry(artifact.name, element);
        } else if (const auto* factory = serviceRegistry().find(artifact.kind)) {
            if (auto service = (*factory)(element, build_)) configuration_.services_.push_back(std::move(service));
        } else {
            std::vector<std::string_view> known = serviceRegistry().names();
            known.insert(known.end(), {"sequence", "endpoint", "localEntry", "template"});
            element.unknown(known, "Myelin does not run this kind of artifact");
        }
    }

    void addSequence(const std::string& name, Element& element) {
        if (!declare("sequence", name, element)) return;
        if (auto sequence = build_.mediator(element)) configuration_.sequences_.emplace(name, std::move(sequence));
    }

    void addEndpoint(const std::string& name, Element& element) {
        if (!declare("endpoint", name, element)) return;
        if (auto endpoint = build_.endpoint(element, {idOfName(name), false})) {
            configuration_.endpoints_.emplace(name, std::move(endpoint));
        }
    }

    /// False, after reporting it, when another artifact, perhaps a local entry, serves under that name already.
    bool declare(const std::string& kind, const std::string& name, Element& element) {
        const auto [known, added] = declared_[kind].try_emplace(name, element.place());
        if (added) return true;
        element.ignore();
        diagnostics_.error(element.place(),
                           kind + " \"" + name + "\" is defined twice; the other one is at " + known->second.text(),
                           "a local entry with a sequence or an endpoint is one under its key");
        return false;
    }

    /// A local entry that holds a sequence or an endpoint serves as one under its key (synapse-mediation 1.5).
    void addLocalEntry(const std::string& name, Element& element) {
        for (const std::string_view kind : {"sequence", "endpoint"}) {
            if (auto child = element.child(kind)) {
                element.attribute("src");
                build_.beginArtifact(std::string(kind), name);
                configuration_.places_[{std::string(kind), name}] = child->place();
                if (kind == "sequence")
                    addSequence(name, *child);
                else
                    addEndpoint(name, *child);
                child->finish();
                return;
            }
        }
        configuration_.localEntries_.emplace(name, entryText(element));
    }

    void link() {
        for (const auto& reference : build_.references()) {
            if (reference.kind == Build::Reference::Kind::Sequence) {
                *reference.sequence = configuration_.sequence(reference.to);
                if (!*reference.sequence) missing(reference, "sequence");
            } else {
                *reference.endpoint = configuration_.endpoint(reference.to);
                if (!*reference.endpoint) missing(reference, "endpoint");
            }
        }
        reportReferenceCycles(build_.references(), diagnostics_);
    }

    /// What is there but could not be built has been reported as that.
    void missing(const Build::Reference& reference, const std::string& kind) {
        const auto& declared = declared_[kind];
        if (declared.contains(reference.to)) return;
        std::vector<std::string_view> known;
        for (const auto& entry : declared) known.push_back(entry.first);
        diagnostics_.error(reference.place,
                           "there is no " + kind + " \"" + reference.to + "\"" + didYouMean(reference.to, known));
    }

    Configuration& configuration_;
    Diagnostics& diagnostics_;
    Build build_;
    std::map<std::string, std::map<std::string, Place>> declared_;  // by kind and name
};

std::shared_ptr<const Configuration> Configuration::load(const std::string& path,
                                                         const Settings& settings,
                                                         StateStore& states,
                                                         Diagnostics& diagnostics) {
    auto sources = loadSources(path, diagnostics);
    return load(sources, settings, states, diagnostics);
}

std::shared_ptr<const Configuration> Configuration::load(ConfigurationSources& sources,
                                                         const Settings& settings,
                                                         StateStore& states,
                                                         Diagnostics& diagnostics) {
    const std::shared_ptr<Configuration> configuration(new Configuration);
    configuration->options_ = mediationOptions(settings);
    Loader(*configuration, states, diagnostics, loadPlugins(settings, diagnostics)).load(sources);
    states.sweep();
    if (diagnostics.hasErrors()) return nullptr;
    return configuration;
}

namespace {

template <typename Map>
auto* find(const Map& map, std::string_view name) noexcept {
    const auto found = map.find(name);
    return found == map.end() ? nullptr : found->second.get();
}

}  // namespace

const message::Mediator* Configuration::sequence(std::string_view name) const noexcept {
    return find(sequences_, name);
}

const message::Endpoint* Configuration::endpoint(std::string_view name) const noexcept {
    return find(endpoints_, name);
}

const Place& Configuration::placeOf(const std::string& kind, const std::string& name) const {
    static const Place nowhere;
    const auto found = places_.find({kind, name});
    return found == places_.end() ? nowhere : found->second;
}

void Configuration::visitSequences(
    const std::function<void(const std::string&, const message::Mediator&)>& visitor) const {
    for (const auto& [name, sequence] : sequences_) visitor(name, *sequence);
}

void Configuration::visitEndpoints(
    const std::function<void(const std::string&, const message::Endpoint&)>& visitor) const {
    for (const auto& [name, endpoint] : endpoints_) visitor(name, *endpoint);
}

const std::string* Configuration::localEntry(std::string_view name) const noexcept {
    const auto found = localEntries_.find(name);
    return found == localEntries_.end() ? nullptr : &found->second;
}

}  // namespace myelin::config
