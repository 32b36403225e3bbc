#include "engine/dispatch/route.hpp"

#include "mediators/core/sequence.hpp"

namespace myelin::dispatch {

void SequenceChoice::read(config::Element& element, std::string_view name, config::Build& build) {
    const auto key = element.attribute(name);
    auto child = element.child(name);
    given_ = key || child;
    if (key) {
        if (child) {
            child->ignore();
            child->warning("this <" + std::string(name) + "> is not used: the attribute " + std::string(name) + "=\"" +
                           *key + "\" wins");
        }
        build.referSequence(element, name, *key, &named_);
        return;
    }
    if (!child) return;
    inlined_ = mediators::buildSequence(*child, build);
    child->finish();
}

}  // namespace myelin::dispatch
