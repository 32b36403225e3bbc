#pragma once

#include <string>
#include <string_view>

namespace myelin::message {

/// What the groups with session affinity on the way of one send tell each other (synapse-endpoints 5.4). The outermost
/// one makes it and hangs it into the message's context for as long as its send() lasts; those below it read from
/// `bound` and add to `chosen`. A path is the stable ids of the children that such groups chose, outermost first, each
/// followed by a line break.
struct SessionTrail {
    /// What is left of the path that the session is bound to; empty for a session that has none yet.
    std::string_view bound;
    /// The path that this send has taken so far.
    std::string chosen;
};

}  // namespace myelin::message
