#pragma once

#include <vector>

#include "engine/config/build.hpp"

namespace myelin::config {

/// Reports every way by which an artifact comes back to itself through references, with the whole path
/// ("sequence a -> endpoint b -> sequence a"): a message would go round without end.
void reportReferenceCycles(const std::vector<Build::Reference>& references, Diagnostics& diagnostics);

}  // namespace myelin::config
