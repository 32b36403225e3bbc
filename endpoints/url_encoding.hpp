#pragma once

#include <string>
#include <string_view>

namespace myelin::endpoints {

/// Appends `text` with every byte percent-encoded that is not unreserved (RFC 3986 2.3).
void appendEncoded(std::string_view text, std::string& out);

/// The same, but reserved characters and proper percent-encoded triplets stay as they are (RFC 6570 3.2.3).
void appendKeepingReserved(std::string_view text, std::string& out);

/// Appends one `name=value` of application/x-www-form-urlencoded; with `&` before it unless `out` is empty.
void appendFormField(std::string_view name, std::string_view value, std::string& out);

/// application/x-www-form-urlencoded undone, as Java's URLDecoder does: `%41` becomes `A`, `+` a blank. Escapes that
/// are malformed stay.
std::string formDecoded(std::string_view text);

/// A URL that was decoded as a whole, with what may not stand in a request line encoded again; a `%` always is, since
/// it is no escape any more.
std::string reencodedUrl(std::string_view decoded);

}  // namespace myelin::endpoints
