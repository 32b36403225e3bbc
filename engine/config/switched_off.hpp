#pragma once

#include <memory>
#include <string>

#include "engine/config/element.hpp"
#include "engine/message/endpoint.hpp"

namespace myelin::config {

/// Whether an <endpoint>, or a <member>, is switched off in the configuration: state="off". Reports other states.
bool readSwitchedOff(const Element& element);

/// The endpoint, out of service whatever its health and operators say. `owner` is how errors call it.
std::unique_ptr<message::Endpoint> switchedOff(std::unique_ptr<message::Endpoint> endpoint, std::string owner);

}  // namespace myelin::config
