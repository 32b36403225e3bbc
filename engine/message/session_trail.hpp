#pragma once

#include <string>
#include <string_view>

#include "engine/base/clock.hpp"

namespace myelin::message {

struct SessionTrail;

/// The outermost group with session affinity, to those below it.
class SessionOwner {
public:
    /// The message is about to be given to the last child of `trail.chosen`; there may be more groups behind it. False
    /// when another message of the session has chosen another way meanwhile: then this one must not be sent.
    virtual bool chosen(const SessionTrail& trail) = 0;

protected:
    ~SessionOwner() = default;
};

/// What the groups with session affinity on the way of one send tell each other (synapse-endpoints 5.4). The outermost
/// one makes it and hangs it into the message's context for as long as its send() lasts; those below it read from
/// `bound` and add to `chosen`. A path is the stable ids of the children that such groups chose, outermost first, each
/// followed by a line break.
struct SessionTrail {
    SessionOwner* owner = nullptr;
    /// What is left of the path that the session is bound to; empty for a session that has none yet.
    std::string_view bound;
    /// The path that this send has taken so far.
    std::string chosen;
    /// Whether `chosen` is of tags that clients may see, instead of ids.
    bool tagged = false;
    /// The shortest of the groups on the way.
    base::Milliseconds lifetime{0};
};

}  // namespace myelin::message
