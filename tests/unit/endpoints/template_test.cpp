#include <boost/test/unit_test.hpp>
#include <string>

#include "tests/unit/endpoints/support.hpp"

namespace {

using namespace myelin;
using endpoints::test::Script;
using endpoints::test::send;
using endpoints::test::Setup;

/// A <definitions> with templates and endpoints, built as a configuration is.
struct Uses {
    explicit Uses(const std::string& content) : setup("<definitions>" + content + "</definitions>") {
        const auto root = setup.root();
        for (auto& element : root.childrenNamed("template")) {
            setup.build().templates().define(element.attribute("name", ""), element);
        }
        for (auto& element : root.childrenNamed("endpoint")) {
            endpoints.push_back(setup.build().endpoint(element, {element.attribute("name", "anonymous"), false}));
        }
        setup.build().templates().finish();
        root.finish();
    }
    bool found(std::string_view part) const { return setup.found(part); }

    Setup setup;
    std::vector<std::unique_ptr<message::Endpoint>> endpoints;
};

std::string templateOf(const std::string& body, const std::string& parameters = {}) {
    return "<template name='T'>" + parameters + "<endpoint name='$name'>" + body + "</endpoint></template>";
}

const std::string kTimed =
    templateOf("<address uri='$uri'><timeout><duration>$t</duration></timeout></address>", "<parameter name='t'/>");

}  // namespace

#define CHECK_FOUND(uses, part) BOOST_CHECK_MESSAGE((uses).found(part), "found only: " + (uses).setup.findings())

BOOST_AUTO_TEST_SUITE(Template)

BOOST_AUTO_TEST_CASE(nameAndUriAreParametersInAnyCase) {
    const Uses uses(templateOf("<address uri='$uri'/>") + "<endpoint name='n' uri='http://h/x' template='T'/>");
    BOOST_REQUIRE_EQUAL(uses.setup.findings(), "");
    BOOST_CHECK_EQUAL(uses.endpoints.front()->name(), "n");
}

BOOST_AUTO_TEST_CASE(row40APartOfAValueIsNotReplaced) {
    const Uses uses(templateOf("<address uri='http://$host/a'/>", "<parameter name='host'/>") +
                    "<endpoint name='n' template='T'><parameter name='host' value='h'/></endpoint>");
    CHECK_FOUND(uses, "\"http://$host/a\" cannot be sent to");
}

BOOST_AUTO_TEST_CASE(row41TheWholeTextIsReplaced) {
    const Uses uses(kTimed +
                    "<endpoint name='n' uri='http://h/' template='T'><parameter name='t' value='500'/></endpoint>");
    BOOST_REQUIRE_EQUAL(uses.setup.findings(), "");
    BOOST_CHECK_EQUAL(uses.endpoints.front()->bounds().waiting.count(), 500);
}

BOOST_AUTO_TEST_CASE(row42WhatIsNotGivenStaysAsItIs) {
    const Uses uses(kTimed + "\n<endpoint name='n' uri='http://h/' template='T'/>");
    CHECK_FOUND(uses, "error: 1: the text of <duration> must be a whole number");
    CHECK_FOUND(uses, "not \"$t\"");
    CHECK_FOUND(uses, "[in the use of template \"T\" at test.xml:2:1]");
    CHECK_FOUND(uses, "warning: 2: template \"T\" takes \"t\", which is not given here");
}

BOOST_AUTO_TEST_CASE(aMistakeOfTheBodyIsReportedOnceWhateverUsesIt) {
    Uses uses(templateOf("<address uri='$uri' formta='pox'/>") + "<endpoint name='a' uri='http://h/' template='T'/>" +
              "<endpoint name='b' uri='http://h/' template='T'/>");
    const auto findings = uses.setup.diagnostics().sorted();
    BOOST_REQUIRE_EQUAL(findings.size(), 1U);
    BOOST_CHECK(findings.front().what.find("did you mean \"format\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(valuesThatNobodyTakes) {
    const Uses uses(kTimed +
                    "<endpoint name='n' uri='http://h/' template='T'><parameter name='t' value='1'/>"
                    "<parameter name='nmae' value='x'/><parameter name='t' value='2'/><parameter value='3'/>"
                    "<parameter name='t'/></endpoint>");
    CHECK_FOUND(uses, "template \"T\" has no parameter \"nmae\", so this value is not used; did you mean \"name\"?");
    CHECK_FOUND(uses, "parameter \"t\" is given twice");
    CHECK_FOUND(uses, "<parameter> needs attribute \"name\"");
    CHECK_FOUND(uses, "<parameter> needs attribute \"value\"");
    BOOST_CHECK_EQUAL(uses.endpoints.front()->bounds().waiting.count(), 2);
}

BOOST_AUTO_TEST_CASE(aTemplateThatIsNotThere) {
    Uses uses(templateOf("<default/>") + "<endpoint name='n' template='TT'><parameter name='x' value='y'/></endpoint>");
    CHECK_FOUND(uses, "error: 1: there is no template \"TT\"");
    BOOST_CHECK_EQUAL(uses.setup.diagnostics().errorCount(), 1U);
}

BOOST_AUTO_TEST_CASE(templatesMayUseTemplatesAndHandOnValues) {
    const Uses uses(
        "<template name='Outer'><parameter name='where'/><endpoint name='$name' template='T' "
        "uri='$where'/></template>" +
        templateOf("<address uri='$uri'/>") +
        "<endpoint name='n' template='Outer'><parameter name='where' value='http://h/'/></endpoint>");
    BOOST_REQUIRE_EQUAL(uses.setup.findings(), "");
    BOOST_CHECK_EQUAL(uses.endpoints.front()->name(), "n");
}

BOOST_AUTO_TEST_CASE(placesNameEveryUseOnTheWay) {
    const Uses uses("<template name='Outer'><endpoint name='$name' template='T' uri='h'/></template>" +
                    templateOf("<address uri='$uri'/>") + "\n<endpoint name='n' template='Outer'/>");
    CHECK_FOUND(uses, "[in the use of template \"T\" at test.xml:1:");
    CHECK_FOUND(uses, ", in the use of template \"Outer\" at test.xml:2:1]");
}

BOOST_AUTO_TEST_CASE(aTemplateIsNotUsedInsideItself) {
    const Uses uses(
        "<template name='A'><endpoint template='B'/></template>"
        "<template name='B'><endpoint><failover><endpoint template='A'/></failover></endpoint></template>"
        "<endpoint name='n' template='A'/>");
    CHECK_FOUND(uses, "this use closes a circle of templates: A -> B -> A");
}

BOOST_AUTO_TEST_CASE(eachUseHasAStateOfItsOwn) {
    Script::reset({{"A", 101503}});
    const std::string use = "<parameter name='id' value='A'/></endpoint>";
    const Uses uses(templateOf("<scripted id='$id'/>", "<parameter name='id'/>") + "<endpoint name='a' template='T'>" +
                    use + "<endpoint name='b' template='T'>" + use);
    BOOST_REQUIRE_EQUAL(uses.setup.findings(), "");
    send(*uses.endpoints[0]);
    const auto now = base::Clock::now();
    BOOST_CHECK(!uses.endpoints[0]->ready(now));
    BOOST_CHECK(uses.endpoints[1]->ready(now));
}

BOOST_AUTO_TEST_CASE(parametersWrittenByTools) {
    const Uses uses(
        templateOf("<address uri='$uri'/>", "<a:parameter xmlns:a='http://ws.apache.org/ns/synapse' name='uri'/>") +
        "<endpoint name='n' template='T'>"
        "<b:parameter xmlns:b='http://ws.apache.org/ns/synapse' name='uri' value='http://h/'/></endpoint>");
    BOOST_CHECK_EQUAL(uses.setup.findings(), "");
}

BOOST_AUTO_TEST_CASE(otherTemplates) {
    CHECK_FOUND(Uses("<template name='S'><sequence/></template><endpoint name='n' template='S'/>"),
                "error: 1: a template of a sequence is not supported yet");
    CHECK_FOUND(Uses("<template name='S'/>"), "<template> needs a child <endpoint>");
    CHECK_FOUND(Uses("<template name='S'><parameter name='$p'/><endpoint><default/></endpoint></template>"),
                "a parameter is declared without the \"$\"");
    BOOST_CHECK_EQUAL(
        Uses("<template name='Unused'><endpoint><address uri='$u'/></endpoint></template>").setup.findings(), "");
}

BOOST_AUTO_TEST_SUITE_END()
