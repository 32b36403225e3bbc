#include <iostream>

#include "engine/cli/command.hpp"
#include "engine/cli/control.hpp"
#include "engine/config/settings.hpp"

namespace myelin::cli {

namespace {

using Poco::Util::Option;

std::string socketOf(const Arguments& arguments) {
    if (arguments.has("control")) return arguments.option("control");
    if (!arguments.has("settings")) throw UsageError("which process? give --control PATH, or --settings FILE");
    config::Diagnostics diagnostics;
    const auto settings = config::readSettings(arguments.option("settings"), diagnostics);
    if (diagnostics.hasErrors()) {
        diagnostics.print(std::cerr);
        throw UsageError("the settings cannot be used");
    }
    if (settings.control.empty()) throw UsageError(arguments.option("settings") + " names no control socket");
    return settings.control;
}

std::string requestOf(const Arguments& arguments) {
    const auto& words = arguments.positional;
    if (words.empty()) throw UsageError("what to do? list, off or on");
    if (words[0] == "list" && words.size() == 1) return arguments.has("json") ? "list json" : "list";
    if (words[0] != "off" && words[0] != "on") throw UsageError("list, off or on, not \"" + words[0] + "\"");
    if (words.size() != 2) throw UsageError(words[0] + " takes one name or id of an endpoint");
    if (words[1].find('\n') != std::string::npos) throw UsageError("a name has no line breaks");
    return words[0] + " " + words[1];
}

int run(const Arguments& arguments) {
    const std::string request = requestOf(arguments);
    const auto answer = askControl(socketOf(arguments), request);
    (answer.done ? std::cout : std::cerr) << (answer.done ? "" : "myelin: ") << answer.text;
    return answer.done ? 0 : 1;
}

Poco::Util::OptionSet options() {
    Poco::Util::OptionSet set;
    set.addOption(Option("control", "c", "the socket of the running process (run --control)").argument("PATH"));
    set.addOption(Option("settings", "s", "engine settings that name it").argument("FILE"));
    set.addOption(Option("json", "", "list as JSON"));
    return set;
}

const CommandRegistration kRegistration{
    "endpoint",
    {"list|off NAME|on NAME --control PATH [--json]",
     "Lists the endpoints of a running Myelin with their states, and switches them off and on.",
     "An endpoint is named by its id, which is in the list, or by its name when no other has it. What is switched off\n"
     "gets no further messages; those under way end. A group is switched with all that is in it. It stays so until it\n"
     "is switched on, also across reloads, but not across a restart.",
     &options,
     &run}};

}  // namespace

}  // namespace myelin::cli
