// SPDX-License-Identifier: Apache-2.0
// One look at the health of a thousand groups behind a thousand hosts, beside what cannot be saved anyway: parsing the list that Caddy
// sends.
#include <string>

#include <benchmark/benchmark.h>
#include <boost/json.hpp>

#include "model/target_health.hpp"

namespace argos {
namespace {

constexpr int kHosts = 1000;
constexpr int kTargets = 2;

Desired thousand_hosts() {
  Desired desired;
  for (int i = 0; i < kHosts; ++i) {
    const std::string name = "host-" + std::to_string(i);
    Object<Host> host;
    host.meta.name = name;
    host.meta.created = host.meta.generation = static_cast<std::uint64_t>(i + 1);
    host.spec.domain = name + ".example.com";
    host.spec.target_group = name;
    desired.hosts.push_back(std::move(host));
    Object<TargetGroup> group;
    group.meta.name = name;
    group.spec.health_check.enabled = true;
    for (int at = 0; at < kTargets; ++at) group.spec.targets.push_back({.host = "192.0.2.7", .port = 8000 + kTargets * i + at});
    desired.target_groups.push_back(std::move(group));
  }
  return desired;
}

std::string address(int at) { return "192.0.2.7:" + std::to_string(8000 + at); }

std::string metrics() {
  std::string out;
  for (int at = 0; at < kTargets * kHosts; ++at) {
    out += "caddy_reverse_proxy_upstreams_healthy{upstream=\"" + address(at) + "\"} 1\n";
    out += "caddy_admin_http_requests_total{code=\"200\",handler=\"load\",method=\"POST\",path=\"/load\"} " +
           std::to_string(at) + "\n";
  }
  return out;
}

std::string upstreams() {
  boost::json::array out;
  for (int at = 0; at < kTargets * kHosts; ++at) out.push_back({{"address", address(at)}, {"num_requests", 0}, {"fails", 0}});
  return boost::json::serialize(out);
}

void parse_the_list(benchmark::State& state) {
  const auto text = upstreams();
  for (auto _ : state) benchmark::DoNotOptimize(boost::json::parse(text));
}
BENCHMARK(parse_the_list)->Name("yardstick: parse the list of 2000 upstreams");

void one_look(benchmark::State& state) {
  const auto gauge = metrics(), list = upstreams();
  const auto what = watched(thousand_hosts());
  const auto shared = sharing(what);
  std::map<std::string, std::vector<TargetHealth>> known;
  for (const auto& [name, group] : what.groups) known[name].resize(group.targets.size());
  WallTime now{std::chrono::hours(1)};
  for (auto _ : state) {
    now += std::chrono::seconds(10);
    const auto figures = read_figures(gauge, boost::json::parse(list));
    for (const auto& [name, group] : what.groups) {
      auto& states = known[name];
      for (std::size_t at = 0; at < states.size(); ++at) {
        const auto& found = figures.find(group.targets[at])->second;
        states[at] = advance(std::move(states[at]), sight(group, &found, shared.at(group.targets[at]), {true, true}), now);
      }
      benchmark::DoNotOptimize(targets_healthy(group, states));
    }
  }
}
BENCHMARK(one_look)->Name("one look at 2000 targets of 1000 groups");

void after_an_edit(benchmark::State& state) {
  const auto desired = thousand_hosts();
  for (auto _ : state) benchmark::DoNotOptimize(sharing(watched(desired)));
}
BENCHMARK(after_an_edit)->Name("which of 1000 hosts and groups are in use, after an edit");

}  // namespace
}  // namespace argos
