#include "engine/runtime/background.hpp"

#include <thread>
#include <utility>

#include "engine/base/assert.hpp"
#include "engine/runtime/loop.hpp"
#include "engine/runtime/sync.hpp"
#include "engine/runtime/virtual_loop.hpp"

namespace myelin::runtime {

namespace {

/// The thread behind all periodic tasks of the process.
class Background {
public:
    static Background& instance() {
        static Background background;
        return background;
    }

    void start(Task fiber) { loop_.postFiber(std::move(fiber)); }

private:
    Background() : thread_([this] { loop_.run(); }) {}
    ~Background() {
        loop_.stop();
        thread_.join();
    }

    Loop loop_;
    std::thread thread_;
};

}  // namespace

struct PeriodicTask::State {
    std::function<base::Duration()> pause;
    std::function<void()> work;
    Event over;

    void run() {
        while (!over.wait(Deadline::after(pause(), now()))) work();
    }
};

PeriodicTask::PeriodicTask(base::Duration period, std::function<void()> work)
    : PeriodicTask([period] { return period; }, std::move(work)) {
    MYELIN_ASSERT(period > base::Duration::zero(), "a periodic task needs a period");
}

PeriodicTask::PeriodicTask(std::function<base::Duration()> pause, std::function<void()> work)
    : state_(std::make_shared<State>()) {
    state_->pause = std::move(pause);
    state_->work = std::move(work);
    Task fiber([state = state_] { state->run(); });
    if (Loop* const simulated = VirtualLoop::ofThread()) {
        simulated->postFiber(std::move(fiber));
    } else {
        Background::instance().start(std::move(fiber));
    }
}

PeriodicTask::~PeriodicTask() {
    state_->over.set();
}

}  // namespace myelin::runtime
