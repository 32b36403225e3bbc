#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace myelin::xml {

enum class Encoding { Utf8, Utf16LittleEndian, Utf16BigEndian, Latin1, Windows1252, UsAscii };

/// The encoding of that name, in any case; nothing for those that documents may not be in.
std::optional<Encoding> encodingNamed(std::string_view name);

struct DetectedEncoding {
    Encoding encoding = Encoding::Utf8;
    std::size_t markLength = 0;  ///< bytes of the byte order mark
    std::string problem{};       ///< not empty: the document must be refused
};

/// A byte order mark decides; then `charset`, the parameter of the media type (empty when there was none); then the XML
/// declaration; then UTF-8. Encodings other than those of the enumeration are a problem.
DetectedEncoding detectEncoding(std::string_view bytes, std::string_view charset);

/// Appends `bytes` as UTF-8. False at the first sequence that the encoding does not have. Not for Utf8.
bool convertToUtf8(std::string_view bytes, Encoding encoding, std::string& to);

}  // namespace myelin::xml
