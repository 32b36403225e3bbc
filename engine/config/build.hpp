#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <typeindex>
#include <vector>

#include "engine/config/element.hpp"
#include "engine/config/endpoint_directory.hpp"
#include "engine/config/registry.hpp"
#include "engine/config/templates.hpp"
#include "engine/message/artifacts.hpp"
#include "engine/plugin/plugins.hpp"
#include "engine/xml/xpath.hpp"

namespace myelin::config {

class Build;

/// Makes a mediator out of its element. Reports what is wrong through the element and may then return null.
using MediatorFactory = std::unique_ptr<message::Mediator> (*)(Element&, Build&);

/// Where an endpoint stands in its tree: a leaf without a parent guards its own readiness, one in a group leaves that
/// to the group (synapse-endpoints 2.5).
struct EndpointPosition {
    /// Stable identity of the runtime state: the name, or the parent's identity and the child's endpointId().
    std::string identity;
    bool inGroup = false;
};

/// Makes an endpoint out of its `<endpoint>` element and the child (or attribute) that tells its kind.
struct EndpointFactory {
    /// `endpoint` is the <endpoint> element; `kind` the element inside it that has the registered name, or, for kinds
    /// that are told by an attribute of <endpoint>, the <endpoint> element again.
    std::unique_ptr<message::Endpoint> (*make)(Element& endpoint,
                                               Element& kind,
                                               const EndpointPosition& position,
                                               Build& build);
    /// Kinds are tried by rank, lowest first: Synapse's order of dispatch (synapse-endpoints 1.1).
    int rank = 0;
    /// True when the kind is told by an attribute of <endpoint> with the registered name (key).
    bool byAttribute = false;
    /// Another spelling of a kind: understood, but not listed.
    bool alias = false;
};

/// By element name; each mediator's file registers itself.
Registry<MediatorFactory>& mediatorRegistry();
Registry<EndpointFactory>& endpointRegistry();

/// Runtime state that outlives configurations: endpoint health, rotation, later sessions. Objects are found by type and
/// identity; a reload that names the same identity gets the same object, and what no configuration uses any more is
/// dropped. Used while building only (one thread).
class StateStore {
public:
    template <typename State, typename... Args>
    std::shared_ptr<State> get(const std::string& identity, Args&&... args) {
        auto& slot = states_[{std::type_index(typeid(State)), identity}];
        if (auto existing = slot.lock()) return std::static_pointer_cast<State>(existing);
        auto made = std::make_shared<State>(std::forward<Args>(args)...);
        slot = made;
        return made;
    }
    /// Forgets identities that no configuration holds any more.
    void sweep();

private:
    std::map<std::pair<std::type_index, std::string>, std::weak_ptr<void>> states_;
};

/// What factories need while one configuration is built: children, references, expressions, state.
class Build {
public:
    /// `artifacts` may still be empty; it has to outlive what is built.
    Build(Diagnostics& diagnostics,
          StateStore& states,
          const message::Artifacts& artifacts,
          plugin::Plugins plugins = {});
    Build(const Build&) = delete;
    Build& operator=(const Build&) = delete;
    ~Build();

    /// The mediator that `element` describes, or null after reporting why not. Unknown names are reported with the
    /// nearest known one; the element is finished (what its factory did not ask for is reported).
    std::unique_ptr<message::Mediator> mediator(Element& element);
    /// All child elements of `element` as mediators, in order.
    std::vector<std::unique_ptr<message::Mediator>> mediators(Element& element);
    /// The endpoint that an `<endpoint>` element describes.
    std::unique_ptr<message::Endpoint> endpoint(Element& element, const EndpointPosition& position);
    /// The same at a place that needs a stable identity of its own (inline in a mediator): one is made from the name,
    /// if it has one, and else from the artifact being built and its endpointId().
    std::unique_ptr<message::Endpoint> inlineEndpoint(Element& element);

    /// `*slot` will point to the named sequence, local-entry sequence or endpoint once everything is loaded. A name
    /// that does not exist is reported at the place of the attribute, with the nearest existing one. `slot` must stay
    /// where it is until then (a member of an object on the heap).
    void referSequence(Element& element, std::string_view attribute, std::string name, const message::Mediator** slot);
    void referEndpoint(Element& element, std::string_view attribute, std::string name, const message::Endpoint** slot);

    /// Compiles the XPath of an attribute with the namespaces in scope of the element; reports errors at the attribute
    /// and gives nothing then (or when the attribute is absent).
    std::optional<xml::XPath> xpath(Element& element, std::string_view attribute);
    /// A static text or `{expression}` (synapse-mediation 1.2). Exactly one of the two is set, unless there was an
    /// error or the attribute is absent.
    struct Value {
        std::string text;
        std::optional<xml::XPath> expression;
        bool present = false;
    };
    Value value(Element& element, std::string_view attribute);

    /// For what only one artifact may have (the context of an API): null for the first who claims it, else where that
    /// one stands.
    const Place* claim(const std::string& what, const Place& place);

    Diagnostics& diagnostics() noexcept { return *diagnostics_; }
    StateStore& states() noexcept { return *states_; }
    const message::MediationOptions& options() const noexcept { return artifacts_->options(); }
    /// The configuration that is being built, complete once it is linked: for names that are computed per message.
    const message::Artifacts& artifacts() const noexcept { return *artifacts_; }
    /// What the user's own libraries bring.
    const plugin::Plugins& plugins() const noexcept { return plugins_; }

    Templates& templates() noexcept { return templates_; }

    /// The one object of that type that everything built here shares, made when it is first asked for: for what is
    /// worth reading once a load, not once an element.
    template <typename Shared>
    Shared& shared() {
        auto& slot = shared_[std::type_index(typeid(Shared))];
        if (!slot) slot = std::make_shared<Shared>();
        return *std::static_pointer_cast<Shared>(slot);
    }

    /// Names the artifact whose elements are being built ("sequence main", "proxy X"): for identities, logs and the
    /// paths of reference cycles.
    void beginArtifact(std::string kind, std::string name);
    const std::string& artifact() const noexcept { return artifact_; }

    struct Reference {
        enum class Kind { Sequence, Endpoint } kind;
        std::string from;  ///< the artifact that refers ("sequence main")
        std::string to;
        Place place;
        const message::Mediator** sequence = nullptr;
        const message::Endpoint** endpoint = nullptr;
    };
    /// For the linker of the configuration.
    const std::vector<Reference>& references() const noexcept { return references_; }
    /// Every <endpoint> that endpoint() has made, those in groups after the group.
    EndpointDirectory takeEndpoints() noexcept { return std::move(endpoints_); }

private:
    std::optional<xml::XPath> compile(Element& element, std::string_view attribute, std::string_view expression);
    std::size_t list(const Element& element, const EndpointPosition& position, std::string_view kind);

    Diagnostics* diagnostics_;
    StateStore* states_;
    const message::Artifacts* artifacts_;
    plugin::Plugins plugins_;
    std::string artifact_;
    std::map<std::string, unsigned> inlineEndpoints_;  // how often each inline identity was asked for
    std::vector<Reference> references_;
    EndpointDirectory endpoints_;
    std::size_t inside_ = EndpointEntry::kNone;  // the entry of the endpoint that is being made
    std::map<std::string, Place> claims_;
    Templates templates_;
    std::map<std::type_index, std::shared_ptr<void>> shared_;
};

}  // namespace myelin::config
