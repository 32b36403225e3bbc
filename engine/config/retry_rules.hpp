#pragma once

#include <memory>
#include <string>

#include "engine/config/element.hpp"
#include "engine/message/endpoint.hpp"
#include "engine/message/retry_rules.hpp"

namespace myelin::config {

/// The attribute `repeatable` of an element and, on an <endpoint>, its children
/// `<operation name="..." [namespace="..."] repeatable="..."/>`. `owner` is how errors at run time call it.
message::RetryRules readRetryRules(Element& element, std::string owner);

/// The endpoint, with what was said about it. Itself when nothing was.
std::unique_ptr<message::Endpoint> withRetryRules(std::unique_ptr<message::Endpoint> endpoint,
                                                  message::RetryRules rules);

}  // namespace myelin::config
