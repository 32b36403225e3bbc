#include "endpoints/algorithms/registry.hpp"
#include "endpoints/algorithms/smooth_turns.hpp"
#include "endpoints/algorithms/weights.hpp"

namespace myelin::endpoints {

namespace {

std::unique_ptr<plugin::Algorithm> makeSmoothWeighted(const plugin::Options&,
                                                      const std::vector<plugin::Child>& children) {
    return std::make_unique<SmoothTurns>(weightsOf(children));
}

const config::Registration<AlgorithmKind> kShortName{
    algorithmRegistry(), "smoothWeighted", {&makeSmoothWeighted, true}};
const config::Registration<AlgorithmKind> kOtherName{
    algorithmRegistry(), "weightedRoundRobin", {&makeSmoothWeighted, true}};

}  // namespace

}  // namespace myelin::endpoints
