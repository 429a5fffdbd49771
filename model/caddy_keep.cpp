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

// The object there; made where there is none.
object& object_at(value& document, std::initializer_list<std::string_view> path) {
  object* here = &document.as_object();
  for (const auto name : path) {
    auto& next = (*here)[name];
    if (!next.is_object()) next = object{};
    here = &next.get_object();
  }
  return *here;
}

array& list_in(object& parent, std::string_view name) {
  auto& list = parent[name];
  if (!list.is_array()) list = array{};
  return list.get_array();
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
  auto& held = list_in(object_at(document, {"apps", "tls", "automation"}), "policies");
  held.insert(held.begin(), policies.begin(), policies.end());
}

void keep_skipped(value& document, value& running, const Names& names) {
  const auto* const found = at(running, "/apps/http/servers/https/automatic_https/skip_certificates");
  auto* const https = at(document, "/apps/http/servers/https/automatic_https");
  if (found == nullptr || !found->is_array() || https == nullptr || !https->is_object()) return;
  auto skipped = only(found->get_array(), names);
  if (skipped.empty()) return;
  auto& held = list_in(https->get_object(), "skip_certificates");
  held.insert(held.end(), skipped.begin(), skipped.end());
}

const array* list_at(value& document, const char* pointer) {
  const auto* const found = at(document, pointer);
  return found == nullptr ? nullptr : found->if_array();
}

bool shares_one(const value* list, const value* other) {
  if (list == nullptr || other == nullptr || !list->is_array() || !other->is_array()) return false;
  const auto& texts = other->get_array();
  return std::ranges::any_of(list->get_array(),
                             [&](const value& text) { return std::ranges::find(texts, text) != texts.end(); });
}

// The loaded files with one of these tags.
void keep_files(value& document, value& running, const value& tags) {
  const auto* const found = list_at(running, "/apps/tls/certificates/load_files");
  if (found == nullptr) return;
  auto& files = list_in(object_at(document, {"apps", "tls", "certificates"}), "load_files");
  for (const auto& file : *found) {
    const auto* const marks = file.is_object() ? file.get_object().if_contains("tags") : nullptr;
    if (shares_one(marks, &tags) && std::ranges::find(files, file) == files.end()) files.push_back(file);
  }
  object_at(document, {"apps", "http", "servers", "https", "automatic_https"})["ignore_loaded_certificates"] = true;
}

void keep_policy(value& document, value policy) {
  const bool wildcard = policy.at("match").at("sni").at(0).get_string().starts_with("*.");
  auto& policies = list_in(object_at(document, {"apps", "http", "servers", "https"}), "tls_connection_policies");
  const bool last = wildcard && !policies.empty();  // after all exact names; the last takes what is left
  policies.insert(last ? policies.end() - 1 : policies.begin(), std::move(policy));
}

// What these names show, where it is a certificate that an operator brought.
void keep_shown_files(value& document, value& running, const Names& names) {
  const auto* const found = list_at(running, "/apps/http/servers/https/tls_connection_policies");
  if (found == nullptr) return;
  for (const auto& policy : *found) {
    boost::system::error_code missing;
    const auto* const sni = policy.find_pointer("/match/sni", missing);
    const auto* const tags = policy.find_pointer("/certificate_selection/any_tag", missing);
    auto kept = sni != nullptr && sni->is_array() ? only(sni->get_array(), names) : array{};
    if (kept.empty() || tags == nullptr) continue;
    auto copy = policy;
    copy.at("match").at("sni") = std::move(kept);
    keep_policy(document, std::move(copy));
    keep_files(document, running, *tags);
  }
}

}  // namespace

void keep_running(value& document, const value& running, const Names& names) {
  auto copy = running;
  keep_routes(document, copy, names);
  keep_policies(document, copy, names);
  keep_skipped(document, copy, names);
  keep_shown_files(document, copy, names);
}

}  // namespace argos
