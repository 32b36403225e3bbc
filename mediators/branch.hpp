#pragma once

#include <optional>
#include <string_view>

#include "engine/config/build.hpp"
#include "engine/message/mediator.hpp"
#include "engine/xml/xpath.hpp"
#include "mediators/list.hpp"

namespace myelin::mediators {

/// A sequence named by an attribute: by a fixed name, looked up when the configuration is loaded, or by `{expression}`,
/// looked up for each message. Must not move after read().
class SequenceReference {
public:
    SequenceReference() = default;
    SequenceReference(const SequenceReference&) = delete;
    SequenceReference& operator=(const SequenceReference&) = delete;

    /// Nothing happens when the element has no such attribute.
    void read(config::Element& element, std::string_view attribute, config::Build& build);
    bool given() const noexcept { return given_; }

    /// The sequence's result. Throws MediationFault when the computed name is no sequence's, and when computed calls
    /// are nested deeper than kMaximumDepth: no configuration check can see a cycle there.
    message::Flow run(message::MessageContext& context) const;

    /// With a computed name, those of any sequence.
    message::FlowBounds bounds(message::BoundsQuery& query) const;

    static constexpr int kMaximumDepth = 32;

private:
    message::Flow runComputed(message::MessageContext& context) const;

    bool given_ = false;
    const message::Mediator* sequence_ = nullptr;
    std::optional<xml::XPath> name_;
};

/// A branch of a conditional: mediators written there, or a sequence named by the attribute `sequence`.
class Branch {
public:
    /// An element that is the branch.
    void read(config::Element& element, config::Build& build);
    /// One more mediator, for branches that have no element of their own.
    void add(config::Element& element, config::Build& build) { list_.add(element, build); }

    message::Flow run(message::MessageContext& context) const {
        return reference_.given() ? reference_.run(context) : list_.run(context);
    }
    message::FlowBounds bounds(message::BoundsQuery& query) const {
        return reference_.given() ? reference_.bounds(query) : list_.bounds(query);
    }

private:
    SequenceReference reference_;
    MediatorList list_;
};

}  // namespace myelin::mediators
