#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/plugin/plugin.hpp"

namespace myelin::plugin {

/// The options of one object, as the configuration gives them; remembers which ones the plugin asked for, so that a
/// misspelled one can be reported.
class Parameters final : public Options {
public:
    /// Of two with one name the first counts.
    void add(std::string name, std::string value) { values_.emplace(std::move(name), std::move(value)); }

    const std::string* find(std::string_view name) const override {
        asked_.emplace(name);
        const auto found = values_.find(name);
        return found == values_.end() ? nullptr : &found->second;
    }

    const std::map<std::string, std::string, std::less<>>& all() const noexcept { return values_; }
    std::vector<std::string> unused() const {
        std::vector<std::string> names;
        for (const auto& entry : values_) {
            if (!asked_.contains(entry.first)) names.push_back(entry.first);
        }
        return names;
    }
    std::vector<std::string_view> asked() const { return {asked_.begin(), asked_.end()}; }

private:
    std::map<std::string, std::string, std::less<>> values_;
    mutable std::set<std::string, std::less<>> asked_;
};

}  // namespace myelin::plugin
