// SPDX-License-Identifier: Apache-2.0
#include "model/caddy_routes.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>

namespace argos {
namespace {

using boost::json::array;
using boost::json::object;

constexpr std::size_t kFlatUpTo = 200;   // exact sites
constexpr std::size_t kLongestList = 100;  // names

array names_matcher(const std::vector<std::string>& names) {
  array sets;
  for (std::size_t from = 0; from < names.size(); from += kLongestList) {
    array list;
    for (std::size_t at = from; at < std::min(from + kLongestList, names.size()); ++at) list.emplace_back(names[at]);
    sets.push_back(object{{"host", std::move(list)}});
  }
  return sets;
}

// Takes the sites' wildcards out of them; sites without a name left go. Many a handler is large: it is moved where it can be.
std::vector<SiteRoute> take_wildcards(std::vector<SiteRoute>& sites) {
  std::vector<SiteRoute> out;
  for (auto& site : sites) {
    const auto wildcards = std::ranges::stable_partition(site.names, std::not_fn(is_wildcard));
    if (wildcards.empty()) continue;
    std::vector<std::string> names(std::move_iterator(wildcards.begin()), std::move_iterator(wildcards.end()));
    site.names.erase(wildcards.begin(), wildcards.end());
    out.push_back({std::move(names), site.names.empty() ? std::move(site.handle) : site.handle});
  }
  std::erase_if(sites, [](const SiteRoute& site) { return site.names.empty(); });
  return out;
}

array flat(std::vector<SiteRoute> sites) {
  array routes;
  routes.reserve(sites.size());
  for (auto& site : sites) routes.push_back(site_route(site.names, std::move(site.handle)));
  return routes;
}

// Sites in groups of at most a hundred names, each behind one list of all its names.
array bucketed(std::vector<SiteRoute> sites) {
  array routes;
  std::vector<std::string> names;
  std::vector<SiteRoute> bucket;
  const auto close = [&] {
    if (bucket.empty()) return;
    object inner{{"handler", "subroute"}};
    inner["routes"] = flat(std::exchange(bucket, {}));
    array handle;
    handle.push_back(std::move(inner));
    routes.push_back(site_route(std::exchange(names, {}), std::move(handle)));
  };
  for (auto& site : sites) {
    if (names.size() + site.names.size() > kLongestList) close();
    names.insert(names.end(), site.names.begin(), site.names.end());
    bucket.push_back(std::move(site));
  }
  close();
  return routes;
}

void append(array& to, array from) {
  for (auto& value : from) to.push_back(std::move(value));
}

}  // namespace

bool is_wildcard(std::string_view name) { return name.starts_with("*."); }

object site_route(const std::vector<std::string>& names, array handle) {
  object route{{"terminal", true}};
  route["match"] = names_matcher(names);
  route["handle"] = std::move(handle);
  return route;
}

array ordered_routes(std::vector<SiteRoute> sites, const array& last) {
  auto wildcards = take_wildcards(sites);
  std::ranges::stable_sort(wildcards, std::greater<>{},
                           [](const SiteRoute& site) { return std::ranges::max(site.names, {}, &std::string::size).size(); });
  array routes = sites.size() > kFlatUpTo ? bucketed(std::move(sites)) : flat(std::move(sites));
  append(routes, flat(std::move(wildcards)));
  routes.push_back(object{{"handle", last}});
  return routes;
}

}  // namespace argos
