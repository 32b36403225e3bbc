#include "engine/config/diagnostics.hpp"

#include <boost/test/unit_test.hpp>
#include <sstream>

using namespace myelin::config;

namespace {

Place at(std::string file, std::size_t line, std::size_t column, std::string source = "x", std::size_t length = 1) {
    return {std::move(file), line, column, length, std::move(source), {}};
}

std::string printed(const Diagnostics& diagnostics, std::size_t most = Diagnostics::kPrinted) {
    std::ostringstream out;
    diagnostics.print(out, most);
    return out.str();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(diagnostics)

BOOST_AUTO_TEST_CASE(a_finding_shows_its_place_its_line_and_its_help) {
    Diagnostics diagnostics;
    diagnostics.error(at("synapse.xml", 14, 9, "        <sned/>", 5),
                      "unknown element <sned> in <inSequence>; did you mean <send>?",
                      "see send");
    BOOST_TEST(printed(diagnostics) ==
               "synapse.xml:14:9: error: unknown element <sned> in <inSequence>; did you mean <send>?\n"
               "          <sned/>\n"
               "          ^~~~~\n"
               "  help: see send\n");
}

BOOST_AUTO_TEST_CASE(the_caret_stands_right_behind_tabs_and_wide_characters) {
    Diagnostics diagnostics;
    diagnostics.error(at("a.xml", 1, 5, "\tä\tx<"), "wrong");
    BOOST_TEST(printed(diagnostics) ==
               "a.xml:1:5: error: wrong\n"
               "  \tä\tx<\n"
               "  \t \t ^\n");
}

BOOST_AUTO_TEST_CASE(a_very_long_line_is_cut_around_the_place) {
    Diagnostics diagnostics;
    diagnostics.error(at("a.xml", 1, 501, std::string(500, 'a') + "<b>" + std::string(500, 'c'), 2), "wrong");
    BOOST_TEST(printed(diagnostics) == "a.xml:1:501: error: wrong\n  ..." + std::string(100, 'a') + "<b>" +
                                           std::string(57, 'c') + "...\n     " + std::string(100, ' ') + "^~\n");
}

BOOST_AUTO_TEST_CASE(a_place_beyond_its_line_is_shown_at_the_end) {
    Diagnostics diagnostics;
    diagnostics.error(at("a.xml", 1, 99, "ab", 50), "wrong");
    BOOST_TEST(printed(diagnostics) == "a.xml:1:99: error: wrong\n  ab\n    ^\n");
}

BOOST_AUTO_TEST_CASE(whole_files_and_no_file_at_all_are_places_too) {
    Diagnostics diagnostics;
    diagnostics.error(at("a.xml", 0, 0), "cannot be read");
    diagnostics.warning(Place{}, "odd");
    BOOST_TEST(printed(diagnostics) == "a.xml: error: cannot be read\nwarning: odd\n");
}

BOOST_AUTO_TEST_CASE(findings_are_sorted_by_file_line_and_column_and_merged) {
    Diagnostics diagnostics;
    diagnostics.noteFile("b.xml");
    diagnostics.error(at("a.xml", 1, 1), "four");
    diagnostics.error(at("b.xml", 10, 3), "three");
    diagnostics.error(at("b.xml", 10, 2), "two");
    diagnostics.warning(at("b.xml", 9, 7), "one");
    diagnostics.error(at("b.xml", 10, 2), "two");
    std::string order;
    for (const Finding& finding : diagnostics.sorted()) order += finding.what + " ";
    BOOST_TEST(order == "one two three four ");
    BOOST_TEST(diagnostics.errorCount() == 3U);
    BOOST_TEST(diagnostics.warningCount() == 1U);
    BOOST_TEST(diagnostics.hasErrors());
}

BOOST_AUTO_TEST_CASE(beyond_the_cap_errors_go_first_and_the_rest_is_counted) {
    Diagnostics diagnostics;
    diagnostics.warning(Place{}, "w1");
    diagnostics.warning(Place{}, "w2");
    diagnostics.error(Place{}, "e1");
    diagnostics.error(Place{}, "e2");
    BOOST_TEST(printed(diagnostics, 3) == "warning: w1\nerror: e1\nerror: e2\n(1 more findings are not shown)\n");
}

BOOST_AUTO_TEST_SUITE_END()
