#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "engine/base/strings.hpp"
#include "engine/config/diagnostics.hpp"
#include "engine/config/source.hpp"
#include "engine/config/substitution.hpp"
#include "engine/xml/namespaces.hpp"

namespace myelin::config {

inline constexpr std::string_view kSynapseNamespace = "http://ws.apache.org/ns/synapse";

/// An element of a configuration file: the only way in which a factory reads XML. Whatever a factory does not ask for
/// is reported by finish() as an error with its place and the nearest name that was asked for. So: first read all that
/// the grammar knows, then judge.
///
/// A handle: cheap to copy, valid while its SourceFile and Diagnostics live. Errors are collected, not thrown; readers
/// return the default after reporting one, so that reading goes on and finds the next.
///
/// Attribute values and text are read with `$SYSTEM:NAME` (the whole value) and `${ENV:NAME}` (anywhere) replaced by
/// the environment's; an unset name is an error. In the body of a template that is being used, the parameters of the
/// template come first.
class Element {
public:
    /// What children() and child() return: elements of Synapse's namespace only, or any with the local name (Synapse
    /// finds the `match`, `equal`, `and`, `or`, `not` of conditions so).
    enum class Namespaces { Synapse, Any };

    /// With a `substitution` it is read, and all that it opens, as part of a template's body.
    Element(pugi::xml_node node,
            SourceFile& file,
            Diagnostics& diagnostics,
            const Substitution* substitution = nullptr);
    /// The same element, to be read for one use of the template whose body it is.
    Element within(const Substitution& substitution) const { return {node_, *file_, *diagnostics_, &substitution}; }

    std::string_view name() const noexcept;  ///< local name
    std::string namespaceUri() const;
    bool isNamed(std::string_view localName) const noexcept { return name() == localName; }
    /// Of the start tag, of an attribute's name, of an attribute's value.
    Place place() const;
    Place placeOf(std::string_view attribute) const;
    Place placeOfValue(std::string_view attribute) const;

    /// The value as written, blanks included. Nothing when the attribute is absent.
    std::optional<std::string> attribute(std::string_view name) const;
    std::string attribute(std::string_view name, std::string_view otherwise) const;
    bool has(std::string_view name) const;
    /// Reports when it is absent or blank, and returns "".
    std::string required(std::string_view name) const;

    /// `true` or `false` in any case.
    bool boolean(std::string_view name, bool otherwise) const;
    template <typename T>
    T integer(std::string_view name,
              std::type_identity_t<T> least,
              std::type_identity_t<T> most,
              std::type_identity_t<T> otherwise) const;
    double decimal(std::string_view name, double least, double most, double otherwise) const;
    /// A whole number of milliseconds.
    std::chrono::milliseconds milliseconds(std::string_view name,
                                           std::chrono::milliseconds least,
                                           std::chrono::milliseconds most,
                                           std::chrono::milliseconds otherwise) const;
    /// One of the names, in any case; returned as `allowed` spells it.
    std::string choice(std::string_view name,
                       const std::vector<std::string_view>& allowed,
                       std::string_view otherwise) const;
    template <typename E>
    E choice(std::string_view name,
             std::initializer_list<std::pair<std::string_view, std::type_identity_t<E>>> allowed,
             E otherwise) const;

    /// Trimmed text content, CDATA included. Child elements in it are an error.
    std::string text() const;
    /// The same text as a number (`<duration>5000</duration>`); empty or wrong text is an error.
    template <typename T>
    T textAsInteger(std::type_identity_t<T> least,
                    std::type_identity_t<T> most,
                    std::type_identity_t<T> otherwise) const;
    double textAsDecimal(double least, double most, double otherwise) const;

    /// All element children. The caller takes care of every one of them: it reads it, or reports it as unknown().
    std::vector<Element> children(Namespaces namespaces = Namespaces::Synapse) const;
    std::vector<Element> childrenNamed(std::string_view name, Namespaces namespaces = Namespaces::Synapse) const;
    /// The first one of that name. Synapse ignores further ones; they are warned of.
    std::optional<Element> child(std::string_view name, Namespaces namespaces = Namespaces::Synapse) const;
    /// The same; reports when there is none.
    std::optional<Element> requiredChild(std::string_view name) const;
    bool hasChildElements() const noexcept;

    /// The first one of that name; or, only when the file is read to be shown, an empty one in its place, so that the
    /// defaults that are read from it are shown. For elements that mean the same when they are empty and when they are
    /// absent.
    std::optional<Element> childOrImplied(std::string_view name) const;

    /// For `myelin show`, where the reader cannot know it: what an attribute comes to, be it written or left out.
    void resolved(std::string_view attribute, std::string_view value) const;
    /// The same for the text of a child that is absent or empty.
    void resolvedChild(std::string_view name, std::string_view text) const;
    /// The element is left out, for others that were resolved() say the same.
    void superseded() const;
    /// The same as resolved() for the element's own name, where it has several spellings.
    void resolvedName(std::string_view name) const;

    /// Grammar that is Myelin's and not Synapse's. Silent, except under `myelin check --strict-synapse`, which reports
    /// each use as an error: `Synapse has no attribute "repeatable" on <endpoint>`. A factory calls it after it has
    /// read what it marks, and describes the addition in its folder's README.md.
    ///
    /// An attribute; nothing is reported when it is absent.
    void beyondSynapse(std::string_view attribute) const;
    /// The element itself: `Synapse has no <dns> in <membershipHandler>`.
    void beyondSynapse() const;
    /// Something else about an attribute's value, or about the element when `attribute` is empty, in words that are
    /// true: `Synapse refuses the spelling <loadBalance>`.
    void beyondSynapse(std::string_view attribute, std::string what, std::string help = {}) const;

    /// For inline payloads: the node as it is. Nothing beneath it is checked.
    pugi::xml_node rawNode() const;
    /// The first child element of any namespace as an inline payload, null when there is none.
    pugi::xml_node inlineXml() const;
    /// The prefixes that an XPath in this element may use.
    xml::NamespaceMap namespacesInScope() const { return xml::NamespaceMap::inScope(node_); }

    void error(std::string what, std::string help = {}) const;
    void warning(std::string what, std::string help = {}) const;
    /// At an attribute's value.
    void errorAt(std::string_view attribute, std::string what, std::string help = {}) const;
    void warningAt(std::string_view attribute, std::string what, std::string help = {}) const;

    /// Reports this element as one that its parent does not know, with the nearest of `known`, and leaves the subtree
    /// alone. Without a near one, `help` says more, or else the known names are listed when they are few.
    void unknown(const std::vector<std::string_view>& known, std::string help = {}) const;
    /// Leaves the subtree alone, for it has no effect: nothing in it is reported by finish(), and `myelin show` leaves
    /// it out.
    void ignore() const;

    /// The same; `myelin show` writes a comment in its place, which says `why`.
    void leaveOut(std::string why) const;

    /// Reports all that nobody asked for, here and below. Called once reading is done, by whoever gave the element to
    /// a factory; a second call for the same element does nothing.
    void finish() const;

    /// For show; factories never look at it.
    pugi::xml_node node() const noexcept { return node_; }

    Diagnostics& diagnostics() const noexcept { return *diagnostics_; }
    SourceFile& file() const noexcept { return *file_; }

private:
    ElementUsage& usage() const { return file_->usage(node_); }
    Element open(pugi::xml_node child) const;
    Place located(Place place) const;
    Element imply(std::string_view name) const;
    bool belongs(pugi::xml_node child, Namespaces namespaces) const;
    /// The body of a template is shown as it was written, whatever is given to it.
    bool recorded() const noexcept { return file_->recorded() && !substitution_; }
    /// Without any claim about what its absence means; attribute() makes one.
    std::optional<std::string> read(std::string_view name) const;
    void given(std::string_view name, std::string_view value) const;
    void otherwiseGiven(std::string_view name, std::string_view value) const;
    std::string expand(std::string value, const Place& place) const;
    void notANumber(std::string_view subject,
                    const Place& place,
                    std::string_view value,
                    std::string_view what,
                    const std::string& least,
                    const std::string& most) const;
    double checkedDecimal(std::string_view subject,
                          const Place& place,
                          std::string_view value,
                          double least,
                          double most,
                          double otherwise) const;
    /// Whether an upper bound is only that of its type, which says nothing to a user.
    template <typename T>
    static constexpr bool isOpen(T most) noexcept {
        return sizeof(T) >= sizeof(std::int32_t) && most == std::numeric_limits<T>::max();
    }
    void wrongChoice(std::string_view name, std::string_view value, const std::vector<std::string_view>& allowed) const;
    void finishAttributes() const;
    void finishChildren() const;
    Place placeOfText() const;
    std::string subjectOf(std::string_view attribute) const;
    std::string subjectOfText() const;

    pugi::xml_node node_;
    SourceFile* file_;
    Diagnostics* diagnostics_;
    const Substitution* substitution_;
};

/// `name` as it stands in a message: "did you mean ..." for the nearest of `known`, or "".
std::string didYouMean(std::string_view name,
                       const std::vector<std::string_view>& known,
                       std::string_view before = "\"",
                       std::string_view after = "\"");

template <typename T>
T Element::integer(std::string_view name,
                   std::type_identity_t<T> least,
                   std::type_identity_t<T> most,
                   std::type_identity_t<T> otherwise) const {
    static_assert(std::is_integral_v<T>);
    const auto value = read(name);
    if (!value) {
        if (otherwise >= least && otherwise <= most) otherwiseGiven(name, std::to_string(otherwise));
        return otherwise;
    }
    const auto number = base::parseNumber<T>(base::trim(*value));
    if (number && *number >= least && *number <= most) {
        given(name, std::to_string(*number));
        return *number;
    }
    notANumber(subjectOf(name),
               placeOfValue(name),
               *value,
               "a whole number",
               std::to_string(least),
               isOpen(most) ? "" : std::to_string(most));
    return otherwise;
}

template <typename T>
T Element::textAsInteger(std::type_identity_t<T> least,
                         std::type_identity_t<T> most,
                         std::type_identity_t<T> otherwise) const {
    static_assert(std::is_integral_v<T>);
    const std::string value = text();
    const auto number = base::parseNumber<T>(value);
    if (number && *number >= least && *number <= most) return *number;
    notANumber(subjectOfText(),
               placeOfText(),
               value,
               "a whole number",
               std::to_string(least),
               isOpen(most) ? "" : std::to_string(most));
    return otherwise;
}

template <typename E>
E Element::choice(std::string_view name,
                  std::initializer_list<std::pair<std::string_view, std::type_identity_t<E>>> allowed,
                  E otherwise) const {
    std::vector<std::string_view> names;
    std::string_view nameOfOtherwise;
    for (const auto& entry : allowed) {
        names.push_back(entry.first);
        if (entry.second == otherwise && nameOfOtherwise.empty()) nameOfOtherwise = entry.first;
    }
    const std::string chosen = choice(name, names, nameOfOtherwise);
    for (const auto& entry : allowed) {
        if (entry.first == chosen) return entry.second;
    }
    return otherwise;
}

}  // namespace myelin::config
