#include "endpoints/algorithms/registry.hpp"

namespace myelin::endpoints {

config::Registry<AlgorithmFactory>& algorithmRegistry() {
    static auto& registry = *new config::Registry<AlgorithmFactory>("algorithm");
    return registry;
}

}  // namespace myelin::endpoints
