// SPDX-License-Identifier: Apache-2.0
// A thousand keys through the work queue, beside the least that any ordered queue does with them: into a std::set and out again.
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include "runtime/work_queue.hpp"

namespace argos {
namespace {

constexpr int kKeys = 1000;
const Time kNow{std::chrono::hours(1)};

std::vector<std::pair<Time, Key>> wishes() {
  std::vector<std::pair<Time, Key>> out;
  for (int i = 0; i < kKeys; ++i) {
    const int shuffled = i * 7919 % kKeys;
    out.emplace_back(kNow - std::chrono::milliseconds(shuffled), Key{Kind::host, "host-" + std::to_string(i)});
  }
  return out;
}

void through_a_set(benchmark::State& state) {
  const auto all = wishes();
  for (auto _ : state) {
    std::set<std::pair<Time, Key>> queue(all.begin(), all.end());
    while (!queue.empty()) queue.erase(queue.begin());
    benchmark::DoNotOptimize(queue);
  }
}
BENCHMARK(through_a_set)->Name("yardstick: 1000 keys into a std::set and out again");

void through_the_work_queue(benchmark::State& state) {
  const auto all = wishes();
  for (auto _ : state) {
    WorkQueue queue;
    for (const auto& [due, key] : all) queue.add(key, due);
    while (const auto key = queue.take(kNow)) {
      queue.succeed(*key);
      queue.done(*key);
    }
  }
}
BENCHMARK(through_the_work_queue)->Name("1000 keys through the work queue");

void each_marked_ten_times(benchmark::State& state) {
  const auto all = wishes();
  for (auto _ : state) {
    WorkQueue queue;
    for (int again = 0; again < 10; ++again) {
      for (const auto& [due, key] : all) queue.add(key, due);
    }
    while (const auto key = queue.take(kNow)) queue.done(*key);
  }
}
BENCHMARK(each_marked_ten_times)->Name("the same with each key marked ten times");

}  // namespace
}  // namespace argos
