#include "engine/message/multipart.hpp"

#include <boost/test/unit_test.hpp>

#include "engine/message/packaging.hpp"
#include "engine/xml/writer.hpp"

using namespace myelin;
using namespace myelin::message;

namespace {

const std::string kType = "multipart/related; boundary=b; type=\"text/xml\"";

std::string problemOf(std::string_view body, std::string_view type = kType, const MultipartLimits& limits = {}) {
    Multipart parts;
    return Multipart::parse(body, type, limits, parts);
}

std::string part(const std::string& header, const std::string& body) {
    return "--b\r\n" + header + "\r\n" + body + "\r\n";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(multipart)

BOOST_AUTO_TEST_CASE(parts_are_taken_apart) {
    const std::string body =
        "preamble\r\n--b  \r\nContent-Type: text/xml;\r\n charset=\"UTF-8\"\r\nContent-ID: <root@x>\r\n"
        "\r\n<a/>\r\n--b\r\n\r\nno header\r\n--b\r\ncontent-id:<2>\r\nContent-Transfer-Encoding: Base64"
        "\r\n\r\nAA\n--b\r\r\n\r\n--b--\r\nepilogue --b";
    Multipart parts;
    BOOST_TEST(Multipart::parse(body, kType, {}, parts) == "");
    BOOST_REQUIRE(parts.parts().size() == 3u);
    const auto& root = parts.root();
    BOOST_TEST(parts.isRoot(parts.parts()[0]));
    BOOST_TEST(root.body == "<a/>");
    BOOST_TEST(root.contentType == "text/xml; charset=\"UTF-8\"");
    BOOST_TEST(root.contentId == "root@x");
    BOOST_TEST(root.isPlain());
    BOOST_TEST(root.whole.ends_with("\r\n\r\n<a/>"));
    BOOST_TEST(parts.parts()[1].body == "no header");
    BOOST_TEST(parts.parts()[1].contentType == "");
    BOOST_TEST(parts.parts()[2].body == "AA\n--b\r\r\n");
    BOOST_TEST(!parts.parts()[2].isPlain());
    BOOST_TEST(parts.withId("2") == &parts.parts()[2]);
    BOOST_TEST(parts.withId("3") == nullptr);
}

BOOST_AUTO_TEST_CASE(parts_may_be_empty) {
    Multipart parts;
    BOOST_TEST(Multipart::parse("--b\r\n\r\n--b\r\nX: y\r\n\r\n--b\r\nX: y\r\n\r\n\r\n--b--", kType, {}, parts) == "");
    BOOST_REQUIRE(parts.parts().size() == 3u);
    for (const auto& each : parts.parts()) BOOST_TEST(each.body == "");
}

BOOST_AUTO_TEST_CASE(start_names_the_root) {
    const std::string two = part("Content-ID: <1>\r\n", "a") + part("Content-ID: <2>\r\n", "b") + "--b--";
    Multipart parts;
    BOOST_TEST(Multipart::parse(two, kType + "; start=\"<2>\"", {}, parts) == "");
    BOOST_TEST(parts.root().body == "b");
    BOOST_TEST(problemOf(two, kType + "; start=\"<3>\"") == "no part has the Content-ID that start names");
    const std::string same = part("Content-ID: <1>\r\n", "a") + part("Content-ID: <1>\r\n", "b") + "--b--";
    BOOST_TEST(problemOf(same, kType + "; start=\"<1>\"") == "several parts have the Content-ID of the root");
}

BOOST_AUTO_TEST_CASE(what_is_broken_is_refused) {
    BOOST_TEST(problemOf("--b--").find("no part") != std::string::npos);
    BOOST_TEST(problemOf("").find("does not occur") != std::string::npos);
    BOOST_TEST(problemOf("x--b\r\n\r\na\r\n--b--").find("no part") != std::string::npos);
    BOOST_TEST(problemOf("--b\r\n\r\na").find("closing") != std::string::npos);
    BOOST_TEST(problemOf("--b\r\n\r\na\r\n--bx\r\n\r\n\r\n--b--").find("followed by") != std::string::npos);
    BOOST_TEST(problemOf("--b\n\na\n--b--").find("followed by") != std::string::npos);
    BOOST_TEST(problemOf("--b\r\nX: y").find("closing") != std::string::npos);
    BOOST_TEST(problemOf("--b\r\nno colon\r\n\r\na\r\n--b--").find("header line") != std::string::npos);
    BOOST_TEST(problemOf("--b\r\nX : y\r\n\r\na\r\n--b--").find("header line") != std::string::npos);
    BOOST_TEST(problemOf("--b\r\n X: y\r\n\r\na\r\n--b--").find("header line") != std::string::npos);
    BOOST_TEST(problemOf("--b\r\nX: y\nZ: a\r\n\r\na\r\n--b--").find("control character") != std::string::npos);
    BOOST_TEST(problemOf("--b\r\nX: y\r\n--b--").find("blank line") != std::string::npos);
    BOOST_TEST(problemOf(part("Content-Type: a/b\r\nContent-type: c/d\r\n", "") + "--b--").find("twice") !=
               std::string::npos);
    for (const char* type : {"multipart/related",
                             "multipart/related; boundary=\"\"",
                             "multipart/related; boundary=\"a \"",
                             "multipart/related; boundary=\"a\\b\"",
                             "multipart/related; boundary=1234567890123456789012345678901234567890123456789012345678901"
                             "2345678901"}) {
        BOOST_TEST(problemOf("--b\r\n\r\na\r\n--b--", type).find("no boundary") != std::string::npos, type);
    }
}

BOOST_AUTO_TEST_CASE(limits_hold) {
    const std::string many = part("", "") + part("", "") + part("", "") + "--b--";
    BOOST_TEST(problemOf(many, kType, {3, 100}) == "");
    BOOST_TEST(problemOf(many, kType, {2, 100}) == "it has more than 2 parts");
    const std::string header = "X: " + std::string(20, 'y') + "\r\n";
    BOOST_TEST(problemOf(part(header, "a") + "--b--", kType, {3, header.size()}) == "");
    BOOST_TEST(problemOf(part(header, "a") + "--b--", kType, {3, 10}).find("larger than 10") != std::string::npos);
    BOOST_TEST(problemOf(part("", std::string(200, 'a')) + "--b--", kType, {3, 10}) == "");
}

BOOST_AUTO_TEST_CASE(what_is_written_reads_back) {
    Multipart received;
    const std::string body = part("Content-ID: <r>\r\n", "<old/>") +
                             part("Content-ID: <a>\r\nX: y\r\n", std::string("b\0n\r--b", 7)) + "--b\r\n\r\n--b--";
    BOOST_REQUIRE(Multipart::parse(body, kType, {}, received) == "");
    for (const Packaging packaging : {Packaging::Mtom, Packaging::Swa}) {
        std::string out;
        const std::string type =
            writePackage(packaging, {"<new/>", ContentKind::Soap12, "UTF-8", "urn:a"}, &received, {}, out);
        BOOST_TEST((packagingOf(type) == packaging), type);
        BOOST_TEST((classifyContent(type) == ContentKind::Soap12), type);
        BOOST_TEST(contentTypeParameter(type, "action") == "urn:a");
        Multipart again;
        BOOST_TEST(Multipart::parse(out, type, {}, again) == "");
        BOOST_REQUIRE(again.parts().size() == received.parts().size());
        BOOST_TEST(again.root().body == "<new/>");
        BOOST_TEST(again.root().contentId == "r");
        const bool mtom = packaging == Packaging::Mtom;
        BOOST_TEST(again.root().contentType ==
                   (mtom ? "application/xop+xml; charset=UTF-8; type=\"application/soap+xml\""
                         : "application/soap+xml; charset=UTF-8"));
        for (std::size_t i = 1; i < 3; ++i) BOOST_TEST(again.parts()[i].whole == received.parts()[i].whole);
    }
    std::string out;
    const std::string type =
        writePackage(Packaging::Swa, {"<n/>", ContentKind::Soap11, "", ""}, &received, {&received.parts()[1]}, out);
    Multipart fewer;
    BOOST_TEST(Multipart::parse(out, type, {}, fewer) == "");
    BOOST_TEST(fewer.parts().size() == 2u);
    BOOST_TEST(fewer.root().contentType == "text/xml");
}

BOOST_AUTO_TEST_CASE(includes_are_put_in_place) {
    Multipart received;
    const std::string body = part("", "root") + part("Content-ID: <a b@x>\r\n", "any carnal pleas") +
                             part("Content-ID: <e>\r\nContent-Transfer-Encoding: base64\r\n", "QQ\r\n==") +
                             part("Content-ID: <q>\r\nContent-Transfer-Encoding: quoted-printable\r\n", "=3D") +
                             "--b--";
    BOOST_REQUIRE(Multipart::parse(body, kType, {}, received) == "");
    const auto inlined = [&](const std::string& content, std::uint64_t limit = 100) {
        xml::Document document;
        BOOST_REQUIRE(
            xml::Document::parse(document, "<r xmlns:x='http://www.w3.org/2004/08/xop/include'>" + content + "</r>")
                .ok);
        const PartList done = inlineIncludes(document, received, limit);
        std::string out;
        for (const auto child : document.root()) xml::write(child, out);
        return std::to_string(done.size()) + " " + out;
    };
    BOOST_TEST(inlined("<d><x:Include href='cid:a%20b@x'/></d><e><x:Include href='CID:e'/></e><x:Other/>") ==
               "2 <d>YW55IGNhcm5hbCBwbGVhcw==</d><e>QQ==</e><x:Other/>");
    BOOST_TEST(inlined("<d/>") == "0 <d/>");
    BOOST_TEST(inlined("<x:Include href='cid:e'/><x:Include href='cid:e'/>", 12) == "1 QQ==QQ==");
    BOOST_CHECK_THROW(inlined("<x:Include href='cid:e'/><x:Include href='cid:e'/>", 11), std::exception);
    for (const char* href : {"cid:none", "http://x/", "", "cid:q"}) {
        BOOST_CHECK_THROW(inlined("<x:Include href='" + std::string(href) + "'/>"), std::exception);
    }
}

BOOST_AUTO_TEST_SUITE_END()
