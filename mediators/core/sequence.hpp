#pragma once

#include <memory>

#include "engine/config/build.hpp"
#include "engine/message/mediator.hpp"

namespace myelin::mediators {

/// The mediators in `element` as one, with its `onError`: for `<sequence name="...">` and for elements that hold a
/// sequence without a name (inSequence, outSequence, faultSequence). The caller finishes the element.
///
/// With onError, a fault that comes out of the mediators is handled by that sequence and ends there; without, it goes
/// on to whoever called (synapse-mediation 7.1).
std::unique_ptr<message::Mediator> buildSequence(config::Element& element, config::Build& build);

}  // namespace myelin::mediators
