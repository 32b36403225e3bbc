#pragma once

#include <Poco/Util/OptionSet.h>

#include <string>
#include <vector>

#include "engine/cli/arguments.hpp"

namespace myelin::cli {

/// A subcommand of `myelin`. Each stands in a file of its own and registers itself by its name.
struct Command {
    std::string usage;    ///< what follows "myelin NAME"
    std::string summary;  ///< one line
    std::string help;     ///< further lines, or empty
    Poco::Util::OptionSet (*options)();
    /// Returns the exit status: 0, 1 for what was found wrong. Throws UsageError (exit status 2).
    int (*run)(const Arguments& arguments);
};

class CommandRegistration {
public:
    CommandRegistration(const char* name, Command command);
};

/// Runs the command that the words after `myelin` name; prints help and usage errors itself. Returns the exit status.
int runCommand(const std::vector<std::string>& words);

}  // namespace myelin::cli
