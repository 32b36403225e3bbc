#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace myelin::base {

template <typename Signature>
class UniqueFunction;

/// A move-only callable. Unlike std::function it takes lambdas that own things, and it keeps captures of up to six
/// words without allocating.
template <typename Result, typename... Args>
class UniqueFunction<Result(Args...)> {
public:
    UniqueFunction() = default;

    template <typename F, typename = std::enable_if_t<!std::is_same_v<std::decay_t<F>, UniqueFunction>>>
    UniqueFunction(F&& f) {  // NOLINT: implicit on purpose, as std::function is
        using Target = std::decay_t<F>;
        if constexpr (sizeof(Target) <= kInlineSize && alignof(Target) <= alignof(std::max_align_t) &&
                      std::is_nothrow_move_constructible_v<Target>) {
            ::new (static_cast<void*>(storage_)) Target(std::forward<F>(f));
            operations_ = &kInline<Target>;
        } else {
            ::new (static_cast<void*>(storage_)) Target*(new Target(std::forward<F>(f)));
            operations_ = &kHeap<Target>;
        }
    }

    UniqueFunction(UniqueFunction&& other) noexcept { take(other); }
    UniqueFunction& operator=(UniqueFunction&& other) noexcept {
        if (this != &other) {
            reset();
            take(other);
        }
        return *this;
    }
    ~UniqueFunction() { reset(); }

    explicit operator bool() const noexcept { return operations_ != nullptr; }
    Result operator()(Args... args) { return operations_->call(storage_, std::forward<Args>(args)...); }

private:
    struct Operations {
        Result (*call)(void*, Args&&...);
        void (*move)(void* from, void* to) noexcept;
        void (*destroy)(void*) noexcept;
    };

    template <typename Target>
    static constexpr Operations kInline{
        [](void* at, Args&&... args) -> Result { return (*static_cast<Target*>(at))(std::forward<Args>(args)...); },
        [](void* from, void* to) noexcept {
            ::new (to) Target(std::move(*static_cast<Target*>(from)));
            static_cast<Target*>(from)->~Target();
        },
        [](void* at) noexcept { static_cast<Target*>(at)->~Target(); }};

    template <typename Target>
    static constexpr Operations kHeap{
        [](void* at, Args&&... args) -> Result { return (**static_cast<Target**>(at))(std::forward<Args>(args)...); },
        [](void* from, void* to) noexcept { ::new (to) Target*(*static_cast<Target**>(from)); },
        [](void* at) noexcept { delete *static_cast<Target**>(at); }};

    void take(UniqueFunction& other) noexcept {
        operations_ = std::exchange(other.operations_, nullptr);
        if (operations_) operations_->move(other.storage_, storage_);
    }
    void reset() noexcept {
        if (operations_) std::exchange(operations_, nullptr)->destroy(storage_);
    }

    static constexpr std::size_t kInlineSize = 6 * sizeof(void*);
    alignas(std::max_align_t) std::byte storage_[kInlineSize];
    const Operations* operations_ = nullptr;
};

}  // namespace myelin::base
