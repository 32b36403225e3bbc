#pragma once

#include <cstddef>
#include <string_view>
#include <utility>

namespace myelin::http {

/// Sizes that buffers come in. Each thread keeps a bounded number of free ones of each, last in, first out.
enum class BufferKind : unsigned char {
    Message,  ///< 16 KiB: a message's head, and its body when small
    Large,    ///< 64 KiB: an unusually large head; scratch space for writing heads
    Relay,    ///< 128 KiB: the body of a large message on its way through
};

/// Raw memory of one kind, or none. Goes back to the pool of the thread that gives it up. Its content is undefined.
class Buffer {
public:
    Buffer() = default;
    /// Throws std::bad_alloc.
    explicit Buffer(BufferKind kind);
    Buffer(Buffer&& other) noexcept : data_(std::exchange(other.data_, nullptr)), kind_(other.kind_) {}
    Buffer& operator=(Buffer&& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(kind_, other.kind_);
        return *this;
    }
    ~Buffer() { release(); }

    explicit operator bool() const noexcept { return data_ != nullptr; }
    char* data() const noexcept { return data_; }
    std::size_t capacity() const noexcept { return data_ ? capacityOf(kind_) : 0; }
    BufferKind kind() const noexcept { return kind_; }
    void release() noexcept {
        if (data_) giveBack();
    }

    static constexpr std::size_t capacityOf(BufferKind kind) noexcept {
        return kind == BufferKind::Message ? 16 * 1024 : kind == BufferKind::Large ? 64 * 1024 : 128 * 1024;
    }

private:
    void giveBack() noexcept;

    char* data_ = nullptr;
    BufferKind kind_ = BufferKind::Message;
};

/// Frees what the calling thread's pool keeps, for tests and for workers that go idle.
void releasePooledBuffers() noexcept;
std::size_t pooledBuffers(BufferKind kind) noexcept;

/// The receive buffer of a connection: bytes come in at its end and are taken from its front. Bytes that were taken
/// stay where they are until compact(), grow() or clear(), so that views into a head outlive the reading of its body.
class MessageBuffer {
public:
    MessageBuffer() = default;
    MessageBuffer(const MessageBuffer&) = delete;
    MessageBuffer& operator=(const MessageBuffer&) = delete;

    /// What came in and was not taken.
    std::string_view unread() const noexcept { return {buffer_.data() + begin_, end_ - begin_}; }
    bool empty() const noexcept { return begin_ == end_; }
    char* unreadData() noexcept { return buffer_.data() + begin_; }
    /// The bytes were looked at and are not needed again.
    void take(std::size_t size) noexcept { begin_ += size; }

    /// Where the next bytes go, and how many fit. Acquires memory when there is none yet, but never moves anything.
    char* space() {
        if (!buffer_) buffer_ = Buffer(BufferKind::Message);
        return buffer_.data() + end_;
    }
    std::size_t spaceSize() const noexcept {
        return buffer_ ? buffer_.capacity() - end_ : Buffer::capacityOf(BufferKind::Message);
    }
    /// That many bytes were written at space().
    void added(std::size_t size) noexcept { end_ += size; }

    /// Moves what is unread to the front. All views into the buffer die: between messages only.
    void compact() noexcept;
    /// Room for a head that does not fit: compacts, or moves what is unread into a larger buffer. False when it has
    /// the largest already and is full. All views into the buffer die.
    bool grow();
    /// Replaces everything by `bytes`, which may be in the buffer already or in a larger one; at most 64 KiB.
    void assign(std::string_view bytes);
    /// Gives the memory up; what was unread is lost.
    void clear() noexcept;

private:
    Buffer buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace myelin::http
