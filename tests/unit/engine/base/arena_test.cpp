#include "engine/base/arena.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <string>
#include <vector>

using myelin::base::Arena;

BOOST_AUTO_TEST_SUITE(arena)

BOOST_AUTO_TEST_CASE(copies_stay_where_they_are_while_the_arena_grows) {
    Arena arena;
    std::vector<std::string_view> copies;
    for (int i = 0; i < 2000; ++i) copies.push_back(arena.copy("text number " + std::to_string(i)));
    for (int i = 0; i < 2000; ++i)
        BOOST_REQUIRE(copies[static_cast<std::size_t>(i)] == "text number " + std::to_string(i));
}

BOOST_AUTO_TEST_CASE(joining_and_empty_texts) {
    Arena arena;
    BOOST_TEST(arena.join("ab", "cd") == "abcd");
    BOOST_TEST(arena.join("", "") == "");
    BOOST_TEST(arena.copy("") == "");
}

BOOST_AUTO_TEST_CASE(allocations_are_aligned) {
    Arena arena;
    arena.text(1);
    BOOST_TEST(reinterpret_cast<std::uintptr_t>(arena.allocate(8, 8)) % 8 == 0u);
    BOOST_TEST(reinterpret_cast<std::uintptr_t>(arena.allocate(64, 64)) % 64 == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
