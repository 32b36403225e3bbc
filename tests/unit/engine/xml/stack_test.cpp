#include <pthread.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "engine/xml/document.hpp"
#include "engine/xml/writer.hpp"
#include "engine/xml/xpath.hpp"

// Everything here runs on fibers: the deepest document that the limits allow and the most complex expressions that
// compile must leave half of a fiber's stack (128 KiB) free.

using namespace myelin;

namespace {

constexpr std::size_t kFiberStack = 128 * 1024;
constexpr int kDeepest = 512;  // the largest xml/maxDepth that the settings take

// Bytes of stack that `work` touches.
std::size_t stackUse(void (*work)(void*), void* argument) {
    struct Call {
        void (*work)(void*);
        void* argument;
    } call{work, argument};
    // Room enough for sanitizers' frames; what counts is how much of it is used.
    std::vector<unsigned char> memory((1u << 22) + 4096, 0xA5);
    auto* base = memory.data() + (4096 - reinterpret_cast<std::uintptr_t>(memory.data()) % 4096);
    const std::size_t size = 1u << 22;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    BOOST_TEST_REQUIRE(pthread_attr_setstack(&attributes, base, size) == 0);
    pthread_t thread{};
    const auto run = [](void* from) -> void* {
        const auto* what = static_cast<Call*>(from);
        what->work(what->argument);
        return nullptr;
    };
    BOOST_TEST_REQUIRE(pthread_create(&thread, &attributes, run, &call) == 0);
    pthread_join(thread, nullptr);
    pthread_attr_destroy(&attributes);
    const unsigned char* lowest = std::find_if(base, base + size, [](unsigned char byte) { return byte != 0xA5; });
    return static_cast<std::size_t>(base + size - lowest);
}

struct Job {
    std::string document;
    const xml::XPath* xpath = nullptr;
};

void perform(void* argument) {
    const auto& job = *static_cast<Job*>(argument);
    xml::Document document;
    xml::NoVariables none;
    xml::XmlLimits limits;
    limits.depth = kDeepest;
    if (!xml::Document::parse(document, job.document, limits).ok) return;
    for (int i = 0; i < 2; ++i) static_cast<void>(job.xpath->evaluateString({&document, document.root(), none}));
    std::string out;
    xml::writeSubtree(document.root().first_child(), out);
    document.changed();
    static_cast<void>(document.namespacesInUse());
    pugi::xml_document copy;
    copy.append_copy(document.root());
    document.tree().remove_child(document.root());
}

std::string chain(const std::string& first, const std::string& next, int times, const std::string& end = "") {
    std::string all = first;
    for (int i = 0; i < times; ++i) all += next;
    for (int i = 0; i < times; ++i) all += end;
    return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(xml_stack)

BOOST_AUTO_TEST_CASE(worst_cases_fit_a_fiber) {
    Job job;
    for (int i = 0; i < kDeepest; ++i) job.document += "<p:a xmlns:p='u" + std::to_string(i % 2) + "'>";
    for (int i = 0; i < kDeepest; ++i) job.document += "</p:a>";
    const xml::NamespaceMap names{{"m", "u1"}};

    // Of each kind of growth, as much as compiles.
    std::vector<std::string> expressions;
    const auto largest = [&](auto make) {
        for (int times : {1000, 48, 47, 46, 45, 44, 24, 23, 22, 21, 16, 15, 14}) {
            const std::string candidate = make(times);
            try {
                static_cast<void>(xml::XPath::compile(candidate, names));
            } catch (const xml::XPathError&) {
                continue;
            }
            expressions.push_back(candidate);
            return;
        }
    };
    largest([](int n) { return chain("//m:a", "/..", n); });
    largest([](int n) { return chain("m:a", "/m:a", n); });
    largest([](int n) { return chain("//m:a", "//m:a", n / 8); });
    largest([](int n) { return chain("//m:a", "[1]", n); });
    largest([](int n) { return chain("//m:a", "[m:a", n, "]"); });
    largest([](int n) { return "m:a[" + chain("", "concat(m:a, ", n) + "'x'" + chain("", ")", n) + "]"; });
    largest([](int n) { return chain("1", " + count(m:a)", n); });
    largest([](int n) { return chain("m:a", " | m:a", n); });
    largest([](int n) { return chain("m:a", " = m:a", n); });
    largest([](int n) { return chain("m:a", " or m:a", n); });
    largest([](int n) { return chain("", "string(concat('', ", n) + "'x'" + chain("", "))", n); });
    largest([](int n) { return chain("", "not(", n) + "m:a" + chain("", ")", n); });
    largest([](int n) { return chain("", "(", n) + "m:a" + chain("", ")[1]/m:a", n); });
    BOOST_TEST(expressions.size() == 13u);
    for (const std::string& expression : expressions) {
        const xml::XPath xpath = xml::XPath::compile(expression, names);
        job.xpath = &xpath;
        const std::size_t used = stackUse(perform, &job);
        BOOST_TEST_MESSAGE(used << " bytes: " << expression.substr(0, 40));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
        BOOST_TEST(used < kFiberStack / 2, expression.substr(0, 60));
#endif
    }
}

BOOST_AUTO_TEST_SUITE_END()
