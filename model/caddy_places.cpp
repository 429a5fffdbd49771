// SPDX-License-Identifier: Apache-2.0
#include "model/caddy_places.hpp"

#include <algorithm>
#include <charconv>

namespace argos {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;
using Names = std::set<std::string, std::less<>>;

constexpr int kDeepest = 8;  // subroutes within subroutes

const value* member(const value* parent, std::string_view key) {
  if (parent == nullptr || !parent->is_object()) return nullptr;
  return parent->get_object().if_contains(key);
}

const value* element(const value* parent, std::string_view index) {
  if (parent == nullptr || !parent->is_array()) return nullptr;
  std::size_t at = 0;
  const auto [end, failed] = std::from_chars(index.data(), index.data() + index.size(), at);
  if (failed != std::errc() || end != index.data() + index.size()) return nullptr;
  return at < parent->get_array().size() ? &parent->get_array()[at] : nullptr;
}

const value* step_into(const value* parent, std::string_view step) {
  return parent != nullptr && parent->is_array() ? element(parent, step) : member(parent, step);
}

void add_texts(const value* list, std::vector<std::string>& out) {
  if (list == nullptr || !list->is_array()) return;
  for (const auto& text : list->get_array()) {
    if (text.is_string()) out.emplace_back(text.get_string());
  }
}

// The names in a route's host matchers.
std::vector<std::string> names_of_route(const value& route) {
  std::vector<std::string> out;
  const auto* const sets = member(&route, "match");
  if (sets == nullptr || !sets->is_array()) return out;
  for (const auto& set : sets->get_array()) add_texts(member(&set, "host"), out);
  return out;
}

// visit(path, route, names) for each route with names, outermost first; it says whether to look inside.
template <class Visit>
void visit_routes(const value* routes, const std::string& path, int depth, const Visit& visit) {
  if (routes == nullptr || !routes->is_array() || depth > kDeepest) return;
  for (std::size_t at = 0; at < routes->get_array().size(); ++at) {
    const auto& route = routes->get_array()[at];
    const auto here = path + "/" + std::to_string(at);
    const auto names = names_of_route(route);
    if (!names.empty() && !visit(here, route, names)) continue;
    const auto* const handlers = member(&route, "handle");
    if (handlers == nullptr || !handlers->is_array()) continue;
    for (std::size_t position = 0; position < handlers->get_array().size(); ++position) {
      visit_routes(member(&handlers->get_array()[position], "routes"), here + "/handle/" + std::to_string(position) + "/routes",
                   depth + 1, visit);
    }
  }
}

const value* servers_of(const value& document) { return member(member(member(&document, "apps"), "http"), "servers"); }

template <class Visit>
void visit_all_routes(const value& document, const Visit& visit) {
  const auto* const servers = servers_of(document);
  if (servers == nullptr || !servers->is_object()) return;
  for (const auto& server : servers->get_object()) {
    visit_routes(member(&server.value(), "routes"), pointer_of({"apps", "http", "servers", server.key(), "routes"}), 0, visit);
  }
}

// Whom a certificate of the document is for: the names of the connection policies that ask for one of its tags.
std::vector<std::string> names_shown_it(const value& document, const value& certificate) {
  std::vector<std::string> tags, out;
  add_texts(member(&certificate, "tags"), tags);
  const auto* const policies = member(member(servers_of(document), "https"), "tls_connection_policies");
  if (policies == nullptr || !policies->is_array()) return out;
  for (const auto& policy : policies->get_array()) {
    std::vector<std::string> asked;
    add_texts(member(member(&policy, "certificate_selection"), "any_tag"), asked);
    if (std::ranges::find_first_of(asked, tags) != asked.end()) add_texts(member(member(&policy, "match"), "sni"), out);
  }
  return out;
}

// The names of what lies in a list of that name, where it is no route.
std::vector<std::string> names_by_list(const value& document, std::string_view list, const value& here) {
  std::vector<std::string> out;
  if (list == "policies") add_texts(member(&here, "subjects"), out);
  if (list == "tls_connection_policies") add_texts(member(member(&here, "match"), "sni"), out);
  if (list == "load_files") out = names_shown_it(document, here);
  return out;
}

const value* policies_of(const value& document) {
  return member(member(member(member(&document, "apps"), "tls"), "automation"), "policies");
}

}  // namespace

std::vector<std::string> pointer_steps(std::string_view pointer) {
  std::vector<std::string> out;
  while (pointer.starts_with('/')) {
    pointer.remove_prefix(1);
    const auto end = std::min(pointer.find('/'), pointer.size());
    std::string step;
    for (std::size_t at = 0; at < end; ++at) {
      const bool escaped = pointer[at] == '~' && at + 1 < end;
      if (escaped) ++at;
      step += !escaped ? pointer[at] : pointer[at] == '1' ? '/' : '~';
    }
    out.push_back(std::move(step));
    pointer.remove_prefix(end);
  }
  return out;
}

std::string pointer_of(const std::vector<std::string>& steps) {
  std::string out;
  for (const auto& step : steps) {
    out += '/';
    for (const char c : step) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  }
  return out;
}

Owner owner_of(const value& document, std::string_view pointer) {
  const auto steps = pointer_steps(pointer);
  Owner owner;
  const value* here = &document;
  for (std::size_t at = 0; at < steps.size() && here != nullptr; ++at) {
    here = step_into(here, steps[at]);
    if (here == nullptr || !here->is_object()) continue;
    auto names = names_of_route(*here);
    if (names.empty() && at > 0) names = names_by_list(document, steps[at - 1], *here);
    if (names.empty()) continue;
    owner.names = std::move(names);
    owner.rest.assign(steps.begin() + static_cast<std::ptrdiff_t>(at) + 1, steps.end());
  }
  return owner;
}

std::vector<std::string> places_of(const value& document, const Names& names) {
  std::vector<std::string> out;
  const auto is_theirs = [&](const std::string& name) { return names.contains(name); };
  visit_all_routes(document, [&](const std::string& path, const value&, const std::vector<std::string>& of_route) {
    if (std::ranges::none_of(of_route, is_theirs)) return false;
    if (!std::ranges::all_of(of_route, is_theirs)) return true;
    out.push_back(path);
    return false;
  });
  const auto* const policies = policies_of(document);
  if (policies == nullptr || !policies->is_array()) return out;
  for (std::size_t at = 0; at < policies->get_array().size(); ++at) {
    std::vector<std::string> subjects;
    add_texts(member(&policies->get_array()[at], "subjects"), subjects);
    if (std::ranges::any_of(subjects, is_theirs)) out.push_back("/apps/tls/automation/policies/" + std::to_string(at));
  }
  return out;
}

Names names_in(const value& document) {
  Names out;
  visit_all_routes(document, [&](const std::string&, const value&, const std::vector<std::string>& names) {
    out.insert(names.begin(), names.end());
    return true;
  });
  return out;
}

Names names_held_to_pairs(const value& document) {
  Names out;
  const auto* const servers = servers_of(document);
  if (servers == nullptr || !servers->is_object()) return out;
  for (const auto& [name, server] : servers->get_object()) {
    const auto* const policies = member(&server, "tls_connection_policies");
    if (policies == nullptr || !policies->is_array()) continue;
    for (const auto& policy : policies->get_array()) {
      std::vector<std::string> names;
      if (member(&policy, "certificate_selection") != nullptr) add_texts(member(member(&policy, "match"), "sni"), names);
      out.insert(names.begin(), names.end());
    }
  }
  return out;
}

object* find_route(value& document, std::string_view server, std::string_view name) {
  const value* found = nullptr;
  const auto* const routes = member(member(servers_of(document), server), "routes");
  visit_routes(routes, "", 0, [&](const std::string&, const value& route, const std::vector<std::string>& names) {
    const bool is_for_it = std::ranges::find(names, name) != names.end();
    if (is_for_it) found = &route;
    return is_for_it;
  });
  return found == nullptr ? nullptr : &const_cast<value*>(found)->get_object();  // NOLINT: of a document that may be changed
}

}  // namespace argos
