#include "engine/config/tenants.hpp"

#include <algorithm>
#include <set>

#include "engine/base/strings.hpp"

namespace myelin::config {

namespace {

/// All that are named anywhere in the configuration, in lower case.
struct KnownTenants {
    std::set<std::string> names;
};

std::string lower(std::string_view text) {
    std::string result;
    for (const char c : text) result += base::toLowerAscii(c);
    return result;
}

/// In lower case, without what is no name.
std::vector<std::string> readTenants(const Element& element) {
    std::vector<std::string> names;
    const std::string written = element.attribute("tenants", "");
    if (base::trim(written).empty()) {
        element.errorAt("tenants", "the list of tenants is empty", "leave the attribute out for an endpoint of all");
        return names;
    }
    for (std::size_t begin = 0; begin <= written.size();) {
        const std::size_t end = std::min(written.find(',', begin), written.size());
        const auto name = base::trim(std::string_view(written).substr(begin, end - begin));
        begin = end + 1;
        if (name.empty()) {
            element.warningAt("tenants", "\"" + written + "\" has a comma without a name beside it");
        } else if (!isTenantName(name)) {
            element.errorAt("tenants", noTenantName(name), tenantHelp());
        } else if (std::find(names.begin(), names.end(), lower(name)) != names.end()) {
            element.warningAt("tenants", "the tenant \"" + std::string(name) + "\" is there twice");
        } else {
            names.push_back(lower(name));
        }
    }
    return names;
}

}  // namespace

bool isTenantName(std::string_view text) noexcept {
    constexpr std::size_t kLongest = 64;
    return !text.empty() && text.size() <= kLongest && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
               c == '-';
    });
}

std::string noTenantName(std::string_view text) {
    return "\"" + std::string(text) + "\" is no name of a tenant";
}

std::string tenantHelp() {
    return "names have letters, digits, '.', '_' and '-', 64 at most; several are separated by commas";
}

std::vector<Element> forTenant(std::vector<Element> children, Build& build) {
    const std::string tenant = lower(build.options().tenant);
    std::vector<Element> used;
    for (auto& child : children) {
        if (!child.has("tenants")) {
            used.push_back(child);
            continue;
        }
        child.beyondSynapse("tenants");
        const auto names = readTenants(child);
        build.shared<KnownTenants>().names.insert(names.begin(), names.end());
        const bool ours = tenant.empty() || std::find(names.begin(), names.end(), tenant) != names.end();
        if (ours)
            used.push_back(child);
        else
            child.leaveOut("not for the tenant " + tenant);
    }
    return used;
}

void reportNobodyLeft(const Element& group, std::string_view child, const Build& build) {
    std::set<std::string> others;
    for (const auto& element : group.childrenNamed(child)) {
        for (auto& name : readTenants(element)) others.insert(std::move(name));
    }
    std::string list;
    for (const auto& name : others) list += (list.empty() ? "" : ", ") + name;
    group.error("no child of this <" + std::string(group.name()) + "> is for the tenant \"" + build.options().tenant +
                    "\"" + (list.empty() ? "" : "; they are for " + list),
                "a child without tenants=\"...\" is for all tenants");
}

void reportTenantOfNobody(Build& build) {
    const auto& known = build.shared<KnownTenants>().names;
    const std::string& tenant = build.options().tenant;
    if (tenant.empty() || known.empty() || known.contains(lower(tenant))) return;
    Place place;
    place.file = "tenant \"" + tenant + "\"";
    build.diagnostics().warning(
        place,
        "no endpoint is marked for it" + didYouMean(lower(tenant), {known.begin(), known.end()}),
        "only endpoints without tenants=\"...\" are used");
}

}  // namespace myelin::config
