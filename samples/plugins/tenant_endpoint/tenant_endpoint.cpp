#include "tenant_endpoint.hpp"

#include <sstream>
#include <stdexcept>

namespace {

std::string trimmed(const std::string& text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

}  // namespace

TenantEndpoint::TenantEndpoint(const myelin::plugin::Options& options)
    : header_(options.text("header", "X-Tenant")), otherwise_(options.text("otherwise", "")) {
    std::istringstream list(options.required("tenants"));
    for (std::string entry; std::getline(list, entry, ',');) {
        const auto sign = entry.find('=');
        if (sign == std::string::npos) throw std::invalid_argument("\"" + trimmed(entry) + "\" is not tenant=URL");
        tenants_[trimmed(entry.substr(0, sign))] = trimmed(entry.substr(sign + 1));
    }
}

std::string TenantEndpoint::addressFor(const myelin::plugin::Message& message) const {
    const std::string tenant = message.header(header_).value_or("");
    if (const auto found = tenants_.find(tenant); found != tenants_.end()) return found->second;
    if (otherwise_.empty()) throw std::runtime_error("there is no tenant \"" + tenant + "\"");
    return otherwise_;
}

MYELIN_PLUGIN("tenant_endpoint", "1.0") {
    registrar.endpoint<TenantEndpoint>("samples.TenantEndpoint");
}
