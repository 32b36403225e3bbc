#pragma once

#include <memory>
#include <string>

#include "endpoints/sessions/keeper.hpp"
#include "engine/base/clock.hpp"
#include "engine/config/build.hpp"

namespace myelin::endpoints {

/// What a <session> says about the group beside it.
struct SessionRules {
    enum class WhenDown : std::uint8_t {
        Fault,  ///< Synapse's way: the session's messages fail until its child is back, or the session ends
        Rebind  ///< another child takes the session over
    };

    std::string group;  ///< whose sessions they are: stable across reloads
    std::shared_ptr<const SessionKeeper> keeper;
    base::Milliseconds lifetime{120'000};
    WhenDown whenDown = WhenDown::Fault;

    /// Reads the <session> of `endpoint`, the <endpoint> around a group with that identity. Null without one, and after
    /// an error.
    static std::shared_ptr<const SessionRules> read(config::Element& endpoint,
                                                    const std::string& identity,
                                                    config::Build& build);
    /// The same for the members of one scheme, whose children are others.
    static std::shared_ptr<const SessionRules> forScheme(const std::shared_ptr<const SessionRules>& rules, bool secure);
};

}  // namespace myelin::endpoints
