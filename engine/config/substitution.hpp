#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/config/diagnostics.hpp"

namespace myelin::config {

/// What stands for the parameters of a template while its body is read for one use: an attribute's value or an
/// element's text that is `$name` as a whole is replaced (synapse-endpoints 1.6). Elements opened with it point to it:
/// keep it until they are gone.
class Substitution {
public:
    /// `use` is where the template is used; findings in the body name it.
    Substitution(const std::string& templateName, const Place& use, std::vector<std::string> declared);

    /// A later value of the same parameter replaces the one before.
    void give(const std::string& parameter, std::string value) { given_.insert_or_assign(parameter, std::move(value)); }

    /// The value for a text that is `$name` as a whole; null when the text stays as it is: it is no parameter's, or
    /// that parameter was not given here.
    const std::string* find(std::string_view text) const;

    /// The parameters that are declared and were asked for, but not given: `$name` stays for them.
    const std::vector<std::string>& missing() const noexcept { return missing_; }

    /// `in the use of template "T" at synapse.xml:9:3`, and the use around that one when templates are nested.
    const std::string& within() const noexcept { return within_; }

private:
    std::vector<std::string> declared_;
    std::map<std::string, std::string, std::less<>> given_;
    std::string within_;
    mutable std::vector<std::string> missing_;  // found out by reading
};

}  // namespace myelin::config
