#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/xml/encoding.hpp"

namespace myelin::message {

/// A character encoding that messages are sent in. What Myelin writes is UTF-8 until it goes out.
class Charset {
public:
    /// Nothing when the system's iconv does not know it, or when it cannot stand in an XML declaration (EncName).
    static std::optional<Charset> named(std::string_view name);

    /// As it was given: stands in Content-Type and in the XML declaration.
    const std::string& name() const noexcept { return name_; }
    bool isUtf8() const noexcept { return encoding_ == xml::Encoding::Utf8; }
    /// Whether the name means this one.
    bool isNamed(std::string_view name) const;
    bool is(xml::Encoding encoding) const noexcept { return encoding_ == encoding; }

    /// Appends the XML `text` (UTF-8, well-formed) in this encoding behind a declaration that names it, in place of its
    /// own. Characters that the encoding lacks become numeric references; in comments question marks. Throws
    /// MediationFault for names and processing instructions, which cannot hold references. Not for UTF-8.
    void encodeXml(std::string_view text, std::string& out) const;
    /// Appends plain text; question marks for what the encoding lacks.
    void encodeText(std::string_view text, std::string& out) const;

private:
    explicit Charset(std::string name);

    std::string name_;
    std::optional<xml::Encoding> encoding_;  // of those that documents are read in
};

}  // namespace myelin::message
