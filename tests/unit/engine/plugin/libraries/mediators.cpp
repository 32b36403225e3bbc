#include <myelin/plugin.hpp>

// A mediator for the tests: it does what its property says.
namespace {

using myelin::plugin::MutableMessage;

class Does final : public myelin::plugin::Mediator {
public:
    explicit Does(const myelin::plugin::Options& options)
        : what_(options.required("what")), with_(options.text("with", "")) {
        if (what_ == "nothing") throw std::invalid_argument("there is enough to do");
    }

    bool mediate(MutableMessage& message) const override {
        if (what_ == "fault") throw myelin::plugin::Fault(404001, "not for you");
        if (what_ == "throw") throw std::runtime_error("out of order");
        if (what_ == "nonsense") throw 7;
        if (what_ == "stop") return false;
        if (what_ == "echo") echo(message);
        if (what_ == "body") message.setBody(with_, "application/json");
        if (what_ == "change") change(message);
        return true;
    }

private:
    /// What it sees, as a property.
    static void echo(MutableMessage& message) {
        message.setProperty("echo",
                            std::string(message.method()) + ' ' + std::string(message.to()) + ' ' +
                                std::string(message.action()) + ' ' + message.header("X-In").value_or("none") + ' ' +
                                message.property("in").value_or("none") + ' ' + std::string(message.clientAddress()) +
                                (message.response() ? " response " : " request ") + std::to_string(message.status()) +
                                ' ' + std::string(message.body()));
    }
    static void change(MutableMessage& message) {
        message.setTo("/changed");
        message.setAction("urn:changed");
        message.setHeader("X-Out", "a\r\nInjected: b");
        message.removeHeader("X-In");
        message.removeProperty("in");
    }

    std::string what_;
    std::string with_;
};

}  // namespace

MYELIN_PLUGIN("test-mediators", "1.0") {
    registrar.mediator<Does>("test.Does");
}
