#include "endpoints/url_recipients.hpp"

#include <algorithm>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "endpoints/by_scheme.hpp"
#include "endpoints/leaf.hpp"
#include "endpoints/scatter.hpp"
#include "endpoints/url.hpp"
#include "engine/base/strings.hpp"
#include "engine/message/fault.hpp"
#include "engine/message/message_context.hpp"
#include "engine/runtime/loop.hpp"

namespace myelin::endpoints {

namespace {

/// The health of the URLs used last; survives a reload.
class RecentHealth {
public:
    std::shared_ptr<LeafState> of(const std::string& url, std::size_t kept) {
        const std::lock_guard lock(mutex_);
        const auto found =
            std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) { return entry.first == url; });
        if (found != entries_.end()) {
            entries_.splice(entries_.begin(), entries_, found);
        } else {
            entries_.emplace_front(url, std::make_shared<LeafState>());
            while (entries_.size() > kept) entries_.pop_back();
        }
        return entries_.front().second;
    }

private:
    using Entry = std::pair<std::string, std::shared_ptr<LeafState>>;
    std::mutex mutex_;
    std::list<Entry> entries_;  // the latest in front
};

class UrlLeaf final : public LeafEndpoint {
public:
    UrlLeaf(LeafDefinition definition, std::shared_ptr<LeafState> state, std::string url)
        : LeafEndpoint(std::move(definition), std::move(state)), url_(std::move(url)) {}

protected:
    Target target(message::MessageContext& context, runtime::Deadline) const override {
        return targetAt(context.arena().copy(url_), "the recipient");
    }
    std::string_view kind() const noexcept override { return "Address endpoint"; }

private:
    std::string url_;
};

std::vector<std::string> splitUrls(std::string_view text) {
    std::vector<std::string> urls;
    for (const std::string_view part : base::split(text, ",")) {
        if (const auto url = base::trim(part); !url.empty()) urls.emplace_back(url);
    }
    return urls;
}

class UrlRecipients final : public message::Endpoint {
public:
    UrlRecipients(GroupEndpoint::Options options,
                  std::optional<xml::XPath> expression,
                  std::vector<std::string> urls,
                  std::shared_ptr<RecentHealth> health,
                  std::size_t kept,
                  base::Milliseconds longestAttempt)
        : options_(std::move(options)),
          expression_(std::move(expression)),
          urls_(std::move(urls)),
          health_(std::move(health)),
          kept_(kept),
          longestAttempt_(longestAttempt) {}

    message::SendOutcome send(message::MessageContext& context,
                              http::ClientResponse&,
                              runtime::Deadline deadline) const override {
        std::vector<std::string> computed;
        if (expression_) computed = splitUrls(context.evaluateText(*expression_).value_or(std::string()));
        const auto& urls = expression_ ? computed : urls_;
        if (urls.size() > kMostRecipients) return tooMany(urls.size());
        std::vector<Recipient> recipients;
        std::string down;
        const auto now = runtime::now();
        for (const std::string& url : urls) {
            auto leaf = leafFor(url);
            if (leaf->ready(now)) {
                const auto* endpoint = leaf.get();
                recipients.push_back({endpoint, std::move(leaf)});
            } else {
                down += (down.empty() ? "" : ", ") + leaf->condition(now);
            }
        }
        if (recipients.empty() && !urls.empty()) return noReadyChild(kRecipientListKind, options_.name, down);
        return scatter(std::move(recipients), options_.properties, name(), context, deadline);
    }
    bool ready(runtime::TimePoint) const noexcept override { return true; }
    std::string_view name() const noexcept override {
        return options_.name.empty() ? options_.identity : options_.name;
    }
    message::Bounds bounds() const noexcept override { return {answers(), longestAttempt_}; }
    std::size_t answers() const noexcept override { return expression_ ? kMostRecipients : urls_.size(); }

private:
    std::shared_ptr<const message::Endpoint> leafFor(const std::string& url) const {
        LeafDefinition definition;
        definition.name = std::string(name()) + " recipient " + url;
        definition.position.inGroup = true;
        definition.longestAttempt = longestAttempt_;
        return std::make_shared<const UrlLeaf>(std::move(definition), health_->of(url, kept_), url);
    }

    message::SendOutcome tooMany(std::size_t count) const {
        message::SendOutcome outcome;
        outcome.code = message::error_code::kMediation;
        outcome.status = 500;
        outcome.conclusive = true;
        outcome.text = std::string(kRecipientListKind) + " : " + std::string(name()) + " - too many recipients";
        outcome.detail =
            outcome.text + ": " + std::to_string(count) + ", the most is " + std::to_string(kMostRecipients);
        return outcome;
    }

    GroupEndpoint::Options options_;
    std::optional<xml::XPath> expression_;
    std::vector<std::string> urls_;
    std::shared_ptr<RecentHealth> health_;
    std::size_t kept_;
    base::Milliseconds longestAttempt_;
};

}  // namespace

std::unique_ptr<message::Endpoint> makeUrlRecipients(GroupEndpoint::Options options,
                                                     config::Element& element,
                                                     const config::EndpointPosition& position,
                                                     config::Build& build) {
    auto value = build.value(element, "value");
    if (!element.has("value")) {
        element.error("<endpoints> needs a value", R"(write value="http://a,http://b" or value="{xpath}")");
    }
    const auto kept = element.integer<std::uint32_t>("max-cache", 1, 100'000, 20);
    auto urls = splitUrls(value.text);
    for (const auto& url : urls) {
        if (const auto parsed = parseUrl(url); !parsed.ok()) {
            element.errorAt("value", "\"" + url + "\" cannot be sent to: " + parsed.error);
        }
    }
    if (urls.size() > kMostRecipients) {
        element.errorAt("value", "more than " + std::to_string(kMostRecipients) + " recipients");
    }
    if (!value.expression && urls.empty() && element.has("value")) {
        element.warningAt("value", "the recipient list names nobody, so nothing will be sent");
    }
    return std::make_unique<UrlRecipients>(std::move(options),
                                           std::move(value.expression),
                                           std::move(urls),
                                           build.states().get<RecentHealth>(position.identity),
                                           kept,
                                           std::min(build.options().longestAttempt, build.options().globalTimeout));
}

}  // namespace myelin::endpoints
