#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/config/build.hpp"
#include "engine/message/message_context.hpp"
#include "mediators/branch.hpp"
#include "mediators/regex.hpp"

namespace myelin::mediators {

namespace {

using message::Flow;
using message::MessageContext;

/// Two branches by a condition: an XPath's truth, or an expression's text that has to match a regular expression as a
/// whole (synapse-mediation 4.3).
class Filter final : public message::Mediator {
public:
    static std::unique_ptr<message::Mediator> make(config::Element& element, config::Build& build) {
        auto filter = std::make_unique<Filter>();
        filter->readCondition(element, build);
        filter->readBranches(element, build);
        return filter;
    }

    Flow mediate(MessageContext& context) const override {
        if (holds(context)) return then_.run(context);
        return else_ ? else_->run(context) : Flow::Continue;
    }
    std::string_view name() const noexcept override { return "filter"; }
    message::FlowBounds bounds(message::BoundsQuery& query) const override {
        auto most = then_.bounds(query);
        return else_ ? message::FlowBounds::larger(std::move(most), else_->bounds(query)) : most;
    }

private:
    void readCondition(config::Element& element, config::Build& build) {
        xpath_ = build.xpath(element, "xpath");
        source_ = build.xpath(element, "source");
        regex_ = Regex::read(element, "regex");
        const bool byXPath = element.has("xpath");
        const bool hasSource = element.has("source");
        const bool hasRegex = element.has("regex");
        if (byXPath && (hasSource || hasRegex)) {
            element.error("a filter has either \"xpath\" or \"source\" and \"regex\", not both");
        } else if (!byXPath && !hasSource && !hasRegex) {
            element.error("a filter needs a condition: \"xpath\", or \"source\" and \"regex\"");
        } else if (!byXPath && hasSource != hasRegex) {
            element.error(hasSource ? "a filter with \"source\" needs a \"regex\" too"
                                    : "a filter with \"regex\" needs a \"source\" too");
        }
    }

    void readBranches(config::Element& element, config::Build& build) {
        auto then = element.child("then");
        auto otherwise = element.child("else");
        if (then) then_.read(*then, build);
        if (otherwise) {
            else_ = std::make_unique<Branch>();
            else_->read(*otherwise, build);
            if (!then) otherwise->error("<else> is allowed only beside <then>");
        }
        for (config::Element& child : element.children()) {
            if (child.isNamed("then") || child.isNamed("else")) continue;
            if (then || otherwise) {
                child.error("<" + std::string(child.name()) +
                            "> stands beside <then>; it belongs into it or into <else>");
                child.ignore();
            } else {
                then_.add(child, build);
            }
        }
    }

    bool holds(MessageContext& context) const {
        if (xpath_) return context.evaluateBoolean(*xpath_);
        const auto text = context.evaluateText(*source_);
        return text && regex_->matches(*text);
    }

    std::optional<xml::XPath> xpath_;
    std::optional<xml::XPath> source_;
    std::optional<Regex> regex_;
    Branch then_;
    std::unique_ptr<Branch> else_;
};

const config::Registration<config::MediatorFactory> kRegistration{config::mediatorRegistry(), "filter", &Filter::make};

}  // namespace

}  // namespace myelin::mediators
