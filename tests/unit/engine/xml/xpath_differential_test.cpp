#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "engine/xml/document.hpp"
#include "engine/xml/xpath.hpp"

// The same expressions over the same documents, by this layer in its two forms and by libxml2.

using namespace myelin;

namespace {

const std::vector<std::pair<std::string, std::string>> kBindings{{"x", "urn:1"}, {"y", "urn:2"}, {"z", "urn:3"}};

std::string numberText(double number) {
    if (std::isnan(number)) return "NaN";
    return xml::numberToText(number);
}

// Where a node stands: child numbers from the root, attributes by name.
std::string placeOf(pugi::xml_node node) {
    std::string place;
    for (; node.parent(); node = node.parent()) {
        int number = 0;
        for (pugi::xml_node before = node.previous_sibling(); before; before = before.previous_sibling()) ++number;
        place = "/" + std::to_string(number) + place;
    }
    return place;
}

std::string ours(const xml::XPath& xpath, const xml::Document& document) {
    xml::NoVariables none;
    const xml::Value value = xpath.evaluate({&document, document.root(), none});
    if (const auto* nodes = std::get_if<xml::NodeSet>(&value)) {
        std::string all = "nodes";
        for (const pugi::xpath_node& node : *nodes) {
            all += node.attribute() ? " " + placeOf(node.parent()) + "@" + node.attribute().name()
                                    : " " + placeOf(node.node());
        }
        return all;
    }
    if (const auto* number = std::get_if<double>(&value)) return "number " + numberText(*number);
    if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "true" : "false";
    return "text " + xml::toText(value);
}

std::string placeOf(xmlNodePtr node) {
    if (node->type == XML_ATTRIBUTE_NODE) {
        const std::string prefix =
            node->ns && node->ns->prefix ? std::string(reinterpret_cast<const char*>(node->ns->prefix)) + ":" : "";
        return placeOf(node->parent) + "@" + prefix + reinterpret_cast<const char*>(node->name);
    }
    std::string place;
    for (; node->parent; node = node->parent) {
        int number = 0;
        for (xmlNodePtr before = node->prev; before; before = before->prev) ++number;
        place = "/" + std::to_string(number) + place;
    }
    return place;
}

class Reference {
public:
    explicit Reference(const std::string& text)
        : document_(xmlReadMemory(text.data(), static_cast<int>(text.size()), nullptr, nullptr, XML_PARSE_NONET),
                    xmlFreeDoc),
          context_(xmlXPathNewContext(document_.get()), xmlXPathFreeContext) {
        for (const auto& [prefix, uri] : kBindings) {
            xmlXPathRegisterNs(context_.get(),
                               reinterpret_cast<const xmlChar*>(prefix.c_str()),
                               reinterpret_cast<const xmlChar*>(uri.c_str()));
        }
        context_->node = xmlDocGetRootElement(document_.get());
    }

    std::string evaluate(const std::string& expression) {
        const std::unique_ptr<xmlXPathObject, void (*)(xmlXPathObjectPtr)> result(
            xmlXPathEvalExpression(reinterpret_cast<const xmlChar*>(expression.c_str()), context_.get()),
            xmlXPathFreeObject);
        if (!result) return "error";
        if (result->type == XPATH_NUMBER) return "number " + numberText(result->floatval);
        if (result->type == XPATH_BOOLEAN) return result->boolval ? "true" : "false";
        if (result->type == XPATH_STRING)
            return std::string("text ") + reinterpret_cast<const char*>(result->stringval);
        std::string all = "nodes";
        if (result->nodesetval) {
            xmlXPathNodeSetSort(result->nodesetval);
            for (int i = 0; i < result->nodesetval->nodeNr; ++i) all += " " + placeOf(result->nodesetval->nodeTab[i]);
        }
        return all;
    }

private:
    std::unique_ptr<xmlDoc, void (*)(xmlDocPtr)> document_;
    std::unique_ptr<xmlXPathContext, void (*)(xmlXPathContextPtr)> context_;
};

class Generator {
public:
    explicit Generator(unsigned seed) : random_(seed) {}

    unsigned below(unsigned n) { return static_cast<unsigned>(random_() % n); }
    bool chance(unsigned percent) { return below(100) < percent; }
    template <typename T>
    const T& pick(const std::vector<T>& from) {
        return from[below(static_cast<unsigned>(from.size()))];
    }

    std::string document() {
        // Tidy documents declare each namespace once: the form by prefixes applies to them.
        tidy_ = chance(50);
        std::vector<std::string> scope(4);
        std::string declarations;
        if (tidy_) {
            std::vector<unsigned> order{0, 1, 2, 3};
            std::shuffle(order.begin(), order.end(), random_);
            for (unsigned i = 0; i < 3; ++i) declarations += declare(scope, order[i], "urn:" + std::to_string(i + 1));
        }
        return element(scope, declarations, 4);
    }

    std::string expression(int depth) {
        if (depth <= 0) return path(1);
        switch (below(14)) {
            case 0:
                return "count(" + path(depth - 1) + ")";
            case 1:
                return "string(" + path(depth - 1) + ")";
            case 2:
                return "(" + expression(depth - 1) + pick<std::string>({" = ", " != ", " < ", " >= "}) +
                       expression(depth - 1) + ")";
            case 3:
                return expression(depth - 1) + pick<std::string>({" and ", " or "}) + expression(depth - 1);
            case 4:
                return "concat(" + expression(depth - 1) + ", '|', " + path(depth - 1) + ")";
            case 5:
                return "(" + path(depth - 1) + " | " + path(depth - 1) + ")" + (chance(50) ? predicate(depth - 1) : "");
            case 6:
                return "number(" + path(depth - 1) + ")" + pick<std::string>({" + ", " - ", " * ", " div ", " mod "}) +
                       pick<std::string>({"1", "2.5", "-3"});
            case 7:
                return pick<std::string>(
                           {"local-name(", "normalize-space(", "string-length(", "boolean(", "not(", "sum("}) +
                       path(depth - 1) + ")";
            case 8:
                return "substring-before(concat(" + path(depth - 1) + ", '-'), '-')";
            // pugixml gives a text the default namespace in scope: only elements are asked.
            case 9:
                return "namespace-uri(" + path(depth - 1) + "/self::*)";
            default:
                return path(depth);
        }
    }

private:
    static std::string prefixText(unsigned prefix) { return std::string(1, "\0pqr"[prefix]); }

    std::string declare(std::vector<std::string>& scope, unsigned prefix, const std::string& uri) {
        scope[prefix] = uri;
        return " xmlns" + (prefix == 0 ? "" : ":" + prefixText(prefix)) + "='" + uri + "'";
    }

    std::string element(std::vector<std::string> scope, std::string declarations, int depth) {
        for (unsigned prefix = 0; !tidy_ && prefix < 4; ++prefix) {
            if (!chance(25)) continue;
            if (prefix == 0 && chance(30))
                declarations += declare(scope, 0, "");
            else
                declarations += declare(scope, prefix, "urn:" + std::to_string(below(3) + 1));
        }
        const auto usable = [&] {
            std::vector<std::string> names;
            names.push_back("");
            for (unsigned prefix = 1; prefix < 4; ++prefix) {
                if (!scope[prefix].empty()) names.push_back(prefixText(prefix) + ":");
            }
            return names;
        };
        const std::string name = pick(usable()) + pick(kNames);
        std::string out = "<" + name + declarations;
        if (chance(40)) out += " " + pick(usable()) + "k='" + std::to_string(below(5)) + "'";
        if (chance(20)) out += " l='v w'";
        out += ">";
        const unsigned children = depth > 0 ? below(4) : 0;
        for (unsigned i = 0; i < children; ++i) {
            if (chance(30)) out += pick<std::string>({"1", "2", "text", " x\n", "3.5"});
            if (chance(8)) out += "<!-- c -->";
            if (chance(5)) out += "<?pi d?>";
            out += element(scope, {}, depth - 1);
        }
        if (chance(60)) out += pick<std::string>({"1", "2", "7", "abc", "  a  b "});
        return out + "</" + name + ">";
    }

    std::string nameTest(bool attribute) {
        if (chance(12)) return "*";
        if (chance(8)) return pick(kPrefixes) + ":*";
        const std::string prefix = chance(65) ? pick(kPrefixes) + ":" : "";
        return prefix + (attribute ? pick<std::string>({"k", "l"}) : pick(kNames));
    }

    // libxml2 takes ".//." for its own short form that leaves the context node out.
    // libxml2 leaves an attribute's own element out of what follows it; by XPath 1.0 (2.2) the element's content comes
    // after its attributes. So these axes are not asked of attributes.
    std::string step(int depth) {
        if (chance(6)) return pick<std::string>({".", ".."});
        std::string made;
        if (chance(12)) {
            made = (chance(80) ? "@" : "attribute::") + nameTest(true);
        } else if (chance(10)) {
            made = pick<std::string>({"text()", "node()", "comment()", "processing-instruction()"});
        } else {
            if (chance(25)) {
                made = pick<std::string>({"ancestor",
                                          "ancestor-or-self",
                                          "child",
                                          "descendant",
                                          "descendant-or-self",
                                          "following",
                                          "following-sibling",
                                          "parent",
                                          "preceding",
                                          "preceding-sibling",
                                          "self"}) +
                       "::";
            }
            made += nameTest(false);
        }
        if (chance(25)) made += predicate(depth - 1);
        return made;
    }

    std::string predicate(int depth) {
        switch (below(7)) {
            case 0:
                return "[1]";
            case 1:
                return "[last()]";
            case 2:
                return "[position() < 3]";
            case 3:
                return "[" + path(0) + " = '1']";
            case 4:
                return "[" + path(0) + "]";
            case 5:
                return "[not(" + path(0) + ")][1]";
            default:
                return depth > 0 ? "[" + expression(depth - 1) + "]" : "[2]";
        }
    }

    std::string path(int depth) {
        std::string made = pick<std::string>({"", "", "/", "//", "//", ".//"});
        std::string first = step(depth);
        while (made == ".//" && first == ".") first = step(depth);
        made += first;
        const unsigned more = below(3);
        for (unsigned i = 0; i < more; ++i) {
            std::string next = step(depth);
            if (made.find_first_of("@") != std::string::npos || made.find("attribute::") != std::string::npos) {
                while (next.starts_with("following::") || next.starts_with("preceding::")) next = step(depth);
            }
            made += (chance(75) ? "/" : "//") + next;
        }
        return made;
    }

    const std::vector<std::string> kNames{"a", "b", "c"};
    const std::vector<std::string> kPrefixes{"x", "y", "z"};
    std::mt19937 random_;
    bool tidy_ = false;
};

void compare(const std::string& text, const std::vector<std::string>& expressions) {
    xml::Document document;
    const xml::ParseOutcome outcome = xml::Document::parse(document, text);
    BOOST_TEST_REQUIRE(outcome.ok, outcome.text() << " in " << text);
    Reference reference(text);
    xml::NamespaceMap namespaces;
    for (const auto& [prefix, uri] : kBindings) namespaces.add(prefix, uri);
    for (const std::string& expression : expressions) {
        const std::string expected = reference.evaluate(expression);
        for (const auto form : {xml::XPath::Form::Automatic, xml::XPath::Form::Slow}) {
            std::string found;
            try {
                found = ours(xml::XPath::compile(expression, namespaces, form), document);
            } catch (const xml::XPathError& error) {
                found = std::string("error ") + error.what();
            }
            BOOST_TEST(found == expected,
                       expression << (form == xml::XPath::Form::Slow ? " (slow)" : " (fast)") << "\n  found    "
                                  << found << "\n  expected " << expected << "\n  in " << text);
        }
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(xml_xpath_differential)

BOOST_AUTO_TEST_CASE(chosen_documents) {
    const std::vector<std::string> expressions{"//x:a",
                                               "//x:a/y:b",
                                               "/x:a",
                                               "/a",
                                               "//a",
                                               "//x:*",
                                               "//@x:k",
                                               "//@k",
                                               "count(//x:a)",
                                               "string(//x:b)",
                                               "//x:a[2]",
                                               "(//x:a)[2]",
                                               "//x:a[y:b]/@k",
                                               "//x:a | //y:b",
                                               "//x:b[. = 't']",
                                               "namespace-uri(//x:a)",
                                               "name(//x:a)",
                                               "//x:a/ancestor::x:*",
                                               "//y:b/following::*",
                                               "not(//z:c)",
                                               "//self::x:a",
                                               "//x:a/..",
                                               "* | @*",
                                               "//x:a//b",
                                               "concat(//x:a/@k, '-', count(//*))",
                                               "//x:a[@k = 1 or @x:k = 1]",
                                               "//*[self::x:a]",
                                               "//x:a[last()]",
                                               "sum(//@k)",
                                               "substring(//x:b, 2, 3)",
                                               "translate(//x:b, 't', 'T')",
                                               "starts-with(//x:b, 't')",
                                               "round(2.5) + floor(-1.5)",
                                               "1 div 0",
                                               "-1 div 0",
                                               "0 div 0",
                                               "5 mod -2",
                                               "'a' = 'b'",
                                               "//x:a = //y:b",
                                               "string(1 div 8)",
                                               "string(1000000)",
                                               "string(-0.25)",
                                               "7 > 6.5"};
    for (const std::string text :
         {"<x:a xmlns:x='urn:1' xmlns:y='urn:2'><y:b k='1'>t</y:b><x:b>text</x:b><x:a k='2'/></x:a>",
          "<s:a xmlns:s='urn:1' xmlns:t='urn:2'><t:b k='1'>t</t:b><s:b>text</s:b><s:a k='2'/></s:a>",
          "<a xmlns='urn:1'><b k='1' xmlns='urn:2'>t</b><b>text</b><a k='2'/></a>",
          "<a xmlns='urn:1'><b xmlns=''>t</b><b>text</b><a k='2'><a/></a></a>",
          // The expressions' own prefixes mean other namespaces here.
          "<x:a xmlns:x='urn:2' xmlns:y='urn:1'><y:b k='1'>t</y:b><x:b>text</x:b><y:a y:k='1'/></x:a>",
          "<x:a xmlns:x='urn:1'><x:b xmlns:x='urn:2'>t</x:b><x:b>text</x:b><p:a xmlns:p='urn:1' p:k='1'/></x:a>",
          "<a><b>t</b><a k='1'/><x:a xmlns:x='urn:1'/></a>",
          "<a/>"}) {
        compare(text, expressions);
    }
}

BOOST_AUTO_TEST_CASE(generated_documents) {
    Generator generator(20240611);
    for (int i = 0; i < 400; ++i) {
        const std::string text = generator.document();
        std::vector<std::string> expressions;
        for (int k = 0; k < 12; ++k) expressions.push_back(generator.expression(2));
        compare(text, expressions);
    }
}

BOOST_AUTO_TEST_SUITE_END()
