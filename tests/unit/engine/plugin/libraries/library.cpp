#include <myelin/plugin.hpp>

// One source, many libraries: CMakeLists.txt says which kind is to be built.
namespace {

class Fixed final : public myelin::plugin::Endpoint {
public:
    explicit Fixed(const myelin::plugin::Options& options) : address_(options.required("address")) {}
    std::string addressFor(const myelin::plugin::Message& message) const override {
        if (message.method() == "DELETE") throw std::runtime_error("nothing is ever deleted");
#ifdef TEST_CHANGED
        return address_ + "/changed";
#else
        return address_ + message.header("X-Path").value_or("");
#endif
    }

private:
    std::string address_;
};

/// Knows one server, or is out of order.
class One final : public myelin::plugin::MembershipHandler {
public:
    explicit One(const myelin::plugin::Options& options) : port_(std::stoi(options.required("port"))) {}
    std::vector<myelin::plugin::Member> members() override {
        if (port_ == 0) throw std::runtime_error("the register does not answer");
        return {{"127.0.0.1", static_cast<std::uint16_t>(port_), 0}};
    }

private:
    int port_;
};

}  // namespace

#if defined(TEST_OTHER_ABI)
static void announce(myelin::plugin::Registrar&) {}
extern "C" __attribute__((visibility("default"))) const myelin::plugin::Descriptor myelinPlugin = {
    "myelin plugin", 999, sizeof(myelin::plugin::Descriptor), myelin::plugin::kToolchain, "n", "v", &announce};
#elif defined(TEST_OTHER_TOOLCHAIN)
static void announce(myelin::plugin::Registrar&) {}
extern "C" __attribute__((visibility("default"))) const myelin::plugin::Descriptor myelinPlugin = {
    "myelin plugin", MYELIN_PLUGIN_ABI, sizeof(myelin::plugin::Descriptor), "another library", "n", "v", &announce};
#elif !defined(TEST_NO_DESCRIPTOR)
#ifdef TEST_UNRESOLVED
void nobodyHasThis();
#endif
MYELIN_PLUGIN("test", "1.0") {
#if defined(TEST_THROWS)
    throw std::runtime_error("not today");
#elif defined(TEST_UNRESOLVED)
    nobodyHasThis();
#elif defined(TEST_SAME_NAME)
    registrar.membershipHandler<One>("test.Other");
    registrar.endpoint<Fixed>("test.Fixed");
#else
    registrar.endpoint<Fixed>("test.Fixed");
    registrar.membershipHandler<One>("test.One");
#ifdef TEST_TWICE
    registrar.endpoint<Fixed>("test.Fixed");
#endif
#endif
}
#endif
