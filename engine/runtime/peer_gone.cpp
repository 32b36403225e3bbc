#include "engine/runtime/peer_gone.hpp"

#include <sys/socket.h>

#include <cerrno>

#include "engine/runtime/loop.hpp"

namespace myelin::runtime {

bool peerGone(Stream& stream) noexcept {
    if (const IoWatch* watch = stream.watch(); watch && watch->hungUp()) return true;
    char byte = 0;
    const ssize_t got = ::recv(stream.descriptor(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (got >= 0) return got == 0;
    return errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR;
}

}  // namespace myelin::runtime
