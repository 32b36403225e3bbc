// Runs a fuzz target over files and folders, where libFuzzer is not at hand. With --mutate COUNT it goes on with that
// many inputs made from them by simple mutations, always the same ones. A finding aborts; the input is then written to
// crash.bin in the working directory.
#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

std::string current;

void keepInput(int) {
    if (std::FILE* const file = std::fopen("crash.bin", "wb")) {
        std::fwrite(current.data(), 1, current.size(), file);
        std::fclose(file);
        std::fputs("the input was written to crash.bin\n", stderr);
    }
    std::signal(SIGABRT, SIG_DFL);
    std::raise(SIGABRT);
}

void run(const std::string& input) {
    current = input;
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(current.data()), current.size());
}

std::string mutate(const std::vector<std::string>& corpus, std::mt19937& random) {
    const auto below = [&](std::size_t bound) { return static_cast<std::size_t>(random()) % bound; };
    std::string input = corpus[below(corpus.size())];
    for (std::size_t change = below(4) + 1; change != 0; --change) {
        const std::size_t at = below(input.size() + 1);
        switch (below(6)) {
            case 0:
                if (at < input.size()) input[at] = static_cast<char>(random());
                break;
            case 1:
                input.insert(at, 1, static_cast<char>(random()));
                break;
            case 2:
                input.erase(at, below(8) + 1);
                break;
            case 3: {  // a piece of another input
                const std::string& other = corpus[below(corpus.size())];
                const std::size_t from = below(other.size() + 1);
                input.insert(at, other.substr(from, below(24) + 1));
                break;
            }
            case 4:  // a piece of its own once more
                input.insert(at, input.substr(below(input.size() + 1), below(24) + 1));
                break;
            default:
                input.insert(at, 1, "\r\n \t:;,\0\x7f\xff/0"[below(12)]);
                break;
        }
    }
    return input;
}

}  // namespace

int main(int count, char** arguments) {
    std::signal(SIGABRT, keepInput);
    std::size_t mutations = 0;
    std::vector<std::string> corpus;
    std::vector<std::filesystem::path> files;
    for (int i = 1; i < count; ++i) {
        const std::string argument = arguments[i];
        if (argument == "--mutate" && i + 1 < count) {
            mutations = std::strtoul(arguments[++i], nullptr, 10);
        } else if (std::filesystem::is_directory(argument)) {
            for (const auto& entry : std::filesystem::recursive_directory_iterator(argument)) {
                if (entry.is_regular_file()) files.push_back(entry.path());
            }
        } else {
            files.emplace_back(argument);
        }
    }
    std::sort(files.begin(), files.end());
    for (const auto& path : files) {
        std::ifstream file(path, std::ios::binary);
        if (!file) {
            std::fprintf(stderr, "cannot read %s\n", path.c_str());
            return 1;
        }
        corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
        run(corpus.back());
    }
    if (corpus.empty()) {
        std::fputs("no input was found\n", stderr);
        return 1;
    }
    std::mt19937 random(1);
    for (std::size_t i = 0; i < mutations; ++i) run(mutate(corpus, random));
    std::printf("%zu files, %zu mutations\n", corpus.size(), mutations);
    return 0;
}
