#pragma once

#include <memory>

#include "engine/runtime/tls.hpp"

namespace myelin::endpoints {

/// How https backends are spoken to, for the whole process. Called before a configuration is loaded, and again before a
/// reload with other settings; running configurations keep what they have. Files are read when the first https address
/// asks for the context, not here. Any thread.
void configureTlsClient(const runtime::TlsClientOptions& options);

/// The context for https addresses, made on first use. Throws std::runtime_error with the file's name and OpenSSL's
/// reason when the options do not work.
std::shared_ptr<runtime::TlsContext> tlsClientContext();

/// Another number after each change of the options: for caches of what was made with them. One atomic load.
unsigned tlsClientGeneration() noexcept;

}  // namespace myelin::endpoints
