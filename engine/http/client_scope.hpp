#pragma once

#include "engine/http/client.hpp"

namespace myelin::http {

/// While it lives, Client::current() of this thread is `client`. For simulations and tests; scopes nest.
class ClientScope {
public:
    explicit ClientScope(Client& client) noexcept;
    ClientScope(const ClientScope&) = delete;
    ClientScope& operator=(const ClientScope&) = delete;
    ~ClientScope();

private:
    Client* previous_;
};

}  // namespace myelin::http
