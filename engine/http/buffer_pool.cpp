#include "engine/http/buffer_pool.hpp"

#include <array>
#include <cstring>
#include <new>

#include "engine/base/assert.hpp"

namespace myelin::http {

namespace {

constexpr std::size_t kKinds = 3;
// Enough for the requests that one worker has in flight at a time, since fresh memory costs a fault for every page: at
// most 4 MiB, 512 KiB and 8 MiB a thread, and only after that much was in use at once.
constexpr std::array<std::size_t, kKinds> kKept{256, 8, 64};

// Free buffers are chained through their own first bytes.
struct FreeBuffer {
    FreeBuffer* next;
};

struct Pool {
    std::array<FreeBuffer*, kKinds> first{};
    std::array<std::size_t, kKinds> count{};

    void empty() noexcept {
        for (std::size_t kind = 0; kind < kKinds; ++kind) {
            while (FreeBuffer* each = first[kind]) {
                first[kind] = each->next;
                ::operator delete(each);
            }
            count[kind] = 0;
        }
    }
    ~Pool();
};

// Outlives the pool: a buffer that some other thread-local or static object still holds is then freed for good.
thread_local bool poolIsGone = false;
thread_local Pool pool;

Pool::~Pool() {
    empty();
    poolIsGone = true;
}

}  // namespace

Buffer::Buffer(BufferKind kind) : kind_(kind) {
    const auto index = static_cast<std::size_t>(kind);
    if (!poolIsGone) {
        if (FreeBuffer* const free = pool.first[index]) {
            pool.first[index] = free->next;
            --pool.count[index];
            data_ = reinterpret_cast<char*>(free);
            return;
        }
    }
    data_ = static_cast<char*>(::operator new(capacityOf(kind)));
}

void Buffer::release() noexcept {
    if (!data_) return;
    char* const memory = std::exchange(data_, nullptr);
    const auto index = static_cast<std::size_t>(kind_);
    if (poolIsGone || pool.count[index] == kKept[index]) {
        ::operator delete(memory);
        return;
    }
    pool.first[index] = ::new (static_cast<void*>(memory)) FreeBuffer{pool.first[index]};
    ++pool.count[index];
}

void releasePooledBuffers() noexcept {
    if (!poolIsGone) pool.empty();
}

std::size_t pooledBuffers(BufferKind kind) noexcept {
    return poolIsGone ? 0 : pool.count[static_cast<std::size_t>(kind)];
}

char* MessageBuffer::space() {
    if (!buffer_) buffer_ = Buffer(BufferKind::Message);
    return buffer_.data() + end_;
}

void MessageBuffer::compact() noexcept {
    if (begin_ == 0) return;
    const std::size_t size = end_ - begin_;
    if (size != 0) std::memmove(buffer_.data(), buffer_.data() + begin_, size);
    begin_ = 0;
    end_ = size;
}

bool MessageBuffer::grow() {
    if (begin_ != 0) {
        compact();
        return true;
    }
    if (!buffer_) {
        buffer_ = Buffer(BufferKind::Message);
        return true;
    }
    if (buffer_.kind() != BufferKind::Message) return end_ < buffer_.capacity();
    Buffer larger(BufferKind::Large);
    std::memcpy(larger.data(), buffer_.data(), end_);
    buffer_ = std::move(larger);
    return true;
}

void MessageBuffer::assign(std::string_view bytes) {
    const std::size_t size = bytes.size();
    MYELIN_ASSERT(size <= Buffer::capacityOf(BufferKind::Large), "more left over from a message than can be kept");
    if (size > buffer_.capacity()) {
        Buffer other(size <= Buffer::capacityOf(BufferKind::Message) ? BufferKind::Message : BufferKind::Large);
        std::memcpy(other.data(), bytes.data(), size);
        buffer_ = std::move(other);
    } else if (size != 0) {
        std::memmove(buffer_.data(), bytes.data(), size);
    }
    begin_ = 0;
    end_ = size;
}

void MessageBuffer::clear() noexcept {
    buffer_.release();
    begin_ = 0;
    end_ = 0;
}

}  // namespace myelin::http
