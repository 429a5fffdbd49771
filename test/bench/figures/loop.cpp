// SPDX-License-Identifier: Apache-2.0
// A controller whose reconciler has nothing to do: what the queue and the loop cost by themselves.
#include <map>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <spdlog/spdlog.h>

#include "runtime/controller.hpp"
#include "test/bench/figures/site.hpp"

namespace argos::bench {
namespace {

constexpr int kKeys = 1000;
constexpr int kRounds = 100;

struct Nothing final : Reconciler {
  std::uint64_t done = 0;
  std::string_view name() const override { return "nothing"; }
  Task<Result<Next>> reconcile(const Key&) override {
    ++done;
    co_return Next::on_change();
  }
};

// Marks every key again as soon as all are done; ends after the last round.
Task<void> feed(Controller& controller, const Nothing& reconciler) {
  const auto executor = co_await boost::asio::this_coro::executor;
  for (int round = 0; round < kRounds; ++round) {
    const auto until = reconciler.done + kKeys;
    for (int key = 0; key < kKeys; ++key) controller.mark({Kind::host, "host-" + std::to_string(key)}, "bench");
    while (reconciler.done < until) co_await boost::asio::post(executor, boost::asio::use_awaitable);
  }
  controller.stop();
}

double through_the_loop() {
  boost::asio::io_context context(1);
  const SystemClock clock;
  Conditions conditions(clock);
  auto reconciler = std::make_unique<Nothing>();
  const auto& counts = *reconciler;
  Controller controller(std::move(reconciler), conditions, clock);
  boost::asio::co_spawn(context, controller.run(), boost::asio::detached);
  boost::asio::co_spawn(context, feed(controller, counts), boost::asio::detached);
  return milliseconds_of([&] { context.run(); });
}

double through_a_map() {
  return milliseconds_of([] {
    for (int round = 0; round < kRounds; ++round) {
      std::map<Key, Time> held;
      for (int key = 0; key < kKeys; ++key) held.emplace(Key{Kind::host, "host-" + std::to_string(key)}, Time{});
      while (!held.empty()) held.erase(held.begin());
    }
  });
}

}  // namespace

LoopCost measure_loop() {
  spdlog::set_level(spdlog::level::info);
  std::vector<double> loops, maps;
  for (int again = 0; again < 5; ++again) {
    loops.push_back(through_the_loop());
    maps.push_back(through_a_map());
  }
  constexpr double kAll = 1000.0 * kKeys * kRounds;
  return {kAll / median(loops), kAll / median(maps)};
}

}  // namespace argos::bench
