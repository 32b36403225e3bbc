#pragma once

#include <boost/test/unit_test.hpp>
#include <memory>
#include <sstream>
#include <string>

#include "engine/config/configuration.hpp"
#include "tests/unit/engine/config/temporary_folder.hpp"

namespace myelin::endpoints::test {

/// A configuration out of a file, loaded as the program does; another one with the same states is a reload.
class Loaded {
public:
    Loaded(const std::string& artifacts, config::StateStore& states, const std::string& tenant = {}) {
        const config::test::TemporaryFolder folder;
        folder.write("synapse.xml",
                     "<definitions xmlns='http://ws.apache.org/ns/synapse'>\n" + artifacts + "\n</definitions>");
        config::Settings settings;
        settings.tenant = tenant;
        config::Diagnostics diagnostics;
        configuration = config::Configuration::load(folder.path("synapse.xml"), settings, states, diagnostics);
        for (const auto& finding : diagnostics.sorted()) findings += finding.what + '\n';
    }

    /// One that has to be there.
    const message::Endpoint& endpoint(const std::string& name) const {
        BOOST_REQUIRE_MESSAGE(configuration, findings);
        const auto* found = configuration->endpoint(name);
        BOOST_REQUIRE(found);
        return *found;
    }
    bool found(const std::string& part) const { return findings.find(part) != std::string::npos; }

    std::shared_ptr<const config::Configuration> configuration;  ///< null when there were errors
    std::string findings;
};

}  // namespace myelin::endpoints::test
