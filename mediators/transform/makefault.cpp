#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "engine/base/strings.hpp"
#include "engine/config/build.hpp"
#include "engine/message/message_context.hpp"
#include "engine/message/soap.hpp"
#include "engine/message/soap_fault.hpp"
#include "engine/xml/namespaces.hpp"
#include "engine/xml/writer.hpp"
#include "mediators/typed_value.hpp"

namespace myelin::mediators {

namespace {

namespace soap = message::soap;
using message::ContentKind;
using message::Flow;
using message::MessageContext;

constexpr std::array<std::string_view, 5> kSoap12Codes{
    "DataEncodingUnknown", "MustUnderstand", "Receiver", "Sender", "VersionMismatch"};

/// A text that is written in the configuration or computed from the message.
struct Text {
    bool present = false;
    std::string text;
    std::optional<xml::XPath> expression;

    /// From the attributes `value` and `expression`, exactly one of them.
    void read(config::Element& element, config::Build& build) {
        present = true;
        const auto value = element.attribute("value");
        text = value.value_or("");
        expression = build.xpath(element, "expression");
        const std::string subject = "<" + std::string(element.name()) + ">";
        if (value && element.has("expression")) {
            element.error(subject + " has either \"value\" or \"expression\", not both");
        } else if (!value && !element.has("expression")) {
            element.error(subject + " needs a \"value\" or an \"expression\"");
        }
    }

    std::string of(MessageContext& context) const {
        return expression ? context.evaluateText(*expression).value_or(std::string()) : text;
    }
};

/// Turns the message into a fault: a SOAP 1.1 or 1.2 fault or, for clients that do not speak SOAP, an <Exception>
/// (synapse-mediation 4.4). It neither sends it nor ends the flow.
class MakeFault final : public message::Mediator {
public:
    static std::unique_ptr<message::Mediator> make(config::Element& element, config::Build& build) {
        auto result = std::make_unique<MakeFault>();
        result->read(element, build);
        return result;
    }

    Flow mediate(MessageContext& context) const override {
        const Version version = version_ == Version::ByClient ? versionFor(context.exchange().clientKind()) : version_;
        soap::Fault fault;
        xml::Document detail;
        // All expressions see the message as it was.
        describe(context, fault, detail);
        if (version == Version::Pox) {
            makeException(context, fault);
        } else {
            makeSoapFault(context, version == Version::Soap11 ? soap::Version::V11 : soap::Version::V12, fault);
        }
        context.setFault(true);
        message::Addressing& addressing = context.addressing();
        addressing.to = addressing.faultTo.empty() ? addressing.replyTo : addressing.faultTo;
        addressing.relatesTo = addressing.messageId;
        if (response_) context.setResponse(true);
        return Flow::Continue;
    }
    std::string_view name() const noexcept override { return "makefault"; }

private:
    enum class Version { ByClient, Soap11, Soap12, Pox };

    static Version versionFor(ContentKind client) noexcept {
        if (client == ContentKind::Soap11) return Version::Soap11;
        return client == ContentKind::Soap12 ? Version::Soap12 : Version::Pox;
    }

    void read(config::Element& element, config::Build& build) {
        version_ =
            element.choice<Version>("version",
                                    {{"soap11", Version::Soap11}, {"soap12", Version::Soap12}, {"pox", Version::Pox}},
                                    Version::ByClient);
        response_ = element.boolean("response", true);
        readCode(element, build);
        if (auto reason = element.child("reason")) reason_.read(*reason, build);
        if (const auto node = element.child("node")) {
            node_ = node->text();
            if (version_ == Version::Soap11) node->error("a SOAP 1.1 fault has no <node>");
        }
        if (const auto role = element.child("role")) role_ = role->text();
        const bool hasDetail = readDetail(element, build);
        if (version_ == Version::Pox) {
            if (!reason_.present && !hasDetail) element.error("a POX fault needs a <reason> or a <detail>");
        } else if (!reason_.present) {
            element.error("a fault needs a <reason>");
        }
    }

    void readCode(config::Element& element, config::Build& build) {
        auto code = element.child("code");
        if (!code) {
            if (version_ != Version::Pox) element.error("a fault needs a <code>");
            return;
        }
        code_.read(*code, build);
        if (code->has("expression") || code_.text.empty()) return;
        const std::string name = code_.text;
        const std::string_view prefix = xml::prefixOf(name);
        if (!prefix.empty()) {
            const xml::NamespaceMap namespaces = code->namespacesInScope();
            const auto uri = namespaces.find(prefix);
            if (!uri) {
                code->errorAt("value", "the prefix of fault code \"" + name + "\" is not declared");
                return;
            }
            codeNamespace_ = *uri;
        }
        code_.text = xml::localPart(name);
        if (version_ != Version::Soap11) checkSoap12Code(*code, name);
    }

    void checkSoap12Code(const config::Element& code, const std::string& name) const {
        const bool known = std::find(kSoap12Codes.begin(), kSoap12Codes.end(), code_.text) != kSoap12Codes.end();
        if (known && codeNamespace_ == message::kSoap12Namespace) return;
        std::string what = "\"" + name + "\" is not a fault code of SOAP 1.2";
        if (code_.text == "Server") {
            what += "; did you mean \"Receiver\"?";
        } else if (code_.text == "Client") {
            what += "; did you mean \"Sender\"?";
        } else if (!known) {
            what += config::didYouMean(code_.text, {kSoap12Codes.begin(), kSoap12Codes.end()});
        }
        code.errorAt("value",
                     what,
                     "it has to be DataEncodingUnknown, MustUnderstand, Receiver, Sender or VersionMismatch with a "
                     "prefix for " +
                         std::string(message::kSoap12Namespace) + ", unless version=\"soap11\"");
    }

    bool readDetail(config::Element& element, config::Build& build) {
        auto detail = element.child("detail");
        if (!detail) return false;
        detailExpression_ = build.xpath(*detail, "expression");
        if (detail->has("expression")) {
            if (detail->hasChildElements()) {
                detail->error("<detail> has either an \"expression\" or XML, not both");
                detail->ignore();
            }
        } else if (detail->hasChildElements()) {
            detailXml_ = documentOf(detail->rawNode());
        } else {
            detailText_ = detail->text();
        }
        return true;
    }

    /// `holder` is for what the detail expression selects; `fault` points into it.
    void describe(MessageContext& context, soap::Fault& fault, xml::Document& holder) const {
        // A computed code is a name in the envelope's own namespace.
        fault.codeNamespace = codeNamespace_;
        if (code_.present) fault.code = code_.of(context);
        fault.reason = reason_.of(context);
        fault.node = node_;
        fault.role = role_;
        if (detailXml_) {
            fault.detail = detailXml_->root();
        } else if (detailExpression_) {
            describeDetail(context, fault, holder);
        } else {
            fault.detailText = detailText_;
        }
    }

    /// Selected elements as they are; what is no element is read as XML if it is, else taken as text.
    void describeDetail(MessageContext& context, soap::Fault& fault, xml::Document& holder) const {
        const xml::Value value = context.evaluateValue(*detailExpression_);
        const pugi::xml_node detail = holder.tree().append_child("detail");
        if (const auto* nodes = std::get_if<xml::NodeSet>(&value)) {
            for (const pugi::xpath_node& found : *nodes) {
                if (found.node().type() == pugi::node_element) xml::importNode(detail, found.node());
            }
        }
        if (!detail.first_child()) {
            const std::string text = xml::toText(value);
            xml::Document parsed;
            if (base::trim(text).starts_with('<') && xml::Document::parse(parsed, text)) {
                xml::importNode(detail, parsed.root());
            } else {
                fault.detailText = text;
            }
        }
        holder.changed();
        fault.detail = detail;
    }

    static void makeException(MessageContext& context, const soap::Fault& fault) {
        auto document = std::make_unique<xml::Document>();
        soap::makeEnvelope(*document, soap::Version::V11);
        soap::setException(*document, fault);
        context.payload().setEnvelope(std::move(document), ContentKind::Pox);
    }

    static void makeSoapFault(MessageContext& context, soap::Version version, const soap::Fault& fault) {
        auto document = std::make_unique<xml::Document>();
        soap::makeEnvelope(*document, version);
        keepHeaders(context, *document);
        soap::setFault(*document, fault);
        context.payload().setEnvelope(std::move(document), soap::kindOf(version));
    }

    /// The header blocks of a SOAP message go on with its fault.
    static void keepHeaders(MessageContext& context, xml::Document& document) {
        if (!message::isSoap(context.payload().kind())) return;
        const xml::Document* old = context.payload().envelopeIfBuilt();
        if (!old) {
            try {
                old = &context.envelope();
            } catch (const message::MediationFault&) {
                return;  // a body that cannot be read has no headers, and the fault is to replace it anyway
            }
        }
        const pugi::xml_node from = soap::header(*old);
        if (!from.first_child()) return;
        const pugi::xml_node to = soap::ensureHeader(document);
        for (pugi::xml_node block = xml::firstElement(from); block; block = xml::nextElement(block)) {
            xml::importNode(to, block);
        }
        document.changed();
    }

    Version version_ = Version::ByClient;
    bool response_ = true;
    Text code_;
    std::string codeNamespace_;
    Text reason_;
    std::string node_;
    std::string role_;
    std::string detailText_;
    std::optional<xml::XPath> detailExpression_;
    std::shared_ptr<xml::Document> detailXml_;  // <detail> itself; only read
};

const config::Registration<config::MediatorFactory> kRegistration{
    config::mediatorRegistry(), "makefault", &MakeFault::make};

}  // namespace

}  // namespace myelin::mediators
