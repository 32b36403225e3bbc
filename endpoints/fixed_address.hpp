#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "endpoints/leaf.hpp"
#include "engine/config/element.hpp"

namespace myelin::endpoints {

/// Where the messages of a leaf go when that is known and checked as the configuration is loaded.
struct FixedAddress {
    std::shared_ptr<const http::Origin> origin;
    std::string path;  ///< with the query; may be empty

    /// Nothing after reporting at the attribute why nobody can send to `url`; `shown` is how the report names it
    /// ("\"x:y\"" when empty).
    static std::optional<FixedAddress> read(const config::Element& kind,
                                            std::string_view attribute,
                                            const std::string& url,
                                            std::string shown = {});
};

/// A leaf whose messages all go to one address. `kind` begins Synapse's texts and lives for ever.
std::unique_ptr<LeafEndpoint> makeFixedLeaf(std::string_view kind,
                                            LeafDefinition definition,
                                            std::shared_ptr<LeafState> state,
                                            FixedAddress address);

}  // namespace myelin::endpoints
