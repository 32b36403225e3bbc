#pragma once

#include <cstdint>
#include <memory>
#include <memory_resource>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/base/arena.hpp"
#include "engine/xml/document.hpp"

namespace myelin::message {

/// Synapse's property scopes. Transport is not a map of its own: it is the header fields of the current message.
enum class Scope { Default, Axis2, Axis2Client, Transport, Operation };

/// The scope of that name, or nothing: "default", "synapse", "axis2", "axis2-client", "transport", "operation".
std::optional<Scope> scopeNamed(std::string_view name) noexcept;

/// The value of a property. Text is a view: into the request's arena or into the configuration.
using PropertyValue =
    std::variant<std::monostate, std::string_view, bool, std::int64_t, double, std::shared_ptr<xml::Document>>;

/// As Synapse prints it: text as it is, "true"/"false", numbers, XML serialised.
std::string toText(const PropertyValue& value);

/// A small map by name, in one request's arena.
class Properties {
public:
    explicit Properties(base::Arena& arena) : arena_(&arena), entries_(&arena.resource()) {}

    /// Copies name and text into the arena.
    void set(std::string_view name, const PropertyValue& value);
    /// Like set(), for text that outlives the request (configuration, string literals): nothing is copied.
    void setStatic(std::string_view name, PropertyValue value);
    void remove(std::string_view name);
    void clear() noexcept;
    /// Null when there is none.
    const PropertyValue* get(std::string_view name) const noexcept;
    /// The value as text, or empty: enough for the engine's own properties, which are text.
    std::string_view text(std::string_view name) const noexcept;
    /// Whether it is there and true, or the text "true" in any case.
    bool isTrue(std::string_view name) const noexcept;
    /// All of `other`, for a response that inherits from its request. Shares the text: both belong to one exchange.
    void inherit(const Properties& other);

    struct Entry {
        std::string_view name;
        PropertyValue value;
    };
    const Entry* begin() const noexcept { return entries_.data(); }
    const Entry* end() const noexcept { return entries_.data() + entries_.size(); }

private:
    base::Arena* arena_;
    std::pmr::vector<Entry> entries_;
};

}  // namespace myelin::message
