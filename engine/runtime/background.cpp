#include "engine/runtime/background.hpp"

#include <thread>
#include <utility>

#include "engine/base/assert.hpp"
#include "engine/runtime/loop.hpp"
#include "engine/runtime/sync.hpp"

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
    base::Duration period;
    std::function<void()> work;
    Event over;

    void run() {
        while (!over.wait(Deadline::after(period, now()))) work();
    }
};

PeriodicTask::PeriodicTask(base::Duration period, std::function<void()> work) : state_(std::make_shared<State>()) {
    MYELIN_ASSERT(period > base::Duration::zero(), "a periodic task needs a period");
    state_->period = period;
    state_->work = std::move(work);
    Background::instance().start([state = state_] { state->run(); });
}

PeriodicTask::~PeriodicTask() {
    state_->over.set();
}

}  // namespace myelin::runtime
