// SPDX-License-Identifier: Apache-2.0
// Which targets live, decided from what Caddy tells: its gauge of healthy upstreams and its list of failed requests.
//
// Caddy's figures are one per address, not one per group, and tell less than they seem to:
//   - the gauge says 1 of everything that nobody checks, and is renewed about every 10 s only;
//   - with a new configuration Caddy up to 2.10 starts it anew at 1, before any check was made;
//   - `fails` counts failed requests of the last seconds; it is there only where some group has another target to turn to.
// What cannot be known is said to be unknown.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "model/condition.hpp"
#include "model/object.hpp"

namespace argos {

// What Caddy tells of one address.
struct UpstreamFigures {
  bool listed = false;          // a site that runs now proxies to it
  std::optional<bool> healthy;  // the gauge
  int fails = 0;
};
using Figures = std::map<std::string, UpstreamFigures, std::less<>>;  // by "host:port"

// From the text of GET /metrics and the document of GET /reverse_proxy/upstreams. Never throws, whatever they hold.
Figures read_figures(std::string_view metrics, const boost::json::value& upstreams);

// What is to be watched: groups that answer for a host, and these hosts.
struct WatchedGroup {
  std::uint64_t generation = 0;
  Protocol protocol = Protocol::http;
  HealthCheck check;
  std::vector<std::string> targets;  // addresses of the enabled ones, each once
};
struct WatchedHost {
  std::string name;
  std::uint64_t generation = 0;
  std::string group;
};
struct Watched {
  std::map<std::string, WatchedGroup, std::less<>> groups;
  std::vector<WatchedHost> hosts;
};
Watched watched(const Desired& desired);

enum class Health { unknown, healthy, unhealthy };
std::string_view to_string(Health health);

// What one look at Caddy tells of one target.
struct Sighting {
  Health health = Health::unknown;
  std::string why;         // CamelCase constant
  bool for_now = false;    // unknown only until Caddy had time to find out: what was known before stands for a while
  int fails = 0;
};

// How far one group's figures can be trusted at this moment.
struct Trust {
  bool programmed = false;  // Caddy runs this form of the group
  bool settled = false;     // since Caddy was told something new a check has ended, and the gauge was renewed after it
};
// Who else holds an address: the figure is theirs as well.
struct Sharing {
  bool all_check_alike = true;  // every group that holds it has the very same active check
  bool any_checks = false;
};
std::map<std::string, Sharing, std::less<>> sharing(const Watched& watched);
Sighting sight(const WatchedGroup& group, const UpstreamFigures* figures, const Sharing& sharing, const Trust& trust);

// From a change of Caddy's configuration to figures that mean something for this check.
std::chrono::seconds settling_time(const HealthCheck& check);

// Healthy is believed when it is still seen after this long: longer than a reload under way, whose figures begin anew, takes to be noticed.
constexpr std::chrono::seconds kBelievedAfter{3};

// What is known of one target over time.
struct TargetHealth {
  Health health = Health::unknown;
  std::string why = "Pending";
  WallTime since{};  // that it is so
  WallTime seen{};  // the last time that Caddy bore it out; none while unknown
  int fails = 0;
  std::optional<WallTime> candidate;  // seen healthy since then, and not believed yet: see kBelievedAfter
};
TargetHealth advance(TargetHealth before, const Sighting& now, WallTime when);

// Of a group, or of a host that it answers for. `states` are those of group.targets, in that order.
Condition targets_healthy(const WatchedGroup& group, const std::vector<TargetHealth>& states);

}  // namespace argos
