#include "engine/cli/command.hpp"

#include <Poco/Util/HelpFormatter.h>

#include <iostream>
#include <sstream>

#include "engine/base/strings.hpp"
#include "engine/config/registry.hpp"

namespace myelin::cli {

namespace {

config::Registry<Command>& commands() {
    static auto& registry = *new config::Registry<Command>("command");
    return registry;
}

void printHelp(std::ostream& out) {
    out << "Myelin " MYELIN_VERSION
           ", a native mediation engine for Apache Synapse configurations.\n\n"
           "usage: myelin COMMAND [OPTIONS]\n\n";
    for (const auto name : commands().names()) {
        const Command& command = *commands().find(name);
        out << "  myelin " << name << ' ' << command.usage << "\n      " << command.summary << '\n';
    }
    out << "\n`myelin COMMAND --help` tells more; `myelin --version` prints the version.\n";
}

void printHelp(std::ostream& out, const std::string& name, const Command& command, Poco::Util::OptionSet options) {
    out << "usage: myelin " << name << ' ' << command.usage << "\n\n" << command.summary << '\n';
    if (!command.help.empty()) out << '\n' << command.help << '\n';
    if (options.begin() == options.end()) return;
    Poco::Util::HelpFormatter formatter(options);
    formatter.setUnixStyle(true);
    formatter.setWidth(100);
    formatter.setAutoIndent();
    formatter.setHeader(" ");
    formatter.setCommand("");
    std::ostringstream text;
    formatter.format(text);
    const std::string lines = text.str();
    const auto first = lines.find('-');
    out << "\noptions:\n" << (first == std::string::npos ? "" : lines.substr(first));
}

int usageError(const std::string& what) {
    std::cerr << "myelin: " << what << '\n';
    return 2;
}

}  // namespace

CommandRegistration::CommandRegistration(const char* name, Command command) {
    commands().add(name, std::move(command));
}

int runCommand(const std::vector<std::string>& words) {
    if (words.empty() || words[0] == "help") {
        printHelp(words.empty() ? std::cerr : std::cout);
        return words.empty() ? 2 : 0;
    }
    if (words[0] == "--help" || words[0] == "-h") {
        printHelp(std::cout);
        return 0;
    }
    if (words[0] == "--version") {
        std::cout << "myelin " MYELIN_VERSION "\n";
        return 0;
    }
    const Command* command = commands().find(words[0]);
    if (!command) {
        const auto nearest = base::nearestName(words[0], commands().names());
        return usageError("there is no command \"" + words[0] + '"' +
                          (nearest.empty() ? "" : "; did you mean \"" + std::string(nearest) + "\"?") +
                          " (myelin --help lists all)");
    }
    Poco::Util::OptionSet options = command->options();
    options.addOption(Poco::Util::Option("help", "h", "print this help"));
    try {
        const Arguments arguments = parseArguments({words.begin() + 1, words.end()}, options);
        if (arguments.has("help")) {
            printHelp(std::cout, words[0], *command, options);
            return 0;
        }
        return command->run(arguments);
    } catch (const UsageError& problem) {
        return usageError(std::string(problem.what()) + " (see myelin " + words[0] + " --help)");
    }
}

}  // namespace myelin::cli
