#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/strings.hpp"
#include "engine/config/build.hpp"
#include "engine/message/message_context.hpp"
#include "engine/message/soap.hpp"
#include "engine/observe/log.hpp"
#include "engine/xml/guard.hpp"
#include "engine/xml/namespaces.hpp"
#include "engine/xml/writer.hpp"

namespace myelin::mediators {

namespace {

using message::Flow;
using message::MessageContext;
using observe::Level;

constexpr std::size_t kLoggedBytes = 16 * 1024;  // of a body that is no XML

/// Writes a line about the message, in Synapse's words (synapse-mediation 4.2), under the name of the artifact it
/// stands in. A line whose category is not logged costs nothing: no expression is evaluated, no body read.
class Log final : public message::Mediator {
public:
    static std::unique_ptr<message::Mediator> make(config::Element& element, config::Build& build) {
        auto log = std::make_unique<Log>();
        log->source_ = "mediation " + build.artifact();
        log->separator_ = element.attribute("separator", ", ");
        log->readDetail(element);
        log->category_ = element.choice<Level>("category",
                                               {{"INFO", Level::Info},
                                                {"TRACE", Level::Trace},
                                                {"DEBUG", Level::Debug},
                                                {"WARN", Level::Warning},
                                                {"ERROR", Level::Error},
                                                {"FATAL", Level::Fatal}},
                                               Level::Info);
        for (config::Element& property : element.childrenNamed("property")) log->readProperty(property, build);
        return log;
    }

    Flow mediate(MessageContext& context) const override {
        if (!observe::enabled(category_)) return Flow::Continue;
        std::string line;
        if (detail_ == Detail::Simple || detail_ == Detail::Full) appendAddressing(line, context);
        if (detail_ == Detail::Headers) appendHeaders(line, context);
        appendProperties(line, context);
        if (detail_ == Detail::Full) {
            appendBody(line, context);
        }
        observe::log(category_, source_, line);
        return Flow::Continue;
    }
    std::string_view name() const noexcept override { return "log"; }

private:
    enum class Detail { Simple, Headers, Full, Custom };

    struct Property {
        std::string name;
        std::string value;
        std::optional<xml::XPath> expression;
    };

    void readDetail(config::Element& element) {
        static constexpr std::array<std::pair<std::string_view, Detail>, 4> kDetails{{{"simple", Detail::Simple},
                                                                                      {"headers", Detail::Headers},
                                                                                      {"full", Detail::Full},
                                                                                      {"custom", Detail::Custom}}};
        const auto level = element.attribute("level");
        if (!level) return;
        for (const auto& [name, detail] : kDetails) {
            if (base::equalsIgnoreCase(*level, name)) {
                detail_ = detail;
                return;
            }
        }
        element.warningAt("level",
                          "unknown level \"" + *level + "\"; \"simple\" is used" +
                              config::didYouMean(*level, {"simple", "headers", "full", "custom"}),
                          "the levels are simple, headers, full and custom");
    }

    void readProperty(config::Element& element, config::Build& build) {
        Property property;
        property.name = element.required("name");
        const auto value = element.attribute("value");
        property.value = value.value_or("");
        property.expression = build.xpath(element, "expression");
        if (value.has_value() == element.has("expression")) {
            element.error(value ? "a log property has either \"value\" or \"expression\", not both"
                                : "a log property needs \"value\" or \"expression\"");
        }
        properties_.push_back(std::move(property));
    }

    std::string& separate(std::string& line) const {
        if (!line.empty()) line += separator_;
        return line;
    }

    void appendPart(std::string& line, std::string_view title, std::string_view value) const {
        if (value.empty()) return;
        separate(line) += title;
        line += value;
    }

    void appendAddressing(std::string& line, MessageContext& context) const {
        const message::Addressing& addressing = context.addressing();
        line += "To: ";
        line += addressing.to;
        appendPart(line, "From: ", addressing.from);
        appendPart(line, "WSAction: ", addressing.action);
        appendPart(line, "SOAPAction: ", addressing.action);
        appendPart(line, "ReplyTo: ", addressing.replyTo);
        appendPart(line, "MessageID: ", addressing.messageId);
        appendPart(line, "Direction: ", context.isResponse() ? "response" : "request");
    }

    void appendHeaders(std::string& line, MessageContext& context) const {
        const pugi::xml_node header = message::soap::header(context.envelope());
        for (pugi::xml_node block = xml::firstElement(header); block; block = xml::nextElement(block)) {
            separate(line) += xml::localName(block);
            line += " : ";
            line += block.text().get();
        }
    }

    /// The envelope view, or, of a body that is no XML, its text. What cannot be read is told, not a reason to fail.
    void appendBody(std::string& line, MessageContext& context) const {
        const message::Payload& payload = context.payload();
        const bool raw = payload.kind() == message::ContentKind::Json || payload.kind() == message::ContentKind::Opaque;
        if (!raw || payload.empty()) {
            separate(line) += "Envelope: ";
            xml::write(context.envelope().tree(), line);
            return;
        }
        separate(line) += "Payload: ";
        if (!payload.readable()) {
            line += "(compressed, too large, or sent on)";
            return;
        }
        const std::string_view bytes = context.payload().bytes(context.deadline());
        if (payload.kind() == message::ContentKind::Opaque && xml::firstInvalidUtf8(bytes) != std::string_view::npos) {
            line += "(" + std::to_string(bytes.size()) + " bytes of " + std::string(context.mediaType()) + ")";
            return;
        }
        line += bytes.substr(0, kLoggedBytes);
        if (bytes.size() > kLoggedBytes) line += "... (" + std::to_string(bytes.size()) + " bytes)";
    }

    void appendProperties(std::string& line, MessageContext& context) const {
        for (const Property& property : properties_) {
            separate(line) += property.name;
            line += " = ";
            line += property.expression ? context.evaluateText(*property.expression).value_or("null") : property.value;
        }
    }

    std::string source_;
    std::string separator_;
    Detail detail_ = Detail::Simple;
    Level category_ = Level::Info;
    std::vector<Property> properties_;
};

const config::Registration<config::MediatorFactory> kRegistration{config::mediatorRegistry(), "log", &Log::make};

}  // namespace

}  // namespace myelin::mediators
