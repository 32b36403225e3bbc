#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/config/diagnostics.hpp"
#include "engine/config/element.hpp"
#include "engine/config/source.hpp"

namespace myelin::config {

/// A top-level part of a configuration (synapse-mediation 1.4), not yet built.
struct Artifact {
    std::string kind;  ///< element name: sequence, endpoint, proxy, api, localEntry, ...
    std::string name;  ///< unique within its kind; of an API with a version `name:vVERSION`
    Element element;
};

/// Everything that a configuration consists of, read but not judged. Elements point into the files: keep it until the
/// configuration is built.
struct ConfigurationSources {
    std::vector<std::unique_ptr<SourceFile>> files;
    /// In Synapse's load order; names are unique within a kind.
    std::vector<Artifact> artifacts;
    /// The outermost elements.
    std::vector<Element> roots;

    /// Reports what nobody asked for in any of the files. Called when all artifacts have been built.
    void finish() const;
};

/// The place of a kind of artifact in Synapse's load order.
std::size_t loadRank(std::string_view kind) noexcept;

/// Reads a configuration: a file with <definitions> or with a single artifact, or Synapse's split directory
/// (synapse-mediation 1.10). All findings go to `diagnostics`; the result holds what could be read.
/// `recorded`: what factories are given will be kept, to be shown.
ConfigurationSources loadSources(const std::string& path, Diagnostics& diagnostics, bool recorded = false);

}  // namespace myelin::config
