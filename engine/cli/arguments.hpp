#pragma once

#include <Poco/Util/OptionSet.h>

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace myelin::cli {

/// The words of a command line that cannot be taken: says what is wrong with them.
class UsageError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

struct Arguments {
    std::map<std::string, std::string> options;  ///< by full name; a flag's value is empty
    std::vector<std::string> positional;
    bool has(const std::string& name) const { return options.count(name) != 0; }
    std::string option(const std::string& name, const std::string& otherwise = {}) const;
    /// Throws UsageError when it is no number within the bounds.
    unsigned number(const std::string& name, unsigned least, unsigned most) const;
};

/// Options may stand anywhere among the words. Throws UsageError for unknown or incomplete ones, with the nearest known
/// name.
Arguments parseArguments(const std::vector<std::string>& words, const Poco::Util::OptionSet& known);

}  // namespace myelin::cli
