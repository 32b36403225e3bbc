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

class Nobody final : public myelin::plugin::MembershipHandler {
public:
    std::vector<myelin::plugin::Member> members() override { return {}; }
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
    registrar.membershipHandler<Nobody>("test.Other");
    registrar.endpoint<Fixed>("test.Fixed");
#else
    registrar.endpoint<Fixed>("test.Fixed");
    registrar.membershipHandler<Nobody>("test.Nobody");
#ifdef TEST_TWICE
    registrar.endpoint<Fixed>("test.Fixed");
#endif
#endif
}
#endif
