#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/xml/limits.hpp"
#include "engine/xml/namespaces_in_use.hpp"

namespace myelin::xml {

/// One pass over the markup of a document whose bytes are known to be valid UTF-8: see guardDocument(). Used once.
class GuardScan {
public:
    GuardScan(std::string_view text, const XmlLimits& limits, NamespacesInUse& namespaces);
    GuardScan(const GuardScan&) = delete;
    GuardScan& operator=(const GuardScan&) = delete;

    /// False: refused, see takeReason() and offset().
    bool run();
    std::string takeReason() { return std::move(reason_); }
    std::size_t offset() const noexcept { return static_cast<std::size_t>(failedAt_ - begin_); }
    bool namespacesComplete() const noexcept { return namespacesComplete_; }

    struct QName {
        std::string_view prefix;
        std::string_view local;
        std::string_view whole() const noexcept {
            if (prefix.empty()) return local;
            return {prefix.data(), prefix.size() + 1 + local.size()};
        }
    };
    struct Level {
        std::string_view name;
        std::uint32_t bindings;    // number in scope before this element's own
        std::uint32_t attributes;  // on the path before this element's own
    };
    struct Binding {
        std::string_view prefix;
        std::string_view uri;
        bool used;
    };
    struct Attribute {
        QName name;
        std::string_view uri;
    };
    /// Kept by each thread, so that a message costs no allocation.
    struct Scratch {
        std::vector<Level> levels;
        std::vector<Binding> bindings;
        std::vector<Attribute> attributes;
    };

private:
    // Out of line and without temporaries at the call, so that the common path stays short.
    [[gnu::cold, gnu::noinline]] bool fail(const char* at,
                                           const char* reason,
                                           std::string_view name = {},
                                           const char* rest = "");
    bool declaration();
    bool markup();
    bool comment();
    bool cdata();
    bool processingInstruction();
    bool text();
    bool references(const char* from, const char* to);
    bool reference(const char*& at, const char* to);
    bool name(QName& name);
    bool startTag();
    bool endTag();
    bool attributes(bool& empty);
    bool attribute(const QName& name, std::string_view value, bool literal);
    bool declare(const QName& name, std::string_view value, bool literal);
    bool resolve(const QName& element);
    bool duplicates();
    bool duplicatesSorted();
    Binding* find(std::string_view prefix) noexcept;
    void close();

    const char* begin_;
    const char* end_;
    const char* at_;
    const char* ampersand_;  // the next '&' that has not been looked at; end_ when there is none
    const XmlLimits& limits_;
    NamespacesInUse& namespaces_;
    Scratch& scratch_;
    std::string reason_;
    const char* failedAt_;
    std::uint32_t elements_ = 0;
    std::uint32_t attributesOnPath_ = 0;
    bool rootSeen_ = false;
    bool rootClosed_ = false;
    bool namespacesComplete_ = true;
};

}  // namespace myelin::xml
