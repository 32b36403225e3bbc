#pragma once

#include <string>
#include <string_view>

#include "engine/runtime/deadline.hpp"

namespace myelin::endpoints {

/// The text of a document that the configuration names, read while it is loaded.
struct WsdlText {
    std::string bytes;
    std::string charset;  ///< as the server says; empty when nobody does
    std::string error;    ///< why there is none, for people; empty when all is well
    bool ok() const noexcept { return error.empty(); }
};

/// Where a WSDL is: an absolute http or https URL, or the path of a file. `reference` is a URL, `file:` and a path or
/// URL, or a path; a relative path counts from the folder of `configurationFile`, or, if nothing is there, from the
/// working directory, as in Synapse. Other schemes give nothing.
std::string wsdlLocation(std::string_view reference, const std::string& configurationFile);

/// Where a document imported by the one at `base` is: next to it in the same folder tree of files, or at the same
/// scheme, host and port. Empty for everything else, which is not followed: a document from the network must not make
/// us read files, or ask other servers.
std::string importedLocation(std::string_view reference, const std::string& base);

/// How long one server may take.
constexpr base::Milliseconds kWsdlPatience{10'000};

/// Reads a file, or asks a server once: not longer than kWsdlPatience and the deadline, not more than 16 MiB, redirects
/// are not followed. Blocks: for loading, outside fibers.
WsdlText readWsdl(const std::string& location, runtime::Deadline deadline);

}  // namespace myelin::endpoints
