#pragma once

#include <memory>

#include "endpoints/algorithms/algorithm.hpp"
#include "engine/config/registry.hpp"

namespace myelin::endpoints {

using AlgorithmFactory = std::unique_ptr<Algorithm> (*)();

/// By the short name that `policy` takes and by the Java class name that `algorithm` takes; each algorithm's file
/// registers itself under both.
config::Registry<AlgorithmFactory>& algorithmRegistry();

}  // namespace myelin::endpoints
