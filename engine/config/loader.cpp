#include "engine/config/loader.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>

namespace myelin::config {
namespace {

namespace fs = std::filesystem;

struct Kind {
    std::string_view element;
    std::string_view folder;  ///< in a split directory; empty when it has none
    std::string_view nameAttribute;
};

/// In the order in which Synapse loads the folders.
constexpr Kind kKinds[] = {
    {"registry", "", ""},
    {"localEntry", "local-entries", "key"},
    {"endpoint", "endpoints", "name"},
    {"sequence", "sequences", "name"},
    {"template", "templates", "name"},
    {"proxy", "proxy-services", "name"},
    {"task", "tasks", "name"},
    {"eventSource", "event-sources", "name"},
    {"priorityExecutor", "priority-executors", "name"},
    {"messageStore", "message-stores", "name"},
    {"messageProcessor", "message-processors", "name"},
    {"inboundEndpoint", "inbound-endpoints", "name"},
    {"import", "imports", "name"},
    {"api", "api", "name"},
};

constexpr std::string_view kDefinitions = "definitions";
constexpr std::string_view kMainFile = "synapse.xml";
constexpr std::string_view kRegistryFile = "registry.xml";

const Kind* findKind(std::string_view element) noexcept {
    const auto* const found =
        std::find_if(std::begin(kKinds), std::end(kKinds), [&](const Kind& kind) { return kind.element == element; });
    return found == std::end(kKinds) ? nullptr : found;
}

std::vector<std::string_view> kindNames(bool withDefinitions) {
    std::vector<std::string_view> names;
    if (withDefinitions) names.push_back(kDefinitions);
    for (const Kind& kind : kKinds) names.push_back(kind.element);
    return names;
}

std::vector<std::string_view> folderNames() {
    std::vector<std::string_view> names;
    for (const Kind& kind : kKinds) {
        if (!kind.folder.empty()) names.push_back(kind.folder);
    }
    return names;
}

Place placeOfPath(std::string path) {
    Place place;
    place.file = std::move(path);
    return place;
}

class Loader {
public:
    Loader(Diagnostics& diagnostics, bool recorded) : diagnostics_(diagnostics), recorded_(recorded) {}

    ConfigurationSources load(const std::string& path) {
        std::error_code error;
        if (fs::is_directory(path, error)) {
            loadDirectory(path);
        } else if (const auto root = open(path)) {
            loadRoot(*root);
        }
        return std::move(sources_);
    }

private:
    /// A well-formed file's outermost element in the right namespace.
    std::optional<Element> open(const std::string& path) {
        auto file = SourceFile::open(path, diagnostics_);
        if (!file) return std::nullopt;
        if (recorded_) file->record();
        const Element root(file->root(), *file, diagnostics_);
        sources_.files.push_back(std::move(file));
        const std::string uri = root.namespaceUri();
        if (uri != kSynapseNamespace) {
            const std::string name(root.name());
            root.error(uri.empty()
                           ? "element <" + name + "> is in no namespace"
                           : "element <" + name + "> is in the namespace \"" + uri + "\", which is not Synapse's",
                       (uri.empty() ? "add" : "write") + (" xmlns=\"" + std::string(kSynapseNamespace)) + "\"");
            // Without any namespace it is clear what was meant, so that the rest can be read and judged as well.
            if (!uri.empty()) return std::nullopt;
        }
        sources_.roots.push_back(root);
        return root;
    }

    void loadRoot(const Element& root) {
        if (root.isNamed(kDefinitions)) return loadDefinitions(root);
        if (findKind(root.name())) return addArtifact(root);
        const std::string suggestion = didYouMean(root.name(), kindNames(true), "<", ">");
        root.ignore();
        root.error("unknown root element <" + std::string(root.name()) + ">" + suggestion,
                   "a configuration is a <definitions> element, or a single artifact such as <sequence> or <proxy>");
    }

    void loadDefinitions(const Element& definitions) {
        for (const Element& child : definitions.children()) {
            if (findKind(child.name())) {
                addArtifact(child);
            } else if (child.isNamed("taskManager")) {
                child.ignore();
                child.warning("<taskManager> is ignored: it names a Java class that runs tasks");
            } else {
                child.unknown(kindNames(false), "<definitions> takes: " + kindList());
            }
        }
    }

    static std::string kindList() {
        std::string list;
        for (const Kind& kind : kKinds) list += (list.empty() ? "" : ", ") + std::string(kind.element);
        return list;
    }

    void addArtifact(const Element& element) {
        const Kind& kind = *findKind(element.name());
        const std::string name = nameOf(element, kind);
        if (name.empty() && !kind.nameAttribute.empty()) return element.ignore();
        const Place place =
            kind.nameAttribute.empty() ? element.place() : element.placeOfValue(nameAttribute(element, kind));
        const auto [known, added] = places_.try_emplace({std::string(kind.element), name}, place);
        if (added) {
            sources_.artifacts.push_back({std::string(kind.element), name, element});
            return;
        }
        element.ignore();
        const std::string what = std::string(kind.element) + (name.empty() ? "" : " \"" + name + "\"");
        diagnostics_.error(place, what + " is defined twice; the other one is at " + known->second.text());
    }

    static std::string_view nameAttribute(const Element& element, const Kind& kind) {
        // Synapse takes an endpoint's name from key as well.
        if (kind.element == "endpoint" && !element.has("name") && element.has("key")) return "key";
        return kind.nameAttribute;
    }

    static std::string nameOf(const Element& element, const Kind& kind) {
        if (kind.nameAttribute.empty()) return {};
        const std::string_view attribute = nameAttribute(element, kind);
        std::string name = element.required(attribute);
        if (name.empty()) {
            // What may be a misspelt name deserves its suggestion; nothing else can be said of a part without a name.
            for (const pugi::xml_attribute other : element.rawNode().attributes()) {
                const std::string suggestion = didYouMean(other.name(), {attribute});
                if (suggestion.empty() || other.name() == attribute) continue;
                element.diagnostics().error(element.placeOf(other.name()),
                                            "unknown attribute \"" + std::string(other.name()) + "\" of <" +
                                                std::string(element.name()) + ">" + suggestion);
            }
            return name;
        }
        if (kind.element == "api") {
            if (const auto version = element.attribute("version"); version && !version->empty())
                name += ":v" + *version;
        } else if (kind.element == "import") {
            name = "{" + element.attribute("package", "") + "}" + name;
        }
        return name;
    }

    void loadDirectory(std::string directory) {
        while (directory.size() > 1 && directory.back() == '/') directory.pop_back();
        const auto entries = list(directory);
        if (!entries) return;
        bool found = false;
        const auto present = [&](std::string_view name) {
            const bool there = std::find(entries->begin(), entries->end(), name) != entries->end();
            found = found || there;
            return there;
        };
        if (present(kMainFile)) loadFile(directory, kMainFile, kDefinitions);
        const bool hasRegistry = std::any_of(sources_.artifacts.begin(),
                                             sources_.artifacts.end(),
                                             [](const Artifact& artifact) { return artifact.kind == "registry"; });
        if (present(kRegistryFile)) {
            if (hasRegistry) {
                diagnostics_.warning(placeOfPath(directory + "/" + std::string(kRegistryFile)),
                                     "is not read: synapse.xml has a <registry>");
            } else {
                loadFile(directory, kRegistryFile, "registry");
            }
        }
        for (const Kind& kind : kKinds) {
            if (!kind.folder.empty() && present(kind.folder)) loadFolder(directory, kind);
        }
        reportStrays(directory, *entries);
        if (!found) {
            diagnostics_.error(placeOfPath(directory),
                               "holds no configuration",
                               "a split configuration has a synapse.xml, or folders such as sequences and endpoints");
        }
    }

    void loadFile(const std::string& directory, std::string_view name, std::string_view expected) {
        const auto root = open(directory + "/" + std::string(name));
        if (!root) return;
        if (!root->isNamed(expected)) {
            root->ignore();
            root->error("the root element here must be <" + std::string(expected) + ">, not <" +
                        std::string(root->name()) + ">");
            return;
        }
        loadRoot(*root);
    }

    void loadFolder(const std::string& directory, const Kind& kind) {
        const std::string folder = directory + "/" + std::string(kind.folder);
        const auto entries = list(folder);
        if (!entries) return;
        for (const std::string& name : *entries) {
            std::error_code error;
            if (fs::is_directory(folder + "/" + name, error)) {
                diagnostics_.warning(placeOfPath(folder + "/" + name),
                                     "is not read: folders in a configuration folder are not searched");
            } else if (name.ends_with(".xml")) {
                loadFile(folder, name, kind.element);
            }
        }
    }

    void reportStrays(const std::string& directory, const std::vector<std::string>& entries) {
        const std::vector<std::string_view> folders = folderNames();
        for (const std::string& name : entries) {
            const std::string path = directory + "/" + name;
            std::error_code error;
            if (fs::is_directory(path, error)) {
                if (std::find(folders.begin(), folders.end(), name) != folders.end()) continue;
                diagnostics_.warning(placeOfPath(path),
                                     "this folder is not read" + didYouMean(name, folders),
                                     name == "events" ? "event sources are read from event-sources" : "");
            } else if (name.ends_with(".xml") && name != kMainFile && name != kRegistryFile) {
                diagnostics_.warning(placeOfPath(path),
                                     "is not read: only synapse.xml, registry.xml and the folders are");
            }
        }
    }

    /// Names in a directory, sorted, without hidden ones.
    std::optional<std::vector<std::string>> list(const std::string& directory) {
        std::vector<std::string> names;
        std::error_code error;
        for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error)) {
            std::string name = entry->path().filename().string();
            if (!name.starts_with('.')) names.push_back(std::move(name));
        }
        if (error) {
            diagnostics_.error(placeOfPath(directory), "cannot be read: " + error.message());
            return std::nullopt;
        }
        std::sort(names.begin(), names.end());
        return names;
    }

    Diagnostics& diagnostics_;
    bool recorded_;
    ConfigurationSources sources_;
    std::map<std::pair<std::string, std::string>, Place> places_;
};

}  // namespace

std::size_t loadRank(std::string_view kind) noexcept {
    const Kind* const found = findKind(kind);
    return found ? static_cast<std::size_t>(found - kKinds) : std::size(kKinds);
}

void ConfigurationSources::finish() const {
    for (const Element& root : roots) root.finish();
}

ConfigurationSources loadSources(const std::string& path, Diagnostics& diagnostics, bool recorded) {
    return Loader(diagnostics, recorded).load(path);
}

}  // namespace myelin::config
