#pragma once

#include <memory>

#include "endpoints/group.hpp"
#include "endpoints/rotation.hpp"

namespace myelin::endpoints {

/// A group whose children an algorithm chooses.
class Balancer : public GroupEndpoint {
public:
    /// `children` are those that `rotation` was made for. `sends`: whether a class below has something to do around
    /// each send.
    Balancer(Options options, Children children, std::shared_ptr<Rotation> rotation, bool sends = false);

    const Rotation* rotation() const noexcept final { return rotation_.get(); }

protected:
    std::size_t choose(const plugin::Candidates& candidates) const override { return rotation_->pick(candidates); }
    message::SendOutcome sendTo(std::size_t index,
                                message::MessageContext& context,
                                http::ClientResponse& reply,
                                runtime::Deadline deadline) const override;
    void passedOver(std::size_t index) const final;
    const ChildLoad* load(std::size_t index) const noexcept final {
        return rotation_->measures() ? rotation_->loads()[index].get() : nullptr;
    }
    std::string_view kind() const noexcept override;

private:
    class Reporting;
    message::SendOutcome measured(std::size_t index,
                                  message::MessageContext& context,
                                  http::ClientResponse& reply,
                                  runtime::Deadline deadline,
                                  Reporting& reporting) const;

    std::shared_ptr<Rotation> rotation_;
};

}  // namespace myelin::endpoints
