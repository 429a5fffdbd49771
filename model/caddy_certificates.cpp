// SPDX-License-Identifier: Apache-2.0
#include "model/caddy_certificates.hpp"

#include <set>

#include "model/caddy_routes.hpp"

namespace argos {
namespace {

using boost::json::array;
using boost::json::object;

object for_names(array names) { return {{"match", object{{"sni", std::move(names)}}}}; }

// One a pair, for those of its names that are (no) wildcards.
void add_policies(const std::vector<ShownPair>& shown, bool wildcards, array& out) {
  for (const auto& [pair, names] : shown) {
    array of_kind;
    for (const auto& name : names) {
      if (is_wildcard(name) == wildcards) of_kind.emplace_back(name);
    }
    if (of_kind.empty()) continue;
    auto policy = for_names(std::move(of_kind));
    policy["certificate_selection"] = object{{"any_tag", array{pair->chain.c_str()}}};
    out.push_back(std::move(policy));
  }
}

std::set<std::string, std::less<>> names_of(const std::vector<ShownPair>& shown) {
  std::set<std::string, std::less<>> out;
  for (const auto& [pair, names] : shown) out.insert(names.begin(), names.end());
  return out;
}

// Names that a shown wildcard's policy would take in, though they are another host's.
array others_below_a_wildcard(const std::vector<ShownPair>& shown, const std::vector<NameAndIssuers>& all) {
  const auto taken = names_of(shown);
  std::set<std::string> out;
  for (const auto& [name, issuers] : all) {
    const auto dot = name.find('.');
    if (is_wildcard(name) || dot == std::string::npos || taken.contains(name)) continue;
    if (taken.contains("*" + name.substr(dot))) out.insert(name);
  }
  return array(out.begin(), out.end());
}

}  // namespace

array load_files(const std::vector<ShownPair>& shown, const std::string& folder) {
  array out;
  for (const auto& [pair, names] : shown) {
    out.push_back(object{{"certificate", folder + "/" + pair->file(".crt")},
                         {"key", folder + "/" + pair->file(".key")},
                         {"tags", array{pair->chain.c_str()}}});
  }
  return out;
}

array connection_policies(const std::vector<ShownPair>& shown, const std::vector<NameAndIssuers>& all) {
  array out;
  add_policies(shown, false, out);
  if (auto others = others_below_a_wildcard(shown, all); !others.empty()) out.push_back(for_names(std::move(others)));
  add_policies(shown, true, out);
  out.push_back(object{});
  return out;
}

std::map<std::string, std::string, std::less<>> names_in_leaves(const std::vector<ShownPair>& shown) {
  std::map<std::string, std::string, std::less<>> out;
  for (const auto& [pair, names] : shown) {
    for (const auto& name : pair->names) out.emplace(name, pair->host);
  }
  return out;
}

}  // namespace argos
