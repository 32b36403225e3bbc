#include "engine/observe/output_file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace myelin::observe {

namespace {

// A pipe that polls as writable takes this much without blocking, whoever opened it (pipe(7), PIPE_BUF).
constexpr std::size_t kPipePiece = 4096;
constexpr mode_t kMode = 0640;

int openLog(const std::string& path) {
    struct stat status {};
    const bool fifo = ::stat(path.c_str(), &status) == 0 && S_ISFIFO(status.st_mode);
    // Opened for writing only, a FIFO without a reader is refused, and one whose reader leaves raises SIGPIPE.
    const int mode = fifo ? O_RDWR : O_WRONLY | O_APPEND | O_CREAT;
    return ::open(path.c_str(), mode | O_NONBLOCK | O_CLOEXEC | O_NOCTTY, kMode);
}

}  // namespace

OutputFile::OutputFile(const std::string& path) : descriptor_(STDERR_FILENO) {
    if (!path.empty()) {
        descriptor_ = openLog(path);
        if (descriptor_ < 0) {
            throw std::runtime_error("cannot open \"" + path + "\" for writing: " + std::strerror(errno));
        }
        owned_ = true;
    }
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0) return;
    if (S_ISSOCK(status.st_mode)) {
        kind_ = Kind::Socket;
    } else if (!S_ISREG(status.st_mode)) {
        kind_ = Kind::Pipe;
    }
}

OutputFile::~OutputFile() {
    if (owned_) ::close(descriptor_);
}

OutputFile::Result OutputFile::writeSome(std::string_view bytes,
                                         std::chrono::milliseconds patience,
                                         std::size_t& count) noexcept {
    count = 0;
    if (kind_ != Kind::File) {
        pollfd entry{descriptor_, POLLOUT, 0};
        const int ready = ::poll(&entry, 1, static_cast<int>(patience.count()));
        if (ready == 0 || (ready < 0 && errno == EINTR)) return Result::Stuck;
        if (ready < 0) return Result::Failed;
    }
    ssize_t written = 0;
    switch (kind_) {
        case Kind::File:
            written = ::write(descriptor_, bytes.data(), bytes.size());
            break;
        case Kind::Pipe:
            written = ::write(descriptor_, bytes.data(), std::min(bytes.size(), kPipePiece));
            break;
        case Kind::Socket:
            written = ::send(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
            break;
    }
    if (written < 0) return errno == EAGAIN || errno == EINTR ? Result::Stuck : Result::Failed;
    count = static_cast<std::size_t>(written);
    return Result::Written;
}

}  // namespace myelin::observe
