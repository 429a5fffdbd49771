// SPDX-License-Identifier: Apache-2.0
#include "model/caddy_proxy.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <vector>

#include <spdlog/fmt/fmt.h>

#include "model/validate.hpp"

namespace argos {
namespace {

using boost::json::array;
using boost::json::object;
using std::chrono::milliseconds;

constexpr int kMostUpstreams = 300;  // entries, so that extreme weights do not make a list of thousands

struct Share {
  std::string dial;
  int weight = 1;
};

std::vector<Share> shares_of(const TargetGroup& group) {
  std::vector<Share> shares;
  for (const auto& target : group.targets) {
    if (target.enabled) shares.push_back({host_and_port(target.host, target.port), std::max(target.weight, 1)});
  }
  return shares;
}

int total(const std::vector<Share>& shares) {
  return std::accumulate(shares.begin(), shares.end(), 0, [](int sum, const Share& share) { return sum + share.weight; });
}

// The smallest whole numbers of the same ratio; of nearly the same where the list would grow too long.
void reduce(std::vector<Share>& shares) {
  if (const int sum = total(shares); sum > kMostUpstreams) {
    for (auto& share : shares) share.weight = std::max(1, share.weight * kMostUpstreams / sum);
  }
  int divisor = 0;
  for (const auto& share : shares) divisor = std::gcd(divisor, share.weight);
  for (auto& share : shares) share.weight /= divisor;
}

// Each target as often as its weight says, spread evenly (smooth weighted round robin), so that no target gets a burst.
array upstreams_of(std::vector<Share> shares) {
  reduce(shares);
  const int sum = total(shares);
  std::vector<int> credit(shares.size(), 0);
  array upstreams;
  for (int turn = 0; turn < sum; ++turn) {
    for (std::size_t at = 0; at < shares.size(); ++at) credit[at] += shares[at].weight;
    const auto next = static_cast<std::size_t>(std::ranges::max_element(credit) - credit.begin());
    credit[next] -= sum;
    upstreams.push_back(object{{"dial", shares[next].dial}});
  }
  return upstreams;
}

std::string part_of(Duration whole, int tenths) { return to_string(Duration{whole.value * tenths / 10}); }
bool retries(const Settings& settings) { return settings.retry_for.value >= milliseconds(10); }

// A request looks on for retry_for where it reached no target. Once a target has it, only GET and HEAD are asked again.
// Caddy 2.6 refuses all but GET and HEAD at once while all targets are marked down: the second set makes it look on there too.
object load_balancing(const TargetGroup& group, const Settings& settings) {
  object balancing{{"selection_policy", {{"policy", enum_text(group.algorithm)}}}};
  if (!retries(settings)) return balancing;
  balancing["try_duration"] = to_string(settings.retry_for);
  balancing["try_interval"] = "50ms";
  balancing["retry_match"] = array{object{{"method", array{"GET", "HEAD"}}},
                                   object{{"vars", {{"{http.reverse_proxy.upstream.address}", array{"", "<nil>"}}}}}};
  return balancing;
}

object active_check(const HealthCheck& check, const CaddyAbilities& abilities) {
  object active{{"uri", check.path},
                {"interval", to_string(check.interval)},
                {"timeout", to_string(check.timeout)},
                // "2xx" is 2 to Caddy, "204" is 204
                {"expect_status", std::stoi(check.expect_status)}};
  if (check.method == HealthMethod::head && abilities.health_method) active["method"] = "HEAD";
  if (abilities.health_passes_and_fails && check.passes > 1) active["passes"] = check.passes;
  if (abilities.health_passes_and_fails && check.fails > 1) active["fails"] = check.fails;
  return active;
}

// One failed try takes a target out of turn, where there is another, for less time than a request looks on: a request that
// finds all of them out of turn still outlasts it.
object passive_check(const Settings& settings) {
  return {{"max_fails", 1}, {"fail_duration", retries(settings) ? part_of(settings.retry_for, 6) : "2s"}};
}

object health_checks(const TargetGroup& group, std::size_t targets, const Settings& settings, const CaddyAbilities& abilities) {
  object checks;
  if (group.health_check.enabled) checks["active"] = active_check(group.health_check, abilities);
  if (targets > 1) checks["passive"] = passive_check(settings);
  return checks;
}

// A target that swallows packets must not eat up the time in which a living one could be tried.
object transport(const TargetGroup& group, std::size_t targets, const Settings& settings) {
  object http;
  if (retries(settings) && targets > 1) {
    constexpr milliseconds kCaddysOwn{3000};
    http["dial_timeout"] = to_string(Duration{std::min(settings.retry_for.value * 4 / 10, kCaddysOwn)});
  }
  if (group.protocol == Protocol::https) {
    object tls;
    if (!group.verify_tls) tls["insecure_skip_verify"] = true;
    http["tls"] = std::move(tls);
  }
  if (!http.empty()) http["protocol"] = "http";
  return http;
}

// Said explicitly, since Caddy's default for https targets is not the same in all versions.
object request_headers(const TargetGroup& group) {
  const char* const host = group.preserve_host ? "{http.request.hostport}" : "{http.reverse_proxy.upstream.hostport}";
  return {{"request", {{"set", {{"Host", array{host}}}}}}};
}

}  // namespace

object proxy_handler(const TargetGroup& group, const Settings& settings, const CaddyAbilities& abilities) {
  auto shares = shares_of(group);
  object out{{"handler", "reverse_proxy"}};
  out["load_balancing"] = load_balancing(group, settings);
  out["headers"] = request_headers(group);
  if (auto how = transport(group, shares.size(), settings); !how.empty()) out["transport"] = std::move(how);
  if (auto checks = health_checks(group, shares.size(), settings, abilities); !checks.empty()) {
    out["health_checks"] = std::move(checks);
  }
  out["upstreams"] = upstreams_of(std::move(shares));
  if (abilities.stream_close_delay && settings.stream_close_delay.value > milliseconds(0)) {
    out["stream_close_delay"] = to_string(settings.stream_close_delay);
  }
  return out;
}

// Go's client closes the body when a connection is refused, so that another target would get none. Naming the body once has
// Caddy read it into memory, from where it can be sent again; in all versions. Never use Caddy 2.6's own `buffer_requests` for
// it: that hands the buffer of a refused request to the next one before it is sent, and targets get other visitors' bodies.
array keep_small_bodies(const Settings& settings) {
  if (!retries(settings)) return {};
  constexpr auto kUpTo64KiB = "^([0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-6])$";
  const object small{{"header_regexp", {{"Content-Length", {{"pattern", kUpTo64KiB}}}}}};
  const object keep{{"handler", "vars"}, {"argos_body", "{http.request.body}"}};
  return array{object{{"match", array{small}}, {"handle", array{keep}}}};
}

std::string beyond(const TargetGroup& group, const CaddyAbilities& abilities) {
  if (!group.health_check.enabled) return {};
  const auto& check = group.health_check;
  std::string out;
  if (check.method == HealthMethod::head && !abilities.health_method) out += "; health checks ask with GET, not HEAD";
  if ((check.fails > 1 || check.passes > 1) && !abilities.health_passes_and_fails) {
    out += "; each single health check decides, whatever fails and passes say";
  }
  return out.empty() ? out : "in this version of Caddy " + out.substr(2);
}

object unavailable_handler() {
  return {{"handler", "static_response"},
          {"status_code", 503},
          {"headers", {{"Retry-After", array{"10"}}, {"Content-Type", array{"text/plain; charset=utf-8"}}}},
          {"body", "503: no server can answer for this site right now. Please try again soon.\n"}};
}

object unavailable_errors() {
  const object none_available{{"vars", {{"{http.error.status_code}", array{"503"}}}}};
  const object none_reached{{"vars", {{"{http.error.status_code}", array{"502"}}}},
                            {"vars_regexp", {{"{http.error.message}", {{"pattern", "^dial "}}}}}};
  return {{"routes", array{object{{"match", array{none_available, none_reached}}, {"handle", array{unavailable_handler()}}}}}};
}

}  // namespace argos
