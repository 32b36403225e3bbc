#include <algorithm>

#include "engine/xml/byte_scan.hpp"
#include "engine/xml/guard_scan.hpp"
#include "engine/xml/namespaces.hpp"

namespace myelin::xml {

namespace {

// Up to this many attributes, comparing each with each is cheaper than sorting.
constexpr std::size_t kFewAttributes = 16;

}  // namespace

inline bool GuardScan::name(QName& name) {
    // The zero bytes behind the text end every search.
    const char* start = at_;
    if (!has(*at_, kNameStart)) return fail(at_, "a name is expected here");
    at_ = findNameEnd(at_);
    if (*at_ != ':') {
        name = {{}, {start, static_cast<std::size_t>(at_ - start)}};
    } else {
        const std::string_view prefix(start, static_cast<std::size_t>(at_ - start));
        const char* const local = ++at_;
        if (!has(*at_, kNameStart)) return fail(start, "a name with an empty local part");
        at_ = findNameEnd(at_);
        if (*at_ == ':') return fail(start, "a name with two colons");
        name = {prefix, {local, static_cast<std::size_t>(at_ - local)}};
    }
    if (static_cast<std::size_t>(at_ - start) > limits_.token) return fail(start, "name too long");
    return true;
}

bool GuardScan::startTag() {
    const char* const start = at_;
    if (rootClosed_) return fail(start, "a second root element");
    if (++elements_ > limits_.elements) return fail(start, "too many elements");
    if (scratch_.levels.size() >= limits_.depth) return fail(start, "elements nested too deeply");
    rootSeen_ = true;

    ++at_;
    QName element;
    if (!name(element)) return false;
    scratch_.levels.push_back(
        {element.whole(), static_cast<std::uint32_t>(scratch_.bindings.size()), attributesOnPath_});
    bool empty = false;
    if (!attributes(empty)) return false;
    if (!resolve(element)) return false;
    if (empty) close();
    return true;
}

void GuardScan::close() {
    const Level& level = scratch_.levels.back();
    while (scratch_.bindings.size() > level.bindings) scratch_.bindings.pop_back();
    attributesOnPath_ = level.attributes;
    scratch_.levels.pop_back();
    rootClosed_ = scratch_.levels.empty();
}

bool GuardScan::endTag() {
    const char* const start = at_;
    if (scratch_.levels.empty()) return fail(start, "end tag without a start tag");
    const std::string_view expected = scratch_.levels.back().name;
    at_ += 2;
    if (static_cast<std::size_t>(end_ - at_) < expected.size() || !sameBytes(at_, expected.data(), expected.size()) ||
        has(at_[expected.size()], kNameChar) || at_[expected.size()] == ':') {
        return fail(start, "end tag does not match <", expected, ">");
    }
    at_ += expected.size();
    while (has(*at_, kSpace)) ++at_;
    if (*at_ != '>') return fail(at_, "'>' is expected at the end of an end tag");
    ++at_;
    close();
    return true;
}

bool GuardScan::attributes(bool& empty) {
    scratch_.attributes.clear();
    std::uint32_t count = 0;
    for (;;) {
        const char* const before = at_;
        while (has(*at_, kSpace)) ++at_;
        if (*at_ == '>') {
            ++at_;
            break;
        }
        if (*at_ == '/' && at_[1] == '>') {
            at_ += 2;
            empty = true;
            break;
        }
        if (at_ >= end_) return fail(end_, "the document ends inside a tag");
        if (at_ == before) return fail(at_, "white space or the end of the tag is expected here");

        const char* const start = at_;
        QName attributeName;
        if (!name(attributeName)) return false;
        while (has(*at_, kSpace)) ++at_;
        if (*at_ != '=') return fail(start, "attribute without a value");
        ++at_;
        while (has(*at_, kSpace)) ++at_;
        const char quote = *at_;
        if (quote != '"' && quote != '\'') return fail(at_, "attribute value without quotes");
        const char* const value = ++at_;
        // References and white space make the value another text than stands here.
        bool literal = true;
        while (*(at_ = findInValue(at_, quote)) != quote) {
            if (*at_ == '<') return fail(at_, "'<' inside an attribute value");
            if (at_ >= end_) return fail(end_, "attribute value without an end");
            literal = false;
            ++at_;
        }
        const auto length = static_cast<std::size_t>(at_ - value);
        if (length > limits_.token) return fail(value, "attribute value too long");
        if (ampersand_ < at_ && !references(value, at_)) return false;
        ++at_;
        if (++count > limits_.attributes) return fail(start, "too many attributes");
        if (!attribute(attributeName, {value, length}, literal)) return false;
    }
    attributesOnPath_ += count;
    if (attributesOnPath_ > limits_.attributesOnPath) return fail(at_ - 1, "too many attributes on nested elements");
    return true;
}

bool GuardScan::attribute(const QName& name, std::string_view value, bool literal) {
    if (name.prefix == "xmlns" || (name.prefix.empty() && name.local == "xmlns")) return declare(name, value, literal);
    scratch_.attributes.push_back({name, {}});
    return true;
}

bool GuardScan::declare(const QName& name, std::string_view value, bool literal) {
    const std::string_view prefix = name.prefix.empty() ? std::string_view{} : name.local;
    const char* const at = name.whole().data();
    if (prefix == "xmlns") return fail(at, "prefix xmlns must not be declared");
    if ((prefix == "xml") != (value == kXmlNamespace)) return fail(at, "prefix xml and its namespace belong together");
    if (value == kXmlnsNamespace) return fail(at, "the namespace of declarations must not be bound");
    if (value.empty() && !prefix.empty()) return fail(at, "prefix ", prefix, " bound to no namespace");
    for (std::size_t i = scratch_.levels.back().bindings; i < scratch_.bindings.size(); ++i) {
        if (scratch_.bindings[i].prefix == prefix) return fail(at, "attribute ", name.whole(), " twice");
    }
    if (!literal) namespacesComplete_ = false;
    scratch_.bindings.push_back({prefix, value, false});
    return true;
}

GuardScan::Binding* GuardScan::find(std::string_view prefix) noexcept {
    for (std::size_t i = scratch_.bindings.size(); i-- > 0;) {
        Binding& binding = scratch_.bindings[i];
        if (binding.prefix.size() != prefix.size()) continue;
        if (prefix.empty() || sameBytes(binding.prefix.data(), prefix.data(), prefix.size())) return &binding;
    }
    return nullptr;
}

bool GuardScan::resolve(const QName& element) {
    const auto use = [this](Binding& binding) {
        if (binding.used) return;
        binding.used = true;
        namespaces_.add(binding.prefix, binding.uri);
    };
    if (Binding* binding = find(element.prefix)) {
        if (binding->uri.empty())
            namespaces_.elementWithoutNamespace();
        else
            use(*binding);
    } else if (element.prefix.empty()) {
        namespaces_.elementWithoutNamespace();
    } else if (element.prefix == "xml") {
        namespaces_.add("xml", kXmlNamespace);
    } else {
        return fail(element.prefix.data(), "prefix ", element.prefix, " is not declared");
    }
    for (Attribute& a : scratch_.attributes) {
        if (a.name.prefix.empty()) continue;
        if (Binding* binding = find(a.name.prefix)) {
            use(*binding);
            a.uri = binding->uri;
        } else if (a.name.prefix == "xml") {
            namespaces_.add("xml", kXmlNamespace);
            a.uri = kXmlNamespace;
        } else {
            return fail(a.name.prefix.data(), "prefix ", a.name.prefix, " is not declared");
        }
    }
    if (scratch_.attributes.size() < 2) return true;
    return scratch_.attributes.size() <= kFewAttributes ? duplicates() : duplicatesSorted();
}

bool GuardScan::duplicates() {
    const auto& list = scratch_.attributes;
    for (std::size_t i = 1; i < list.size(); ++i) {
        for (std::size_t k = 0; k < i; ++k) {
            if (list[i].name.local == list[k].name.local && list[i].uri == list[k].uri) {
                return fail(list[i].name.whole().data(), "attribute ", list[i].name.whole(), " twice");
            }
        }
    }
    return true;
}

bool GuardScan::duplicatesSorted() {
    auto& list = scratch_.attributes;
    std::sort(list.begin(), list.end(), [](const Attribute& a, const Attribute& b) {
        const int order = a.name.local.compare(b.name.local);
        return order != 0 ? order < 0 : a.uri < b.uri;
    });
    const auto twice = std::adjacent_find(list.begin(), list.end(), [](const Attribute& a, const Attribute& b) {
        return a.name.local == b.name.local && a.uri == b.uri;
    });
    if (twice == list.end()) return true;
    return fail(twice->name.whole().data(), "attribute ", twice->name.whole(), " twice");
}

}  // namespace myelin::xml
