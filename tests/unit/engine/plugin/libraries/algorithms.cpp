#include <atomic>
#include <fstream>
#include <myelin/plugin.hpp>

// Algorithms for the tests of groups: ones that work, and the ways to be wrong. TEST_CHANGED is another build of them.
namespace {

using myelin::plugin::Algorithm;
using myelin::plugin::Candidates;
using myelin::plugin::Child;
using myelin::plugin::kNoCandidate;
using myelin::plugin::Options;
using myelin::plugin::Report;

std::size_t firstAvailable(const Candidates& candidates) {
    for (std::size_t index = 0; index < candidates.size(); ++index) {
        if (candidates.available(index)) return index;
    }
    return kNoCandidate;
}

/// Writes down all that it is told, a line each, into the file of the option loadbalance.record. A message goes to the
/// child that its field X-Child names.
class Recorder final : public Algorithm {
public:
    Recorder(const Options& options, const std::vector<Child>& children)
        : children_(children), file_(options.required("loadbalance.record"), std::ios::app) {
        file_ << "made";
        if (const auto* colour = options.find("colour")) file_ << " colour=" << *colour;
        for (const auto& child : children) {
            file_ << ' ' << child.id << '*' << child.weight;
            const auto region = child.properties.find("region");
            if (region != child.properties.end()) file_ << ' ' << region->second;
        }
        file_ << std::endl;
    }
    std::size_t pick(const Candidates& candidates) override {
        ++picks_;
        const auto& message = candidates.message();
        const auto wanted = message.header("X-Child").value_or("");
        file_ << "pick " << picks_ << ' ' << message.method() << ' ' << message.to() << " X-Child=" << wanted
              << " colour=" << message.property("seen").value_or("none") << " from=" << message.clientAddress()
              << std::endl;
        for (std::size_t index = 0; index < candidates.size(); ++index) {
            if (children_[index].id == wanted && candidates.available(index)) return index;
        }
        return firstAvailable(candidates);
    }
    void report(const Report& report) override {
        file_ << "report " << report.index << (report.answered ? " answered " : " failed ") << report.code << std::endl;
    }
    void continueFrom(const Algorithm& previous) override {
        picks_ = static_cast<const Recorder&>(previous).picks_;
        file_ << "continues after " << picks_ << std::endl;
    }

private:
    std::vector<Child> children_;
    std::ofstream file_;
    int picks_ = 0;
};

class ThrowsWhenMade final : public Algorithm {
public:
    ThrowsWhenMade() { throw std::invalid_argument("not with these children"); }
    std::size_t pick(const Candidates&) override { return 0; }
};

class ThrowsNonsenseWhenMade final : public Algorithm {
public:
    ThrowsNonsenseWhenMade() { throw 7; }
    std::size_t pick(const Candidates&) override { return 0; }
};

/// An exception whose class only the plugin knows.
struct Mine final : std::exception {
    const char* what() const noexcept override { return "no idea"; }
};

class ThrowsInPick final : public Algorithm {
public:
    std::size_t pick(const Candidates&) override { throw Mine(); }
};

class ThrowsNonsenseInPick final : public Algorithm {
public:
    std::size_t pick(const Candidates&) override { throw 7; }
};

class OutOfRange final : public Algorithm {
public:
    std::size_t pick(const Candidates&) override { return 99; }
};

class AlwaysFirst final : public Algorithm {
public:
    std::size_t pick(const Candidates&) override { return 0; }
};

class ThrowsInReport final : public Algorithm {
public:
    std::size_t pick(const Candidates& candidates) override { return firstAvailable(candidates); }
    void report(const Report&) override { throw std::runtime_error("I did not want to know"); }
};

class ThrowsWhenContinued final : public Algorithm {
public:
    std::size_t pick(const Candidates& candidates) override { return firstAvailable(candidates); }
    void continueFrom(const Algorithm&) override { throw std::runtime_error("I want to begin anew"); }
};

/// The first child; in the other build the last one.
class OneEnd final : public Algorithm {
public:
    std::size_t pick(const Candidates& candidates) override {
#ifdef TEST_CHANGED
        for (std::size_t index = candidates.size(); index-- > 0;) {
            if (candidates.available(index)) return index;
        }
        return kNoCandidate;
#else
        return firstAvailable(candidates);
#endif
    }
};

}  // namespace

MYELIN_PLUGIN("test-algorithms", "1.0") {
    registrar.algorithm<Recorder>("test.Recorder");
    registrar.algorithm<ThrowsWhenMade>("test.ThrowsWhenMade");
    registrar.algorithm<ThrowsNonsenseWhenMade>("test.ThrowsNonsenseWhenMade");
    registrar.algorithm<ThrowsInPick>("test.ThrowsInPick");
    registrar.algorithm<ThrowsNonsenseInPick>("test.ThrowsNonsenseInPick");
    registrar.algorithm<OutOfRange>("test.OutOfRange");
    registrar.algorithm<AlwaysFirst>("test.AlwaysFirst");
    registrar.algorithm<ThrowsInReport>("test.ThrowsInReport");
    registrar.algorithm<ThrowsWhenContinued>("test.ThrowsWhenContinued");
    registrar.algorithm<OneEnd>("test.OneEnd");
    // A name that Myelin has too: its own comes first, unless the library is named.
    registrar.algorithm<OneEnd>("roundRobin");
}
