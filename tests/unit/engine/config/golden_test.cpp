// Every tests/config/reader/*.xml is read with the mediators of fake_schema.hpp; what is said must be, byte by byte,
// what stands in the .expected file beside it. With MYELIN_UPDATE_GOLDEN set in the environment the files are written
// anew.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/unit/engine/config/fake_schema.hpp"

namespace {

namespace fs = std::filesystem;

std::string contentOf(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(golden)

BOOST_AUTO_TEST_CASE(diagnostics_are_as_expected) {
    const fs::path folder = fs::path(MYELIN_SOURCE_DIR) / "tests/config/reader";
    std::size_t cases = 0;
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.path().extension() != ".xml") continue;
        ++cases;
        std::string said = myelin::config::test::check(entry.path().string());
        const std::string prefix = folder.string() + "/";
        for (std::size_t at = said.find(prefix); at != std::string::npos; at = said.find(prefix))
            said.erase(at, prefix.size());
        const fs::path expected = fs::path(entry.path()).replace_extension(".expected");
        if (std::getenv("MYELIN_UPDATE_GOLDEN")) std::ofstream(expected, std::ios::binary) << said;
        BOOST_TEST(fs::exists(expected), expected << " is missing; it would be:\n" << said);
        BOOST_TEST(contentOf(expected) == said, entry.path() << ":\n" << said);
    }
    BOOST_TEST(cases >= 10U);
}

BOOST_AUTO_TEST_SUITE_END()
