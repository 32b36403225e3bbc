#include "engine/xml/xpath.hpp"

#include <boost/test/unit_test.hpp>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "engine/xml/document.hpp"
#include "engine/xml/writer.hpp"

using namespace myelin;
using xml::Document;
using xml::XPath;

namespace {

constexpr std::string_view kQuote =
    "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Header/><s:Body>"
    "<q:getQuote xmlns:q='http://services.samples'><q:request><q:symbol>IBM</q:symbol></q:request></q:getQuote>"
    "</s:Body></s:Envelope>";

const xml::NamespaceMap kNames{{"m0", "http://services.samples"},
                               {"soap", "http://schemas.xmlsoap.org/soap/envelope/"}};

class Variables final : public xml::VariableSource {
public:
    xml::Value variable(std::string_view prefix, std::string_view name) override {
        asked.push_back(std::string(prefix) + ":" + std::string(name));
        return find(asked.back());
    }
    xml::Value property(std::string_view scope, std::string_view name, std::string_view dateFormat) override {
        asked.push_back("property " + std::string(scope) + "," + std::string(name) + "," + std::string(dateFormat));
        return find(asked.back());
    }
    std::map<std::string, xml::Value> values;
    std::vector<std::string> asked;

private:
    xml::Value find(const std::string& key) const {
        const auto at = values.find(key);
        return at == values.end() ? xml::Value() : at->second;
    }
};

struct Fixture {
    Fixture() { load(kQuote); }
    void load(std::string_view text) {
        const xml::ParseOutcome outcome = Document::parse(document, text);
        BOOST_TEST_REQUIRE(outcome.ok, outcome.text());
    }
    xml::XPathContext context() { return {&document, document.root(), variables}; }
    std::string text(std::string_view expression) {
        const auto result = XPath::compile(expression, kNames).evaluateString(context());
        return result ? *result : "(null)";
    }
    bool truth(std::string_view expression) { return XPath::compile(expression, kNames).evaluateBool(context()); }

    Document document;
    Variables variables;
};

std::string problem(std::string_view expression) {
    try {
        XPath::compile(expression, kNames);
    } catch (const xml::XPathError& error) {
        return error.what();
    }
    return "";
}

bool needsDocument(std::string_view expression) {
    return XPath::compile(expression, kNames).needsDocument();
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(xml_xpath, Fixture)

BOOST_AUTO_TEST_CASE(names_match_by_namespace_not_by_prefix) {
    BOOST_TEST(text("//m0:getQuote/m0:request/m0:symbol") == "IBM");
    BOOST_TEST(text("/soap:Envelope/soap:Body/m0:getQuote//m0:symbol") == "IBM");
    BOOST_TEST(text("soap:Body/*/*/m0:symbol") == "IBM");
    // Their prefix, another namespace: the data must not be found.
    load("<m0:getQuote xmlns:m0='urn:other'><m0:symbol>SUN</m0:symbol></m0:getQuote>");
    BOOST_TEST(text("//m0:symbol") == "");
    load("<getQuote xmlns='http://services.samples'><symbol>MSFT</symbol></getQuote>");
    BOOST_TEST(text("//m0:symbol") == "MSFT");
    BOOST_TEST(text("//symbol") == "");
    load("<getQuote><symbol>MSFT</symbol></getQuote>");
    BOOST_TEST(text("//symbol") == "MSFT");
    BOOST_TEST(text("//m0:symbol") == "");
}

BOOST_AUTO_TEST_CASE(one_expression_serves_many_spellings) {
    const XPath xpath = XPath::compile("//m0:symbol", kNames);
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 12; ++i) {
            const std::string p = "p" + std::to_string(i);
            load("<" + p + ":a xmlns:" + p + "='http://services.samples'><" + p + ":symbol>" + p + "</" + p +
                 ":symbol></" + p + ":a>");
            BOOST_TEST(xpath.evaluateString(context()).value() == p);
        }
    }
}

BOOST_AUTO_TEST_CASE(edited_documents_are_looked_at_again) {
    const XPath xpath = XPath::compile("count(//m0:symbol)", kNames);
    BOOST_TEST(xpath.evaluateNumber(context()) == 1);
    pugi::xml_node added = document.root().append_child("r:symbol");
    added.append_attribute("xmlns:r").set_value("http://services.samples");
    document.changed();
    BOOST_TEST(xpath.evaluateNumber(context()) == 2);
}

BOOST_AUTO_TEST_CASE(string_values_are_those_of_synapse) {
    BOOST_TEST(text("count(//*)") == "6");
    BOOST_TEST(text("1 div 2") == "0.5");
    BOOST_TEST(text("1 = 1") == "true");
    BOOST_TEST(text("number('x')") == "NaN");
    load("<a k='1'><b>one</b><b>two<c>three</c></b><d><e x='1'/></d></a>");
    BOOST_TEST(text("//b") == "onetwo");
    BOOST_TEST(text("//b/text() | //@k") == "1onetwo");
    BOOST_TEST(text("//d") == "<d><e x=\"1\"/></d>");
    BOOST_TEST(text("//none") == "");
    BOOST_TEST(text("string(//b[2])") == "twothree");
    load("<s:a xmlns:s='S'><s:d> <s:e/> </s:d></s:a>");
    BOOST_TEST(text("*") == "<s:d xmlns:s=\"S\"> <s:e/> </s:d>");
}

BOOST_AUTO_TEST_CASE(values_convert_as_xpath_says) {
    BOOST_TEST(xml::numberToText(0.1 + 0.2) == "0.3");
    BOOST_TEST(xml::numberToText(-1234.5) == "-1234.5");
    BOOST_TEST(xml::numberToText(1e21) == "1000000000000000000000");
    BOOST_TEST(xml::numberToText(-0.00012) == "-0.00012");
    BOOST_TEST(xml::numberToText(66.14) == "66.14");
    BOOST_TEST(xml::toNumber(std::string_view(" -12.50 ")) == -12.5);
    for (const std::string_view bad : {"", "1e3", "+1", "1.2.3", "-", ".", "0x10", "1 2"}) {
        BOOST_TEST(xml::numberToText(xml::toNumber(bad)) == "NaN", bad);
    }
    BOOST_TEST(!xml::toBoolean(xml::Value()));
    BOOST_TEST(!xml::toBoolean(xml::Value(std::string_view())));
    BOOST_TEST(xml::toBoolean(xml::Value(std::string_view("false"))));
    BOOST_TEST(xml::toNumber(xml::Value(xml::nodeSetOf(document.root()))) != 0);
}

BOOST_AUTO_TEST_CASE(variables_come_from_the_message) {
    variables.values = {{"ctx:route", std::string_view("east")},
                        {"trp:Count", std::string("3")},
                        {"ctx:number", 2.0},
                        {"ctx:yes", true},
                        {"property axis2,HTTP_SC,", std::string_view("500")},
                        {"property ,SYSTEM_DATE,yyyy", std::string_view("2024")}};
    BOOST_TEST(text("$ctx:route") == "east");
    BOOST_TEST(text("concat($ctx:route, '-', $trp:Count + 1)") == "east-4");
    BOOST_TEST(truth("$ctx:route = 'east' and $ctx:yes"));
    BOOST_TEST(text("$ctx:number * 2") == "4");
    BOOST_TEST(text("//m0:*[$ctx:number]") == text("//m0:*[2]"));
    BOOST_TEST(text("get-property('axis2', 'HTTP_SC')") == "500");
    BOOST_TEST(truth("syn:get-property('axis2', 'HTTP_SC') = 500"));
    BOOST_TEST(text("get-property('SYSTEM_DATE', 'yyyy')") == "2024");
    BOOST_TEST(text("get-property(concat('SYSTEM_', 'DATE'), \"yyyy\")") == "2024");
    variables.asked.clear();
    BOOST_TEST(text("get-property('default', 'A', 'fmt')") == "(null)");
    BOOST_TEST(text("fn:get-property(string(//m0:symbol))") == "(null)");
    const std::vector<std::string> expected{"property default,A,fmt", "property ,IBM,"};
    BOOST_TEST(variables.asked == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(null_is_told_from_empty) {
    variables.values = {{"ctx:empty", std::string_view()}};
    BOOST_TEST(text("$ctx:none") == "(null)");
    BOOST_TEST(text("($ctx:none)") == "(null)");
    BOOST_TEST(text("get-property('none')") == "(null)");
    BOOST_TEST(text("$ctx:empty") == "");
    BOOST_TEST(text("concat($ctx:none, 'x')") == "x");
    BOOST_TEST(text("$ctx:none/x") == "");
    BOOST_TEST(text("//none") == "");
    BOOST_TEST(!truth("$ctx:none"));
    BOOST_TEST(XPath::compile("$ctx:none", kNames).evaluateNodes(context()).empty());
    BOOST_CHECK_THROW(XPath::compile("'a'", kNames).evaluateNodes(context()), xml::XPathError);
}

BOOST_AUTO_TEST_CASE(paths_start_at_variables) {
    Document saved;
    BOOST_TEST(Document::parse(saved, "<o:order xmlns:o='http://services.samples'><o:id>7</o:id></o:order>").ok);
    variables.values = {{":body", xml::nodeSetOf(document.root().last_child())},
                        {"ctx:saved", xml::nodeSetOf(saved.root())},
                        {"ctx:text", std::string_view("plain")}};
    BOOST_TEST(text("$body/m0:getQuote/m0:request/m0:symbol") == "IBM");
    // The prefix is spelled in another way in the other document.
    BOOST_TEST(text("$ctx:saved/m0:id") == "7");
    BOOST_TEST(text("concat($ctx:saved//m0:id, //m0:symbol)") == "7IBM");
    BOOST_TEST(text("count($body | $ctx:saved)") == "2");
    BOOST_TEST(text("($body | $ctx:saved)[1 = 1]/m0:id") == "7");
    BOOST_TEST(text("$ctx:text/m0:id") == "");
    BOOST_TEST(text("count($ctx:text)") == "0");
    BOOST_TEST(text("$ctx:saved").starts_with("<o:order"));
}

BOOST_AUTO_TEST_CASE(functions) {
    BOOST_TEST(text("fn:concat('a', fn:string-length('bcd'))") == "a3");
    BOOST_TEST(text("base64Encode('Hi!')") == "SGkh");
    BOOST_TEST(text("base64Encode('Hi')") == "SGk=");
    BOOST_TEST(text("base64Encode('\xC3\xA4', 'ISO-8859-1')") == "5A==");
    BOOST_TEST(text("base64Decode('5A==', 'ISO-8859-1')") == "\xC3\xA4");
    BOOST_TEST(text("base64Decode(base64Encode(//m0:symbol))") == "IBM");
    BOOST_TEST(text("url-encode('a b&\xC3\xA4')") == "a+b%26%C3%A4");
    BOOST_TEST(text("//m0:symbol[. = base64Decode('SUJN')]") == "IBM");
    BOOST_TEST(text("//m0:symbol[. = base64Decode(string(/none))]") == "");
    variables.values = {{"ctx:cs", std::string_view("EBCDIC")}};
    BOOST_CHECK_THROW(text("base64Encode('x', $ctx:cs)"), xml::XPathError);
}

BOOST_AUTO_TEST_CASE(needs_are_known_at_load_time) {
    for (const char* expression : {"$ctx:a",
                                   "'x'",
                                   "3",
                                   "$trp:b",
                                   "$url:c",
                                   "concat('a', get-property('axis2', 'b'))",
                                   "$ctx:saved/x/y[z = 1]",
                                   "get-property('To') = 'x'",
                                   "1 + 1",
                                   "base64Encode($ctx:a)",
                                   "count($ctx:a[position() = 1])"}) {
        BOOST_TEST(!needsDocument(expression), expression);
    }
    for (const char* expression : {"//a",
                                   ".",
                                   "/",
                                   "a",
                                   "@a",
                                   "$body/x",
                                   "$body",
                                   "$header",
                                   "$env",
                                   "get-property('FAULT')",
                                   "get-property('From')",
                                   "get-property('default', 'From')",
                                   "concat('x', //a)",
                                   "string()",
                                   "local-name()",
                                   "$ctx:saved[1]/x | y",
                                   "base64Encode(//a)",
                                   "get-property($ctx:which)",
                                   "$ctx:a[$body]"}) {
        BOOST_TEST(needsDocument(expression), expression);
    }
    // Without need, the context may be empty.
    const XPath xpath = XPath::compile("concat($ctx:a, 'b')", kNames);
    BOOST_TEST(xpath.evaluateString({nullptr, {}, variables}).value() == "b");
    // With a node alone, names are looked up.
    BOOST_TEST(XPath::compile("//m0:symbol", kNames).evaluateString({nullptr, document.root(), variables}).value() ==
               "IBM");
}

BOOST_AUTO_TEST_CASE(errors_say_what_and_where) {
    const std::pair<const char*, const char*> cases[] = {
        {"", "XPath \"\": expected an expression, found the end at character 1"},
        {"//", "XPath \"//\": expected a name, '*' or node test, found the end at character 3"},
        {"a[", "XPath \"a[\": expected an expression, found the end at character 3"},
        {"a]", "XPath \"a]\": expected an operator or the end, found ']' at character 2"},
        {"a b", "XPath \"a b\": expected an operator or the end, found 'b' at character 3"},
        {"'abc", "XPath \"'abc\": literal without a closing quote at character 1"},
        {"ns:a", "XPath \"ns:a\": namespace prefix 'ns' is not declared (declared: m0, soap) at character 1"},
        {"1 + 'x'/a", "XPath \"1 + 'x'/a\": what '/' follows must be nodes at character 5"},
        {"count(1)", "XPath \"count(1)\": the argument of this function must be nodes at character 7"},
        {"'a' | b", "XPath \"'a' | b\": operand of '|' must be nodes at character 1"},
        {"not()", "XPath \"not()\": not() takes 1 arguments, not 0 at character 1"},
        {"substring('a')", "XPath \"substring('a')\": substring() takes 2 to 3 arguments, not 1 at character 1"},
        {"namespace::a",
         "XPath \"namespace::a\": the namespace axis is not supported; use namespace-uri() at character 1"},
        {"child:::a", "XPath \"child:::a\": unexpected ':' at character 8"},
        {"upward::a", "XPath \"upward::a\": unknown axis 'upward' at character 1"},
        {"a/count(b)", "XPath \"a/count(b)\": a function cannot be a step of a path at character 3"},
        {"a ! b", "XPath \"a ! b\": expected '=' after '!' at character 3"},
        {"#", "XPath \"#\": unexpected character '#' at character 1"},
        {"$ a", "XPath \"$ a\": expected a variable name after '$' at character 1"},
        {"base64Encode('a', 'x-none')",
         "XPath \"base64Encode('a', 'x-none')\": unknown character set 'x-none' at character 1"},
        {"get-property()", "XPath \"get-property()\": get-property() takes 1 to 3 arguments, not 0 at character 1"},
    };
    for (const auto& [expression, expected] : cases) BOOST_TEST(problem(expression) == expected);
    BOOST_TEST(problem("frob(1)").starts_with("XPath \"frob(1)\": unknown function 'frob' (known: get-property, "));
    BOOST_TEST(problem("a[get-property(b) = 1]").find("must not depend on the predicate's node") != std::string::npos);
    BOOST_TEST(problem("a[get-property(//b) = 1]") == "");
    try {
        XPath::compile("a + ns:b", kNames);
    } catch (const xml::XPathError& error) {
        BOOST_TEST(error.position() == 4u);
    }
}

BOOST_AUTO_TEST_CASE(operators_and_names_are_told_apart) {
    load("<and><or>1</or><div>6</div><mod>4</mod><a-b>9</a-b></and>");
    BOOST_TEST(text("div div or") == "6");
    BOOST_TEST(text("div mod mod") == "2");
    BOOST_TEST(truth("or and or or or"));
    BOOST_TEST(text("a-b - or") == "8");
    BOOST_TEST(text("* * 2 * .5") == "1");
    BOOST_TEST(text("count(/and/*)") == "4");
    BOOST_TEST(text("-(- div)") == "6");
    BOOST_TEST(text("3.") == "3");
}

BOOST_AUTO_TEST_CASE(huge_expressions_are_refused) {
    const auto repeated = [](const std::string& part, int times) {
        std::string all;
        for (int i = 0; i < times; ++i) all += part;
        return all;
    };
    BOOST_TEST(problem(repeated("(", 40) + "1" + repeated(")", 40)) == "");
    BOOST_TEST(problem(repeated("(", 100) + "1" + repeated(")", 100)).find("nested too deeply") != std::string::npos);
    BOOST_TEST(problem(repeated("not(", 100) + "1" + repeated(")", 100)).find("nested too deeply") !=
               std::string::npos);
    BOOST_TEST(problem("a" + repeated("[a", 100) + repeated("]", 100)).find("nested too deeply") != std::string::npos);
    BOOST_TEST(problem("1" + repeated("+1", 40)) == "");
    BOOST_TEST(problem("1" + repeated("+1", 20000)).find("too complex") != std::string::npos);
    BOOST_TEST(problem("a" + repeated("|a", 5000)) == "");
    BOOST_TEST(text("1 = 2" + repeated(" or 1 = 2", 3000) + " or 1 = 1") == "true");
    BOOST_TEST(problem("a" + repeated("/a", 20000)).find("too complex") != std::string::npos);
    BOOST_TEST(problem(repeated("-", 20000) + "1").find("too complex") != std::string::npos);
    BOOST_TEST(problem(repeated(" ", 70000) + "1").find("longer than") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(threads_share_an_expression) {
    const XPath xpath = XPath::compile("//m0:symbol[. = $ctx:wanted]", kNames);
    std::vector<std::thread> threads;
    std::atomic<int> wrong{0};
    for (int t = 0; t < 6; ++t) {
        threads.emplace_back([&, t] {
            Document mine;
            const std::string value = "v" + std::to_string(t);
            const std::string p = "p" + std::to_string(t % 3);
            const std::string text =
                "<" + p + ":symbol xmlns:" + p + "='http://services.samples'>" + value + "</" + p + ":symbol>";
            if (!Document::parse(mine, text).ok) ++wrong;
            Variables own;
            own.values = {{"ctx:wanted", std::string_view(value)}};
            for (int i = 0; i < 500; ++i) {
                own.asked.clear();
                if (xpath.evaluateString({&mine, mine.root(), own}) != value) ++wrong;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    BOOST_TEST(wrong == 0);
}

BOOST_AUTO_TEST_SUITE_END()
