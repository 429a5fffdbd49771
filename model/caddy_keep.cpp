// SPDX-License-Identifier: Apache-2.0
#include "model/caddy_keep.hpp"

#include <algorithm>

#include "model/caddy_places.hpp"

namespace argos {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;
using Names = std::set<std::string, std::less<>>;

value* at(value& document, const char* pointer) {
  boost::system::error_code missing;
  return document.find_pointer(pointer, missing);
}

array only(const array& list, const Names& names) {
  array out;
  for (const auto& name : list) {
    if (name.is_string() && names.contains(std::string_view(name.get_string()))) out.push_back(name);
  }
  return out;
}

// The route for this name, and for no other.
object route_for(const object& route, const std::string& name) {
  object out = route;
  out["match"] = array{object{{"host", array{name.c_str()}}}};
  return out;
}

void keep_routes(value& document, value& running, const Names& names) {
  auto* const servers = at(document, "/apps/http/servers");
  if (servers == nullptr || !servers->is_object()) return;
  for (auto& server : servers->get_object()) {
    auto* const routes = server.value().is_object() ? server.value().get_object().if_contains("routes") : nullptr;
    if (routes == nullptr || !routes->is_array()) continue;
    for (const auto& name : names) {
      const auto* const route = find_route(running, server.key(), name);
      if (route == nullptr) continue;
      auto& list = routes->get_array();
      const bool wildcard = name.starts_with("*.");  // after all exact names; the last route answers what is left
      list.insert(wildcard && !list.empty() ? list.end() - 1 : list.begin(), route_for(*route, name));
    }
  }
}

void keep_policies(value& document, value& running, const Names& names) {
  const auto* const found = at(running, "/apps/tls/automation/policies");
  if (found == nullptr || !found->is_array()) return;
  array policies;
  for (const auto& policy : found->get_array()) {
    const auto* const subjects = policy.is_object() ? policy.get_object().if_contains("subjects") : nullptr;
    auto kept = subjects != nullptr && subjects->is_array() ? only(subjects->get_array(), names) : array{};
    if (kept.empty()) continue;
    object copy = policy.get_object();
    copy["subjects"] = std::move(kept);
    policies.push_back(std::move(copy));
  }
  if (policies.empty()) return;
  auto& apps = document.as_object()["apps"].as_object();
  if (!apps.contains("tls")) apps["tls"] = object{};
  auto& tls = apps["tls"].as_object();
  if (!tls.contains("automation")) tls["automation"] = object{{"policies", array{}}};
  auto& held = tls["automation"].as_object()["policies"].as_array();
  held.insert(held.begin(), policies.begin(), policies.end());
}

void keep_skipped(value& document, value& running, const Names& names) {
  const auto* const found = at(running, "/apps/http/servers/https/automatic_https/skip_certificates");
  auto* const https = at(document, "/apps/http/servers/https/automatic_https");
  if (found == nullptr || !found->is_array() || https == nullptr || !https->is_object()) return;
  auto skipped = only(found->get_array(), names);
  if (skipped.empty()) return;
  auto& held = https->get_object()["skip_certificates"];
  if (!held.is_array()) held = array{};
  held.get_array().insert(held.get_array().end(), skipped.begin(), skipped.end());
}

}  // namespace

void keep_running(value& document, const value& running, const Names& names) {
  auto copy = running;
  keep_routes(document, copy, names);
  keep_policies(document, copy, names);
  keep_skipped(document, copy, names);
}

}  // namespace argos
