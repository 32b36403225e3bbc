#pragma once

#include <memory>

#include "endpoints/url.hpp"
#include "engine/http/client.hpp"

namespace myelin::endpoints {

/// The origin for a scheme, host and port, with the process's TLS settings for https. Takes a lock: for loading. Throws
/// std::runtime_error when the TLS settings do not work.
std::shared_ptr<const http::Origin> originFor(const Url& url);

/// The same for addresses that are only known with the message: remembers the last ones of the calling thread, and so
/// takes the lock rarely. The result stays valid as long as it is held.
std::shared_ptr<const http::Origin> recentOriginFor(const Url& url);

}  // namespace myelin::endpoints
