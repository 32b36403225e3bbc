#include "engine/xml/namespaces_in_use.hpp"

#include "engine/xml/namespaces.hpp"

namespace myelin::xml {

namespace {

// Prefix bindings on the way from the root to the current element.
class Bindings {
public:
    void enter(pugi::xml_node element) {
        marks_.push_back(bindings_.size());
        for (const pugi::xml_attribute a : element.attributes()) {
            const std::string_view name = a.name();
            if (name == "xmlns") {
                bindings_.push_back({{}, a.value()});
            } else if (name.starts_with("xmlns:")) {
                bindings_.push_back({name.substr(6), a.value()});
            }
        }
    }
    void leave() {
        bindings_.resize(marks_.back());
        marks_.pop_back();
    }
    std::string_view find(std::string_view prefix) const noexcept {
        for (auto at = bindings_.rbegin(); at != bindings_.rend(); ++at) {
            if (at->prefix == prefix) return at->uri;
        }
        return prefix == "xml" ? kXmlNamespace : std::string_view{};
    }

private:
    std::vector<NamespacesInUse::Pair> bindings_;
    std::vector<std::size_t> marks_;
};

}  // namespace

void NamespacesInUse::add(std::string_view prefix, std::string_view uri) {
    for (std::size_t i = 0; i < count_; ++i) {
        if (pairs_[i].prefix == prefix && pairs_[i].uri == uri) return;
    }
    if (prefix.empty()) defaultNamespaceUsed_ = true;
    if (count_ == kMaxPairs) {
        tooMany_ = true;
        return;
    }
    pairs_[count_++] = {prefix, uri};
}

void NamespacesInUse::clear() noexcept {
    count_ = 0;
    tooMany_ = defaultNamespaceUsed_ = elementWithoutNamespace_ = false;
    owned_.clear();
}

void NamespacesInUse::collect(pugi::xml_node root) {
    clear();
    owned_.reserve(2 * kMaxPairs);
    const auto use = [this](std::string_view prefix, std::string_view uri) {
        const std::size_t before = count_;
        add(prefix, uri);
        if (count_ == before) return;
        pairs_[before].prefix = owned_.emplace_back(prefix);
        pairs_[before].uri = owned_.emplace_back(uri);
    };

    Bindings bindings;
    pugi::xml_node node = root;
    while (node) {
        if (node.type() == pugi::node_element) {
            bindings.enter(node);
            const std::string_view prefix = prefixOf(node.name());
            const std::string_view uri = bindings.find(prefix);
            // A prefix without a binding (a tree built carelessly) is in no namespace for namespace-uri().
            if (uri.empty() && prefix.empty())
                elementWithoutNamespace();
            else
                use(prefix, uri);
            for (const pugi::xml_attribute a : node.attributes()) {
                const std::string_view attributePrefix = prefixOf(a.name());
                if (attributePrefix.empty() || attributePrefix == "xmlns") continue;
                use(attributePrefix, bindings.find(attributePrefix));
            }
        }
        if (node.type() == pugi::node_element && node.first_child()) {
            node = node.first_child();
            continue;
        }
        if (node.type() == pugi::node_element) bindings.leave();
        while (node != root && !node.next_sibling()) {
            node = node.parent();
            bindings.leave();
        }
        if (node == root) return;
        node = node.next_sibling();
    }
}

NamespacesInUse::Choice NamespacesInUse::spelling(std::string_view uri) const noexcept {
    if (tooMany_) return {};
    if (uri.empty()) {
        for (std::size_t i = 0; i < count_; ++i) {
            if (pairs_[i].uri.empty()) return {};
        }
        if (defaultNamespaceUsed_) return elementWithoutNamespace_ ? Choice{} : Choice{Spelling::Absent, {}};
        return {Spelling::Prefix, {}};
    }
    const Pair* found = nullptr;
    for (std::size_t i = 0; i < count_; ++i) {
        if (pairs_[i].uri != uri) continue;
        if (found) return {};
        found = &pairs_[i];
    }
    if (!found) return {Spelling::Absent, {}};
    for (std::size_t i = 0; i < count_; ++i) {
        if (&pairs_[i] != found && pairs_[i].prefix == found->prefix) return {};
    }
    if (found->prefix.empty() && elementWithoutNamespace_) return {};
    return {Spelling::Prefix, found->prefix};
}

}  // namespace myelin::xml
