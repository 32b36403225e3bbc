#pragma once

#include <utility>

namespace myelin::base {

/// Runs a callable when the scope ends, however it ends. The callable must not throw.
template <typename F>
class [[nodiscard]] ScopeExit {
public:
    explicit ScopeExit(F f) : f_(std::move(f)) {}
    ScopeExit(const ScopeExit&) = delete;
    ScopeExit& operator=(const ScopeExit&) = delete;
    ~ScopeExit() {
        if (active_) f_();
    }
    /// The callable will not run after all.
    void release() noexcept { active_ = false; }

private:
    F f_;
    bool active_ = true;
};

}  // namespace myelin::base
