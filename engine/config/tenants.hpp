#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/config/build.hpp"
#include "engine/config/element.hpp"

namespace myelin::config {

/// Letters, digits, '.', '_' and '-'. Case does not matter.
bool isTenantName(std::string_view text) noexcept;
/// What to say of one that is none, and how to write one.
std::string noTenantName(std::string_view text);
std::string tenantHelp();

/// The children of a group (<endpoint>s or <member>s) that this Myelin uses: all that are not marked, and those whose
/// attribute `tenants` names its tenant; without a tenant, all of them. The others are left alone, which `myelin show`
/// says. Reports lists that are none.
std::vector<Element> forTenant(std::vector<Element> children, Build& build);

/// For a group of which forTenant() left nothing: that it is so, and for whom its children are. `child` is "endpoint"
/// or "member".
void reportNobodyLeft(const Element& group, std::string_view child, const Build& build);

/// Once everything is built: warns when endpoints are marked, but none for the tenant that Myelin has.
void reportTenantOfNobody(Build& build);

}  // namespace myelin::config
