#include "engine/runtime/acknowledged.hpp"

// A file of its own because these kernel headers and <netinet/tcp.h>, which Poco includes, define the same names.
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>

namespace myelin::runtime {

std::optional<std::uint64_t> acknowledgedBytes(int descriptor) noexcept {
    tcp_info info{};
    socklen_t size = sizeof info;
    if (::getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return std::nullopt;
    if (size < offsetof(tcp_info, tcpi_bytes_acked) + sizeof info.tcpi_bytes_acked) return std::nullopt;
    // The kernel counts the SYN as one byte.
    return info.tcpi_bytes_acked == 0 ? 0 : info.tcpi_bytes_acked - 1;
}

}  // namespace myelin::runtime
