#pragma once

#include <map>
#include <string>

#include <myelin/plugin.hpp>

/// Sends each message to the server of its tenant, whom a header field names.
///   header     name of the field; default X-Tenant
///   tenants    "acme=http://a.example/orders, globex=http://b.example/orders"
///   otherwise  the URL for all others; without it they are refused
class TenantEndpoint final : public myelin::plugin::Endpoint {
public:
    explicit TenantEndpoint(const myelin::plugin::Options& options);
    std::string addressFor(const myelin::plugin::Message& message) const override;

private:
    std::string header_;
    std::string otherwise_;
    std::map<std::string, std::string> tenants_;
};
