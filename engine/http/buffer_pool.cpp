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

// Trivial, so that reaching it needs no initialisation check.
struct Pool {
    enum class State : unsigned char { Unused, Live, Gone };
    FreeBuffer* first[kKinds];
    std::size_t count[kKinds];
    State state;
};
constinit thread_local Pool pool{};

void emptyPool() noexcept {
    for (std::size_t kind = 0; kind < kKinds; ++kind) {
        while (FreeBuffer* each = pool.first[kind]) {
            pool.first[kind] = each->next;
            ::operator delete(each);
        }
        pool.count[kind] = 0;
    }
}

// Frees the pool at the end of the thread. A buffer that some other thread-local or static object holds even longer is
// then freed for good.
struct PoolEnd {
    ~PoolEnd() {
        emptyPool();
        pool.state = Pool::State::Gone;
    }
};

[[gnu::cold, gnu::noinline]] void beginPool() {
    thread_local PoolEnd end;
    static_cast<void>(end);
    pool.state = Pool::State::Live;
}

}  // namespace

Buffer::Buffer(BufferKind kind) : kind_(kind) {
    const auto index = static_cast<std::size_t>(kind);
    if (FreeBuffer* const free = pool.first[index]) {
        pool.first[index] = free->next;
        --pool.count[index];
        data_ = reinterpret_cast<char*>(free);
        return;
    }
    data_ = static_cast<char*>(::operator new(capacityOf(kind)));
}

void Buffer::giveBack() noexcept {
    char* const memory = std::exchange(data_, nullptr);
    const auto index = static_cast<std::size_t>(kind_);
    if (pool.state == Pool::State::Unused) [[unlikely]]
        beginPool();
    if (pool.state != Pool::State::Live || pool.count[index] == kKept[index]) [[unlikely]] {
        ::operator delete(memory);
        return;
    }
    pool.first[index] = ::new (static_cast<void*>(memory)) FreeBuffer{pool.first[index]};
    ++pool.count[index];
}

void releasePooledBuffers() noexcept {
    emptyPool();
}

std::size_t pooledBuffers(BufferKind kind) noexcept {
    return pool.count[static_cast<std::size_t>(kind)];
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
