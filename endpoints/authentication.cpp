#include "endpoints/authentication.hpp"

#include <openssl/evp.h>

#include <vector>

#include "endpoints/configured_text.hpp"
#include "endpoints/oauth.hpp"

namespace myelin::endpoints {

namespace {

/// <basicAuth>: a name and a password, static or computed per message.
class BasicAuthentication final : public Authentication {
public:
    BasicAuthentication(ConfiguredText name, ConfiguredText password)
        : name_(std::move(name)), password_(std::move(password)) {
        if (name_.isStatic() && password_.isStatic()) fixed_ = basicAuthorization(name_.written(), password_.written());
    }

    Credentials authorize(message::MessageContext& context, runtime::Deadline) const override {
        if (!fixed_.empty()) return {fixed_, {}};
        const auto name = name_.resolve(context);
        if (!name) return {{}, "<username> gives no value for this message"};
        const auto password = password_.resolve(context);
        if (!password) return {{}, "<password> gives no value for this message"};
        return {context.arena().copy(basicAuthorization(*name, *password)), {}};
    }

private:
    ConfiguredText name_;
    ConfiguredText password_;
    std::string fixed_;
};

std::unique_ptr<Authentication> readBasic(const config::Element& basic) {
    const auto name = basic.requiredChild("username");
    const auto password = basic.requiredChild("password");
    auto nameText = name ? ConfiguredText::read(*name) : ConfiguredText();
    auto passwordText = password ? ConfiguredText::read(*password) : ConfiguredText();
    if (!name || !password) return nullptr;
    if (nameText.isStatic() && nameText.written().find(':') != std::string::npos) {
        name->error("a user name must not have a \":\"", "it ends the name in basic authentication (RFC 7617)");
    }
    return std::make_unique<BasicAuthentication>(std::move(nameText), std::move(passwordText));
}

}  // namespace

std::string basicAuthorization(std::string_view name, std::string_view password) {
    const std::string pair = std::string(name) + ":" + std::string(password);
    std::vector<unsigned char> encoded(4 * ((pair.size() + 2) / 3) + 1);
    const int length = EVP_EncodeBlock(
        encoded.data(), reinterpret_cast<const unsigned char*>(pair.data()), static_cast<int>(pair.size()));
    return "Basic " + std::string(encoded.begin(), encoded.begin() + length);
}

std::unique_ptr<Authentication> Authentication::read(config::Element& definition,
                                                     const config::EndpointPosition& position,
                                                     config::Build& build) {
    const auto element = definition.child("authentication");
    if (!element) return nullptr;
    const auto basic = element->child("basicAuth");
    const auto oauth = element->child("oauth");
    if (basic && oauth) {
        oauth->ignore();
        basic->ignore();
        element->error("<authentication> has both <basicAuth> and <oauth>", "use one of them");
        return nullptr;
    }
    if (basic) return readBasic(*basic);
    if (oauth) return readOAuth(*oauth, position, build);
    element->error("<authentication> is empty", "it takes <basicAuth> or <oauth>");
    return nullptr;
}

}  // namespace myelin::endpoints
