#pragma once

#include <chrono>

namespace myelin::cli {

/// Keeps SIGTERM, SIGINT, SIGQUIT and SIGHUP from interrupting any thread; they are read by Signals instead. Called
/// by the command that serves, before the first thread starts: others end where they are, as any program.
void blockSignals();

/// The signals that the program obeys, read one at a time by the main thread (signalfd: Poco's wait knows no SIGHUP).
class Signals {
public:
    enum class Kind { None, Terminate, Reload };

    Signals();
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;
    ~Signals();

    /// None when the time is over first.
    Kind wait(std::chrono::milliseconds time);
    /// Waits for ever.
    Kind wait();

private:
    Kind waitFor(int milliseconds);
    int descriptor_;
};

}  // namespace myelin::cli
