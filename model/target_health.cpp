// SPDX-License-Identifier: Apache-2.0
#include "model/target_health.hpp"

#include <algorithm>
#include <charconv>

#include <boost/json.hpp>
#include <spdlog/fmt/fmt.h>

#include "model/caddy_claims.hpp"
#include "model/validate.hpp"

namespace argos {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kGauge = "caddy_reverse_proxy_upstreams_healthy{";
constexpr std::string_view kLabel = "upstream=\"";
constexpr auto kGaugeRenewed = 10s;  // by Caddy, all versions
constexpr auto kMargin = 2s;
constexpr auto kStands = 60s;  // what was known before a change, without being borne out again
constexpr std::size_t kMostNamed = 3;

// The value of a quoted label, from after its opening quote; the rest of the line is left behind it.
std::string take_label(std::string_view& rest) {
  std::string out;
  while (!rest.empty() && rest.front() != '"') {
    if (rest.front() == '\\' && rest.size() > 1) rest.remove_prefix(1);
    out += rest.front();
    rest.remove_prefix(1);
  }
  return out;
}

void read_gauge(std::string_view line, Figures& into) {
  const auto label = line.find(kLabel);
  if (label == std::string_view::npos) return;
  line.remove_prefix(label + kLabel.size());
  const auto address = take_label(line);
  const auto brace = line.rfind('}');
  if (brace == std::string_view::npos) return;
  line.remove_prefix(brace + 1);
  while (line.starts_with(' ')) line.remove_prefix(1);
  double value = 0;
  const auto [end, failed] = std::from_chars(line.data(), line.data() + line.size(), value);
  const bool whole = end == line.data() + line.size() || *end == ' ' || *end == '\r';
  if (failed == std::errc() && whole && (value == 0 || value == 1)) into[address].healthy = value == 1;
}

int fails_of(const boost::json::object& upstream) {
  const auto* const fails = upstream.if_contains("fails");
  boost::system::error_code not_a_number;
  const int count = fails == nullptr ? 0 : fails->to_number<int>(not_a_number);
  return not_a_number ? 0 : count;
}

void read_upstream(const boost::json::value& upstream, Figures& into) {
  if (!upstream.is_object()) return;
  const auto* const address = upstream.get_object().if_contains("address");
  if (address == nullptr || !address->is_string()) return;
  auto& figures = into[std::string(address->get_string())];
  figures.listed = true;
  figures.fails = fails_of(upstream.get_object());
}

bool check_alike(const WatchedGroup& one, const WatchedGroup& other) {
  if (!one.check.enabled && !other.check.enabled) return true;
  return one.check == other.check && one.protocol == other.protocol;
}

WatchedGroup watched_group(const Object<TargetGroup>& group) {
  WatchedGroup out{group.meta.generation, group.spec.protocol, group.spec.health_check, {}};
  for (const auto& target : group.spec.targets) {
    auto address = host_and_port(target.host, target.port);
    const bool known = std::ranges::find(out.targets, address) != out.targets.end();
    if (target.enabled && !known) out.targets.push_back(std::move(address));
  }
  return out;
}

std::string to_the_second(WallTime time) {
  constexpr std::size_t kUpToSeconds = 19;
  return to_rfc3339(time).substr(0, kUpToSeconds) + "Z";
}

std::string name_the_down(const WatchedGroup& group, const std::vector<TargetHealth>& states) {
  std::string out;
  std::size_t named = 0, down = 0;
  for (std::size_t at = 0; at < states.size(); ++at) {
    if (states[at].health != Health::unhealthy || ++down > kMostNamed) continue;
    out += fmt::format("{}{} since {}", named++ == 0 ? "" : ", ", group.targets[at], to_the_second(states[at].since));
  }
  return down > named ? fmt::format("{} and {} more", out, down - named) : out;
}

std::string explain_unknown(std::string_view why) {
  if (why == "NotChecked") return "nothing checks it: see healthCheck of the target group";
  if (why == "Shared") return "another group has the same target and checks it otherwise, and Caddy has one figure for both";
  if (why == "NotProgrammed") return "Caddy does not run this form of the target group";
  return "Caddy has not found out yet";
}

}  // namespace

Figures read_figures(std::string_view metrics, const boost::json::value& upstreams) {
  Figures out;
  for (auto at = metrics.find(kGauge); at != std::string_view::npos; at = metrics.find(kGauge, at)) {
    const auto end = std::min(metrics.find('\n', at), metrics.size());
    if (at == 0 || metrics[at - 1] == '\n') read_gauge(metrics.substr(at, end - at), out);
    at = end;
  }
  if (!upstreams.is_array()) return out;
  for (const auto& upstream : upstreams.get_array()) read_upstream(upstream, out);
  return out;
}

Watched watched(const Desired& desired) {
  Watched out;
  for (const auto& claim : settle_claims(desired)) {
    if (!claim.served() || claim.host->spec.target_group.empty()) continue;
    const auto& name = claim.host->spec.target_group;
    out.hosts.push_back({claim.host->meta.name, claim.host->meta.generation, name});
    const bool known = out.groups.contains(name);
    if (claim.group != nullptr && !known) out.groups.emplace(name, watched_group(*claim.group));
  }
  return out;
}

std::string_view to_string(Health health) {
  switch (health) {
    case Health::healthy: return "healthy";
    case Health::unhealthy: return "unhealthy";
    case Health::unknown: break;
  }
  return "unknown";
}

std::map<std::string, Sharing, std::less<>> sharing(const Watched& watched) {
  std::map<std::string, Sharing, std::less<>> out;
  std::map<std::string_view, const WatchedGroup*> first;
  for (const auto& [name, group] : watched.groups) {
    for (const auto& address : group.targets) {
      const auto* const other = first.try_emplace(address, &group).first->second;
      auto& shared = out[address];
      shared.all_check_alike = shared.all_check_alike && check_alike(*other, group);
      shared.any_checks = shared.any_checks || group.check.enabled;
    }
  }
  return out;
}

Sighting sight(const WatchedGroup& group, const UpstreamFigures* figures, const Sharing& sharing, const Trust& trust) {
  const bool listed = figures != nullptr && figures->listed;
  if (listed && figures->fails > 0) return {Health::unhealthy, "RequestsFail", false, figures->fails};
  if (!trust.programmed || !listed) return {Health::unknown, "NotProgrammed", true};
  const bool down = figures->healthy && !*figures->healthy;
  if (!sharing.any_checks) {
    return down ? Sighting{Health::unhealthy, "RequestsFail"} : Sighting{Health::unknown, "NotChecked"};
  }
  if (!group.check.enabled) return {Health::unknown, "Shared"};
  if (down) return {Health::unhealthy, "CheckFails"};
  if (!sharing.all_check_alike) return {Health::unknown, "Shared"};
  if (!figures->healthy || !trust.settled) return {Health::unknown, "Pending", true};
  return {Health::healthy, "CheckPasses"};
}

std::chrono::seconds settling_time(const HealthCheck& check) {
  const auto renewals = 1 + (check.timeout.value - std::chrono::milliseconds(1)) / kGaugeRenewed;
  return renewals * kGaugeRenewed + kMargin;
}

TargetHealth advance(TargetHealth before, const Sighting& now, WallTime when) {
  before.fails = now.fails;
  if (before.since == WallTime{}) before.since = when;
  const bool news = now.health == Health::healthy && before.health != Health::healthy;
  if (!news) before.candidate.reset();
  if (news && !before.candidate) before.candidate = when;
  if (news && when - *before.candidate < kBelievedAfter) return before;
  const bool stands = before.health != Health::unknown && when - before.seen <= kStands;
  if (now.for_now && stands) return before;
  before.candidate.reset();
  if (before.health != now.health) before.since = when;
  if (now.health != Health::unknown) before.seen = when;
  before.health = now.health;
  before.why = now.why;
  return before;
}

Condition targets_healthy(const WatchedGroup& group, const std::vector<TargetHealth>& states) {
  const auto say = [&](Status status, std::string reason, std::string message) {
    return Condition{"TargetsHealthy", status, std::move(reason), std::move(message), group.generation, {}};
  };
  const auto all = states.size();
  if (all == 0) return say(Status::unknown, "NoTargets", "no target is enabled");
  const auto down = static_cast<std::size_t>(std::ranges::count(states, Health::unhealthy, &TargetHealth::health));
  if (down > 0) {
    const auto which = name_the_down(group, states);
    if (down < all)
      return say(Status::no, "TargetsDown",
                 fmt::format("{} of {} targets {} down: {}", down, all, down == 1 ? "is" : "are", which));
    return say(Status::no, "AllTargetsDown",
               fmt::format("{} is down: {}", all == 1 ? "the only target" : "every target", which));
  }
  const auto unknown = std::ranges::find(states, Health::unknown, &TargetHealth::health);
  if (unknown == states.end()) return say(Status::yes, "AllHealthy", fmt::format("{} of {} targets answer", all, all));
  const auto& address = group.targets[static_cast<std::size_t>(unknown - states.begin())];
  return say(Status::unknown, unknown->why, fmt::format("{}: {}", address, explain_unknown(unknown->why)));
}

}  // namespace argos
