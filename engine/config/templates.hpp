#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/config/element.hpp"

namespace myelin::config {

/// A <template> with an <endpoint> in it: a body that is read anew for each use.
struct EndpointTemplate {
    Element body;
    std::vector<std::string> parameters;  ///< declared ones, `name` and `uri` in any case
};

/// The templates of a configuration, while it is built.
class Templates {
public:
    /// Reads the definition, but not the body: what that means is only known where it is used. Reports what is wrong
    /// with it.
    void define(const std::string& name, Element& definition);

    /// Null when there is none that can be used.
    const EndpointTemplate* endpoint(std::string_view name) const noexcept;
    /// Whether it is there, though what is wrong with it may have been reported already.
    bool declared(std::string_view name) const noexcept { return declared_.find(name) != declared_.end(); }
    std::vector<std::string_view> names() const;

    /// While one lives, the template is being used: a use of it inside itself would never end.
    class [[nodiscard]] Use {
    public:
        Use(Templates& templates, const std::string& name);
        Use(const Use&) = delete;
        Use& operator=(const Use&) = delete;
        ~Use();
        /// `a -> b -> a` when it is used inside itself; empty when all is well.
        const std::string& circle() const noexcept { return circle_; }

    private:
        Templates* templates_;
        std::string circle_;
    };

    /// Leaves alone what nobody uses: without values for the parameters it cannot be judged. Called when all is built.
    void finish() const;

private:
    struct Declared {
        std::optional<EndpointTemplate> endpoint;  ///< none when it cannot be used
        bool used = false;
    };
    std::map<std::string, Declared, std::less<>> declared_;
    std::vector<std::string> inUse_;
};

}  // namespace myelin::config
