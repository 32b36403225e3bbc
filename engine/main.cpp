#include <Poco/Util/ServerApplication.h>

#include <csignal>
#include <iostream>

#include "engine/cli/command.hpp"

namespace {

/// The program. Options belong to the subcommands, so the application passes all words on.
class Myelin : public Poco::Util::ServerApplication {
protected:
    void defineOptions(Poco::Util::OptionSet&) override { stopOptionsProcessing(); }

    int main(const std::vector<std::string>& words) override {
        try {
            return myelin::cli::runCommand(words);
        } catch (const Poco::Exception& problem) {
            std::cerr << "myelin: " << problem.displayText() << '\n';
        } catch (const std::exception& problem) {
            std::cerr << "myelin: " << problem.what() << '\n';
        }
        return 1;
    }
};

}  // namespace

int main(int argc, char** argv) {
    ::signal(SIGPIPE, SIG_IGN);
    Myelin application;
    return application.run(argc, argv);
}
