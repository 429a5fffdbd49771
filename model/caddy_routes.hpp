// SPDX-License-Identifier: Apache-2.0
// Names -> Caddy routes: exact names before wildcards, in buckets where there are many, since Caddy asks one after another.
#pragma once

#include <string>
#include <vector>

#include <boost/json.hpp>

namespace argos {

struct SiteRoute {
  std::vector<std::string> names;  // ASCII
  boost::json::array handle;
};

// The route that answers for these names. At most a hundred names a list: in longer ones Caddy 2.6 tells capitals apart.
boost::json::object site_route(const std::vector<std::string>& names, boost::json::array handle);

// `sites` in their order, their exact names first, then their wildcards, the longest first. Then `last` answers all the rest.
boost::json::array ordered_routes(std::vector<SiteRoute> sites, const boost::json::array& last);

bool is_wildcard(std::string_view name);

}  // namespace argos
