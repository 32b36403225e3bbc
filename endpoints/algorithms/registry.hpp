#pragma once

#include "engine/config/registry.hpp"
#include "engine/plugin/plugin.hpp"

namespace myelin::endpoints {

/// An algorithm that comes with Myelin. It implements the same interface as those of plugins (plugin::Algorithm).
struct AlgorithmKind {
    plugin::AlgorithmFactory make;
    bool weighted = false;  ///< whether weights matter to it: otherwise the configuration is warned of them
};

/// By the short name that `policy` takes and by the Java class name that `algorithm` takes; each algorithm's file
/// registers itself under both.
config::Registry<AlgorithmKind>& algorithmRegistry();

}  // namespace myelin::endpoints
