#include <pugixml.hpp>

#include <cstddef>
#include <cstdlib>

// pugixml asks for memory in pages of 32 KiB: at least one for every document, given back with it. A page that goes to
// malloc and back for every message costs more than parsing the message, so each thread keeps a few. A document may be
// destroyed on another thread than it was parsed on: its pages then stay with the destroying thread.
namespace {

constexpr std::size_t kPageSize = 32768;
constexpr std::size_t kMaxCachedPages = 16;
constexpr std::size_t kHeaderSize = alignof(std::max_align_t);

struct Header {
    std::size_t size;
};
static_assert(sizeof(Header) <= kHeaderSize);

struct FreePage {
    FreePage* next;
};

// Plain data without a destructor: documents that outlive it (other thread_local objects) may still be freed.
struct Cache {
    FreePage* first;
    std::size_t count;
    bool closed;
};
thread_local Cache cache{nullptr, 0, false};

struct CacheCloser {
    bool registered = false;
    ~CacheCloser() {
        cache.closed = true;
        while (cache.first) {
            FreePage* page = cache.first;
            cache.first = page->next;
            std::free(page);
        }
        cache.count = 0;
    }
};
thread_local CacheCloser closer;

// A cache would hide uses after free from the sanitizers.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kCaching = false;
#else
constexpr bool kCaching = true;
#endif

void* allocate(std::size_t size) {
    if (kCaching && size == kPageSize && cache.first) {
        FreePage* page = cache.first;
        cache.first = page->next;
        --cache.count;
        ::new (static_cast<void*>(page)) Header{size};
        return reinterpret_cast<std::byte*>(page) + kHeaderSize;
    }
    if (size > static_cast<std::size_t>(-1) - kHeaderSize) return nullptr;
    void* block = std::malloc(size + kHeaderSize);
    if (!block) return nullptr;
    ::new (block) Header{size};
    return static_cast<std::byte*>(block) + kHeaderSize;
}

void deallocate(void* memory) {
    if (!memory) return;
    void* block = static_cast<std::byte*>(memory) - kHeaderSize;
    if (kCaching && static_cast<Header*>(block)->size == kPageSize && cache.count < kMaxCachedPages && !cache.closed) {
        closer.registered = true;
        cache.first = ::new (block) FreePage{cache.first};
        ++cache.count;
        return;
    }
    std::free(block);
}

// Before any other initialiser of the program, so that no document is allocated one way and freed the other.
[[gnu::constructor(101)]] void install() {
    pugi::set_memory_management_functions(&allocate, &deallocate);
}

}  // namespace
