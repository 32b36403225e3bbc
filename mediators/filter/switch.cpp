#include <memory>
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

/// One of several branches: the first whose regular expression matches an expression's text as a whole
/// (synapse-mediation 4.3).
class Switch final : public message::Mediator {
public:
    static std::unique_ptr<message::Mediator> make(config::Element& element, config::Build& build) {
        auto result = std::make_unique<Switch>();
        element.required("source");
        result->source_ = build.xpath(element, "source");
        for (config::Element& child : element.childrenNamed("case")) {
            auto option = std::make_unique<Case>();
            child.required("regex");
            option->regex = Regex::read(child, "regex");
            option->branch.read(child, build);
            result->cases_.push_back(std::move(option));
        }
        if (auto otherwise = element.child("default")) {
            result->default_ = std::make_unique<Branch>();
            result->default_->read(*otherwise, build);
        }
        if (result->cases_.empty() && !result->default_) {
            element.warning("a switch without <case> and <default> does nothing");
        }
        return result;
    }

    Flow mediate(MessageContext& context) const override {
        if (const auto text = context.evaluateText(*source_)) {
            for (const auto& option : cases_) {
                if (option->regex->matches(*text)) return option->branch.run(context);
            }
        }
        return default_ ? default_->run(context) : Flow::Continue;
    }
    std::string_view name() const noexcept override { return "switch"; }
    message::FlowBounds bounds(message::BoundsQuery& query) const override {
        message::FlowBounds most;
        if (default_) most = default_->bounds(query);
        for (const auto& option : cases_) {
            most = message::FlowBounds::larger(std::move(most), option->branch.bounds(query));
        }
        return most;
    }

private:
    struct Case {
        std::optional<Regex> regex;
        Branch branch;
    };

    std::optional<xml::XPath> source_;
    std::vector<std::unique_ptr<Case>> cases_;  // each at a place of its own: branches must not move
    std::unique_ptr<Branch> default_;
};

const config::Registration<config::MediatorFactory> kRegistration{config::mediatorRegistry(), "switch", &Switch::make};

}  // namespace

}  // namespace myelin::mediators
