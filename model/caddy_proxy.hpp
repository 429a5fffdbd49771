// SPDX-License-Identifier: Apache-2.0
// TargetGroup -> Caddy's reverse_proxy handler, and what stands in for it where there is no usable target.
#pragma once

#include <string>

#include <boost/json.hpp>

#include "model/caddy_config.hpp"
#include "model/settings.hpp"
#include "model/target_group.hpp"

namespace argos {

// The handlers that answer for a group with at least one enabled target: what keeps a small body for a second try, and the proxy.
boost::json::array proxy_handlers(const TargetGroup& group, const Settings& settings, const CaddyAbilities& abilities);

// What a group asks for and this Caddy cannot do, with what happens instead; empty: nothing.
std::string beyond(const TargetGroup& group, const CaddyAbilities& abilities);

// 503 with Retry-After and a short page.
boost::json::object unavailable_handler();

// The server's `errors`: no target took the request -> the same 503; any other error keeps its status.
boost::json::object unavailable_errors();

}  // namespace argos
