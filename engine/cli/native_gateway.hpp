#pragma once

#include <memory>
#include <vector>

#include "engine/cli/gateway.hpp"
#include "engine/cli/worker.hpp"

namespace myelin::cli {

/// Our own HTTP server: a loop and a share of the connections for each worker.
class NativeGateway final : public Gateway {
public:
    NativeGateway(const config::Settings& settings, dispatch::Dispatcher& dispatcher);
    ~NativeGateway() override;

    std::string crew() const override;
    void refresh() override;
    void beginDrain() override;
    bool drained() override;
    void stop() override;

private:
    std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace myelin::cli
