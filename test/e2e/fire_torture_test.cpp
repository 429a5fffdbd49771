// SPDX-License-Identifier: Apache-2.0
// The same change with everything killed in the middle: wherever that is, it ends in the same state.
#include <csignal>
#include <random>

#include "test/e2e/fleet.hpp"
#include "test/support/torture.hpp"

namespace argos::test {
namespace {

using namespace std::chrono_literals;

constexpr int kChanged = 20;
constexpr auto kPatience = 60s;

void kill9(Process& process) {
  process.signal(SIGKILL);
  process.wait();
}

// A change of twenty, three of which Caddy refuses; after a while both are killed, in either order, and start again, in either order,
// Caddy with nothing but its admin endpoint.
class Killer {
 public:
  Killer(int hosts, std::uint64_t seed) : random_(static_cast<std::uint32_t>(seed)), fleet_(world_, hosts) {
    world_.start_caddy();
    start_argos();
    world_.until_argos_answers();
    fleet_.raise();
  }

  // The time that the last undisturbed change took is the range in which the kills fall.
  void measure() {
    const auto begun = std::chrono::steady_clock::now();
    change();
    if (!eventually([&] { return fleet_.is_settled(); }, kPatience)) throw std::runtime_error(fleet_.missing());
    change_takes_ = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begun);
  }

  std::string round() {
    change();
    const auto moment = std::chrono::microseconds(below(static_cast<int>(change_takes_.count() * 5 / 4)));
    std::this_thread::sleep_for(moment);  // the point of the test
    const bool argos_first = below(2) == 0, argos_back_first = below(2) == 0;
    kill9(argos_first ? *world_.server : *world_.caddy);
    std::this_thread::sleep_for(std::chrono::microseconds(below(20'000)));
    kill9(argos_first ? *world_.caddy : *world_.server);
    if (argos_back_first) start_argos();
    world_.start_caddy();
    if (!argos_back_first) start_argos();
    const auto told = std::to_string(moment.count()) + " us after the change, " + (argos_first ? "argos" : "Caddy") + " first";
    if (eventually([&] { return fleet_.is_settled(); }, kPatience)) return "";
    return told + ": " + fleet_.missing() + "\n" + world_.server->log();
  }

 private:
  int below(int end) { return std::uniform_int_distribution<int>(0, std::max(1, end) - 1)(random_); }
  void start_argos() { world_.start_argos({{"ARGOS_LOG_LEVEL", "info"}}); }
  void change() { fleet_.change(below(fleet_.hosts()), kChanged, ++form_); }

  std::minstd_rand random_;
  World world_;
  Fleet fleet_;
  int form_ = 0;
  std::chrono::microseconds change_takes_{};
};

void kill_in_the_middle(int hosts, int rounds) {
  Killer killer(hosts, seed());
  killer.measure();
  for (int round = 0; round < rounds; ++round) {
    const auto wrong = killer.round();
    ASSERT_EQ(wrong, "") << "round " << round << ", seed " << seed();
  }
}

TEST(FireTorture, BothKilledInTheMiddleOfAChangeEndInTheSameState) { kill_in_the_middle(100, rounds(19, 480)); }
TEST(FireTorture, BothKilledInTheMiddleOfAChangeOfAThousandHostsEndInTheSameState) { kill_in_the_middle(1000, rounds(1, 20)); }

}  // namespace
}  // namespace argos::test
