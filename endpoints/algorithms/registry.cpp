#include "endpoints/algorithms/registry.hpp"

namespace myelin::endpoints {

config::Registry<AlgorithmKind>& algorithmRegistry() {
    static auto& registry = *new config::Registry<AlgorithmKind>("algorithm");
    return registry;
}

}  // namespace myelin::endpoints
