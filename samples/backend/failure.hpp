#pragma once

#include <Poco/Event.h>
#include <Poco/Net/StreamSocket.h>

#include "samples/backend/options.hpp"

namespace samples {

/// Does to the connection what `mode` says, after the request was read. Hang waits for `stopping`.
/// Returns false when the mode asks for an ordinary answer (None, Status500, Status503, Fault).
bool breakConnection(FailMode mode, Poco::Net::StreamSocket& socket, Poco::Event& stopping);

}  // namespace samples
