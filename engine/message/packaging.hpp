#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/message/content.hpp"
#include "engine/message/multipart.hpp"
#include "engine/xml/document.hpp"

namespace myelin::message {

using PartList = std::vector<const Multipart::Part*>;

/// Puts what the envelope's xop:Include elements refer to in their place, as base64 (XOP 1.0, 3.2). Gives the parts
/// that are in the envelope now. Throws MediationFault for references that lead to no part, for parts in a transfer
/// encoding other than base64, and when more than `limit` bytes would come in.
PartList inlineIncludes(xml::Document& envelope, const Multipart& parts, std::uint64_t limit);

/// What is written in front of the attachments.
struct RootPart {
    std::string_view text;
    ContentKind kind = ContentKind::Soap11;
    std::string_view charset;  ///< empty: not stated
    std::string_view action;   ///< of SOAP 1.2, as it may stand between quotes
};

/// Appends a multipart/related body: the root and, as they came, all attachments of `received` (may be null) but
/// those `without`. Gives its Content-Type. The boundary is random, so that no content can hold it.
std::string writePackage(
    Packaging packaging, const RootPart& root, const Multipart* received, const PartList& without, std::string& out);

}  // namespace myelin::message
