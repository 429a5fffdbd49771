// SPDX-License-Identifier: Apache-2.0
// A thousand hosts to Caddy's document, beside what cannot be saved anyway: writing that document out as text.
#include <string>

#include <benchmark/benchmark.h>
#include <boost/json.hpp>

#include "model/caddy_config.hpp"

namespace argos {
namespace {

constexpr int kHosts = 1000;

Desired thousand_hosts() {
  Desired desired;
  for (int i = 0; i < kHosts; ++i) {
    const std::string name = "host-" + std::to_string(i);
    const auto born = static_cast<std::uint64_t>(2 * i + 1);
    Object<Host> host;
    host.meta.name = name;
    host.meta.created = host.meta.generation = born;
    host.spec.domain = name + ".example.com";
    host.spec.target_group = name;
    desired.hosts.push_back(std::move(host));
    Object<TargetGroup> group;
    group.meta.name = name;
    group.meta.created = group.meta.generation = born + 1;
    group.spec.targets.push_back({.host = "192.0.2.7", .port = 8000 + i});
    desired.target_groups.push_back(std::move(group));
  }
  return desired;
}

void serialize_the_document(benchmark::State& state) {
  const auto rendered = render(thousand_hosts(), {}, {});
  for (auto _ : state) benchmark::DoNotOptimize(boost::json::serialize(rendered.document));
}
BENCHMARK(serialize_the_document)->Name("yardstick: the document of 1000 hosts to text");

void render_the_document(benchmark::State& state) {
  const auto desired = thousand_hosts();
  for (auto _ : state) benchmark::DoNotOptimize(render(desired, {}, {}));
}
BENCHMARK(render_the_document)->Name("1000 hosts to the document");

}  // namespace
}  // namespace argos
