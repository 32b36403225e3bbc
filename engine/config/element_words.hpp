#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace myelin::config {

inline std::string quote(std::string_view text) {
    return "\"" + std::string(text) + "\"";
}

/// `a`, `b`, `c`, each between the two marks.
inline std::string listOf(const std::vector<std::string_view>& names, std::string_view before, std::string_view after) {
    std::string text;
    for (const std::string_view name : names) {
        if (!text.empty()) text += ", ";
        text.append(before).append(name).append(after);
    }
    return text;
}

/// Adds a name to those that were asked for.
inline void noteName(std::vector<std::string>& names, std::string_view name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.emplace_back(name);
}

}  // namespace myelin::config
