#include "engine/config/registry.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <csignal>

using namespace myelin::config;

BOOST_AUTO_TEST_SUITE(registry)

BOOST_AUTO_TEST_CASE(finds_by_name_and_lists_in_order) {
    Registry<int (*)()> registry("mediator");
    const Registration<int (*)()> send(registry, "send", [] { return 1; });
    const Registration<int (*)()> log(registry, "log", [] { return 2; });
    BOOST_REQUIRE(registry.find("log"));
    BOOST_TEST((*registry.find("log"))() == 2);
    BOOST_TEST(!registry.find("lo"));
    const std::vector<std::string_view> expected = {"log", "send"};
    BOOST_TEST(registry.names() == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_name_taken_twice_is_fatal) {
    int ends[2];
    BOOST_REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(ends[1], 2);
        ::signal(SIGABRT, SIG_DFL);
        Registry<int> registry("mediator");
        registry.add("log", 1);
        registry.add("log", 2);
        ::_exit(0);
    }
    ::close(ends[1]);
    std::string said;
    char piece[512];
    for (ssize_t count = 0; (count = ::read(ends[0], piece, sizeof piece)) > 0;)
        said.append(piece, static_cast<std::size_t>(count));
    ::close(ends[0]);
    int status = 0;
    BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
    BOOST_TEST(WIFSIGNALED(status));
    BOOST_TEST(said.find("mediator \"log\" is registered twice") != std::string::npos);
    BOOST_TEST(said.find("registry_test.cpp:") != said.rfind("registry_test.cpp:"));
}

BOOST_AUTO_TEST_SUITE_END()
