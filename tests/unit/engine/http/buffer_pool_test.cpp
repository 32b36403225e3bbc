#include "engine/http/buffer_pool.hpp"

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

using namespace myelin;
using http::Buffer;
using http::BufferKind;

BOOST_AUTO_TEST_SUITE(buffer_pool)

BOOST_AUTO_TEST_CASE(the_last_one_given_back_is_the_first_one_taken) {
    http::releasePooledBuffers();
    Buffer a(BufferKind::Message);
    Buffer b(BufferKind::Message);
    char* const memory = b.data();
    a.release();
    b.release();
    BOOST_TEST(http::pooledBuffers(BufferKind::Message) == 2U);
    Buffer c(BufferKind::Message);
    BOOST_TEST(static_cast<void*>(c.data()) == static_cast<void*>(memory));
    BOOST_TEST(http::pooledBuffers(BufferKind::Message) == 1U);
    BOOST_TEST(http::pooledBuffers(BufferKind::Relay) == 0U);
}

BOOST_AUTO_TEST_CASE(the_pool_is_bounded) {
    http::releasePooledBuffers();
    {
        std::vector<Buffer> many;
        for (int i = 0; i < 100; ++i) many.emplace_back(BufferKind::Relay);
        for (Buffer& each : many) std::memset(each.data(), 0, each.capacity());
    }
    BOOST_TEST(http::pooledBuffers(BufferKind::Relay) == 64U);
    http::releasePooledBuffers();
    BOOST_TEST(http::pooledBuffers(BufferKind::Relay) == 0U);
}

BOOST_AUTO_TEST_CASE(moving_and_other_threads) {
    Buffer here(BufferKind::Large);
    BOOST_TEST(here.capacity() == 64U * 1024);
    Buffer moved(std::move(here));
    BOOST_TEST(!here);
    BOOST_TEST(here.capacity() == 0U);
    std::size_t there = 0;
    std::thread([&] {
        moved.release();
        there = http::pooledBuffers(BufferKind::Large);
    }).join();
    BOOST_TEST(there == 1U);
}

BOOST_AUTO_TEST_CASE(a_message_buffer_grows_for_a_large_head_only) {
    http::MessageBuffer buffer;
    BOOST_TEST(buffer.empty());
    BOOST_TEST(buffer.spaceSize() == 16U * 1024);
    const auto fill = [&](char c) {
        const std::size_t size = buffer.spaceSize();
        std::memset(buffer.space(), c, size);
        buffer.added(size);
    };
    fill('a');
    BOOST_TEST(buffer.spaceSize() == 0U);
    BOOST_TEST(buffer.grow());
    BOOST_TEST(buffer.spaceSize() == 48U * 1024);
    BOOST_TEST((buffer.unread() == std::string(16 * 1024, 'a')));
    fill('b');
    BOOST_TEST(!buffer.grow());
    buffer.take(16 * 1024);
    BOOST_TEST(buffer.grow());
    BOOST_TEST(buffer.spaceSize() == 16U * 1024);
    BOOST_TEST((buffer.unread() == std::string(48 * 1024, 'b')));
    buffer.clear();
    BOOST_TEST(buffer.empty());
}

BOOST_AUTO_TEST_CASE(taking_moves_nothing_until_compacted) {
    http::MessageBuffer buffer;
    std::memcpy(buffer.space(), "headbodynext", 12);
    buffer.added(12);
    const std::string_view head = buffer.unread().substr(0, 4);
    buffer.take(8);
    BOOST_TEST(head == "head");
    BOOST_TEST(buffer.unread() == "next");
    buffer.compact();
    BOOST_TEST(buffer.unread() == "next");
    BOOST_TEST(buffer.spaceSize() == 16U * 1024 - 4);
    buffer.assign(buffer.unread().substr(1));
    BOOST_TEST(buffer.unread() == "ext");
    buffer.assign(std::string(20000, 'x'));
    BOOST_TEST(buffer.unread().size() == 20000U);
    buffer.assign({});
    BOOST_TEST(buffer.empty());
}

BOOST_AUTO_TEST_SUITE_END()
