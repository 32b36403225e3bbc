#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/config/build.hpp"
#include "engine/message/message_context.hpp"
#include "engine/message/soap.hpp"
#include "engine/message/xml_text.hpp"
#include "engine/xml/namespaces.hpp"
#include "engine/xml/writer.hpp"
#include "mediators/typed_value.hpp"

namespace myelin::mediators {

namespace {

using message::Addressing;
using message::Flow;
using message::MessageContext;

using AddressingField = std::string_view Addressing::*;

constexpr std::array<std::pair<std::string_view, AddressingField>, 6> kAddressing{
    {{"To", &Addressing::to},
     {"From", &Addressing::from},
     {"Action", &Addressing::action},
     {"FaultTo", &Addressing::faultTo},
     {"ReplyTo", &Addressing::replyTo},
     {"RelatesTo", &Addressing::relatesTo}}};

std::vector<std::string_view> addressingNames() {
    std::vector<std::string_view> names;
    for (const auto& [name, field] : kAddressing) names.push_back(name);
    return names;
}

/// Sets or removes addressing information, a SOAP header block or an HTTP header field (synapse-mediation 4.2).
class Header final : public message::Mediator {
public:
    static std::unique_ptr<message::Mediator> make(config::Element& element, config::Build& build) {
        auto header = std::make_unique<Header>();
        header->read(element, build);
        return header;
    }

    Flow mediate(MessageContext& context) const override {
        switch (target_) {
            case Target::Addressing:
                mediateAddressing(context);
                break;
            case Target::Transport:
                mediateTransport(context);
                break;
            case Target::Block:
                mediateBlock(context);
                break;
        }
        return Flow::Continue;
    }
    std::string_view name() const noexcept override { return "header"; }

private:
    enum class Target { Addressing, Transport, Block };

    void read(config::Element& element, config::Build& build) {
        const auto name = element.attribute("name");
        const auto scope = element.choice("scope", {"soap", "transport"}, "");
        remove_ = element.choice("action", {"set", "remove"}, "set") == "remove";
        readValue(element, build);
        if (!name) {
            readWithoutName(element, scope);
            return;
        }
        name_ = *name;
        if (scope == "transport") {
            target_ = Target::Transport;
        } else if (scope.empty() && findAddressing()) {
            target_ = Target::Addressing;
        } else {
            readQualifiedName(element, scope);
        }
        if (target_ != Target::Block && block_) {
            element.error("XML can only be set as a SOAP header block; " + name_ + " is none");
        }
    }

    void readValue(config::Element& element, config::Build& build) {
        const auto value = element.attribute("value");
        value_ = value.value_or("");
        expression_ = build.xpath(element, "expression");
        const bool given = value || element.has("expression");
        if (!given) {
            if (const pugi::xml_node child = element.inlineXml()) block_ = documentOf(child);
        }
        if (remove_) return;
        if (value && element.has("expression")) {
            element.error("a header has either \"value\" or \"expression\", not both");
        } else if (given && element.hasChildElements()) {
            element.error("a header has either \"value\", \"expression\" or an XML child, not two of them");
            element.ignore();
        } else if (!given && !block_) {
            element.error("a header needs a \"value\", an \"expression\" or an XML child",
                          "to remove it, write action=\"remove\"");
        }
    }

    void readWithoutName(config::Element& element, const std::string& scope) {
        if (!block_) {
            element.error("a header needs a \"name\"");
        } else if (remove_) {
            element.error("a header to be removed needs a \"name\"");
        } else if (scope == "transport") {
            element.error("a transport header needs a \"name\" and a text");
        }
        target_ = Target::Block;
    }

    bool findAddressing() {
        for (const auto& [known, field] : kAddressing) {
            if (name_ == known) field_ = field;
        }
        return field_ != nullptr;
    }

    void readQualifiedName(config::Element& element, const std::string& scope) {
        target_ = Target::Block;
        prefix_ = xml::prefixOf(name_);
        local_ = xml::localPart(name_);
        if (prefix_.empty()) {
            element.errorAt("name",
                            "header \"" + name_ + "\" needs a prefix: a SOAP header block is in a namespace" +
                                (scope.empty() ? config::didYouMean(name_, addressingNames()) : std::string()),
                            "an HTTP header needs scope=\"transport\"" +
                                std::string(scope == "soap" ? "; To, Action and the like need no scope" : ""));
            return;
        }
        uri_ = element.namespacesInScope().find(prefix_).value_or(std::string_view());
        if (uri_.empty()) {
            element.errorAt("name", "the prefix of header \"" + name_ + "\" is not declared");
        }
    }

    std::optional<std::string> text(MessageContext& context) const {
        return expression_ ? context.evaluateText(*expression_) : std::optional<std::string>(value_);
    }

    void mediateAddressing(MessageContext& context) const {
        std::string_view value;
        if (!remove_) value = expression_ ? context.arena().copy(text(context).value_or("")) : std::string_view(value_);
        context.addressing().*field_ = value;
    }

    void mediateTransport(MessageContext& context) const {
        if (remove_) {
            context.removeProperty(message::Scope::Transport, name_);
        } else if (const auto value = text(context)) {
            context.setHeader(name_, *value);
        }
    }

    void mediateBlock(MessageContext& context) const {
        // Computed first: the expression may need the header as it is.
        std::optional<std::string> value;
        if (!remove_ && !block_) value = text(context);
        xml::Document& envelope = context.envelope();
        if (remove_) {
            removeBlocks(context, envelope);
            return;
        }
        const pugi::xml_node header = message::soap::ensureHeader(envelope);
        if (name_.empty()) {
            xml::importNode(header, block_->root());
        } else {
            appendBlock(header, value);
        }
        envelope.changed();
        context.payload().markEdited();
    }

    void appendBlock(pugi::xml_node header, const std::optional<std::string>& value) const {
        pugi::xml_node block = header.append_child(name_.c_str());
        xml::declare(block, prefix_, uri_);
        if (value) block.text().set(message::xmlText(*value).c_str());
        if (block_) xml::importNode(block, block_->root());
    }

    void removeBlocks(MessageContext& context, xml::Document& envelope) const {
        pugi::xml_node header = message::soap::header(envelope);
        bool any = false;
        while (const pugi::xml_node block = xml::child(header, uri_, local_)) {
            header.remove_child(block);
            any = true;
        }
        if (!any) return;
        envelope.changed();
        context.payload().markEdited();
    }

    Target target_ = Target::Block;
    bool remove_ = false;
    std::string name_;
    AddressingField field_ = nullptr;
    std::string prefix_;
    std::string local_;
    std::string uri_;
    std::string value_;
    std::optional<xml::XPath> expression_;
    std::shared_ptr<xml::Document> block_;  // only read: every message gets a copy
};

const config::Registration<config::MediatorFactory> kRegistration{config::mediatorRegistry(), "header", &Header::make};

}  // namespace

}  // namespace myelin::mediators
