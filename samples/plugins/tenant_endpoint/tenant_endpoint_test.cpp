#include <cstdio>
#include <map>

#include "tenant_endpoint.hpp"

// A plugin's classes are plain C++ and can be tried without Myelin.
namespace {

struct Options final : myelin::plugin::Options {
    std::map<std::string, std::string, std::less<>> values;
    const std::string* find(std::string_view name) const override {
        const auto found = values.find(name);
        return found == values.end() ? nullptr : &found->second;
    }
};

struct Message final : myelin::plugin::Message {
    std::string tenant;
    std::string_view method() const override { return "POST"; }
    std::string_view to() const override { return "/orders"; }
    std::string_view action() const override { return ""; }
    std::optional<std::string> header(std::string_view name) const override {
        if (name != "X-Tenant") return std::nullopt;
        return tenant;
    }
    std::optional<std::string> property(std::string_view) const override { return std::nullopt; }
    std::string_view clientAddress() const override { return "127.0.0.1"; }
    std::string_view body() const override { return ""; }
};

int failures = 0;

void expect(bool good, const char* what) {
    if (good) return;
    std::printf("failed: %s\n", what);
    ++failures;
}

}  // namespace

int main() {
    Options options;
    options.values["tenants"] = "acme=http://a.example/orders, globex=http://b.example/orders";
    const TenantEndpoint endpoint(options);
    Message message;
    message.tenant = "globex";
    expect(endpoint.addressFor(message) == "http://b.example/orders", "a known tenant has its own server");
    message.tenant = "nobody";
    try {
        endpoint.addressFor(message);
        expect(false, "a tenant that nobody knows is refused");
    } catch (const std::runtime_error&) {
    }
    return failures;
}
