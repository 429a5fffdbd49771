// SPDX-License-Identifier: Apache-2.0
// TargetGroup -> Caddy's reverse_proxy handler, and what stands in for it where there is no usable target.
#pragma once

#include <string>

#include <boost/json.hpp>

#include "model/caddy_config.hpp"
#include "model/settings.hpp"
#include "model/target_group.hpp"

namespace argos {

// The handler that answers for a group with at least one enabled target.
boost::json::object proxy_handler(const TargetGroup& group, const Settings& settings, const CaddyAbilities& abilities);

// Ahead of all sites: keeps a request's small body for a second try. Nothing where there is only one.
boost::json::array keep_small_bodies(const Settings& settings);

// What a group asks for and this Caddy cannot do, with what happens instead; empty: nothing.
std::string beyond(const TargetGroup& group, const CaddyAbilities& abilities);

// 503 with Retry-After and a short page.
boost::json::object unavailable_handler();

// The server's `errors`: no target took the request -> the same 503; any other error keeps its status.
boost::json::object unavailable_errors();

}  // namespace argos
