#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "engine/base/clock.hpp"
#include "engine/message/endpoint.hpp"

namespace myelin::endpoints {

/// An endpoint that is switched by itself, as operators see it.
class Inspected {
public:
    virtual ~Inspected() = default;
    /// ACTIVE, TIMEOUT, SUSPENDED, OFF.
    virtual std::string_view stateName(base::TimePoint now) const = 0;
    /// What its check says; empty when there is none.
    virtual std::string_view healthName() const = 0;
};

/// An endpoint in which others come and go.
class Changing {
public:
    virtual ~Changing() = default;
    /// Shows the visitor those that are in it now. They live as long as what is returned.
    virtual std::shared_ptr<const void> visitNow(
        const std::function<void(const message::Endpoint&)>& visitor) const = 0;
};

}  // namespace myelin::endpoints
