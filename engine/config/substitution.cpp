#include "engine/config/substitution.hpp"

#include <algorithm>

namespace myelin::config {

Substitution::Substitution(const std::string& templateName, const Place& use, std::vector<std::string> declared)
    : declared_(std::move(declared)), within_("in the use of template \"" + templateName + "\" at " + use.text()) {
    if (!use.within.empty()) within_ += ", " + use.within;
}

const std::string* Substitution::find(std::string_view text) const {
    if (text.size() < 2 || text.front() != '$') return nullptr;
    text.remove_prefix(1);
    if (std::find(declared_.begin(), declared_.end(), text) == declared_.end()) return nullptr;
    if (const auto found = given_.find(text); found != given_.end()) return &found->second;
    if (std::find(missing_.begin(), missing_.end(), text) == missing_.end()) missing_.emplace_back(text);
    return nullptr;
}

}  // namespace myelin::config
