#pragma once

#include <string>
#include <string_view>

namespace myelin::endpoints {

/// A short name that stands for a part of a path where clients can see it: "~" and twelve letters of a hash, the same
/// everywhere. It shows no address.
std::string pathTag(std::string_view part);

/// Takes the first part off a path; empty when there is none. A last part without its line break counts as none.
std::string_view takePart(std::string_view& path) noexcept;

}  // namespace myelin::endpoints
