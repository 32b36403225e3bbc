#include "engine/cli/arguments.hpp"

#include <Poco/Util/OptionException.h>
#include <Poco/Util/OptionProcessor.h>

#include <stdexcept>

#include "engine/base/strings.hpp"

namespace myelin::cli {

namespace {

std::string suggestion(const std::string& word, const Poco::Util::OptionSet& known) {
    std::vector<std::string_view> names;
    for (const auto& option : known) names.push_back(option.fullName());
    std::string_view name = word;
    while (name.starts_with('-')) name.remove_prefix(1);
    const auto nearest = base::nearestName(name.substr(0, name.find('=')), names);
    return nearest.empty() ? "" : "; did you mean --" + std::string(nearest) + "?";
}

}  // namespace

std::string Arguments::option(const std::string& name, const std::string& otherwise) const {
    const auto found = options.find(name);
    return found == options.end() ? otherwise : found->second;
}

unsigned Arguments::number(const std::string& name, unsigned least, unsigned most) const {
    const auto value = base::parseNumber<unsigned>(option(name));
    if (!value || *value < least || *value > most) {
        throw UsageError("--" + name + " takes a number from " + std::to_string(least) + " to " + std::to_string(most) +
                         ", not \"" + option(name) + "\"");
    }
    return *value;
}

Arguments parseArguments(const std::vector<std::string>& words, const Poco::Util::OptionSet& known) {
    Arguments arguments;
    Poco::Util::OptionProcessor processor(known);
    processor.setUnixStyle(true);
    std::string word;
    try {
        for (const auto& next : words) {
            word = next;
            std::string name;
            std::string value;
            if (!processor.process(word, name, value)) {
                arguments.positional.push_back(word);
            } else if (!name.empty()) {
                arguments.options[name] = value;
            }
        }
        word.clear();
        processor.checkRequired();
    } catch (const Poco::Util::UnknownOptionException&) {
        throw UsageError("unknown option " + word + suggestion(word, known));
    } catch (const Poco::Util::OptionException& problem) {
        throw UsageError((word.empty() ? "" : word + ": ") + problem.displayText());
    }
    return arguments;
}

}  // namespace myelin::cli
