// SPDX-License-Identifier: Apache-2.0
// The same change with everything killed in the middle: wherever that is, it ends in the same state.
#include <atomic>
#include <csignal>
#include <random>

#include "test/e2e/fleet.hpp"
#include "test/e2e/watcher.hpp"
#include "test/support/own_network.hpp"
#include "test/support/torture.hpp"
#include "test/support/visitors.hpp"

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
// Caddy with nothing but its admin endpoint, or with what is shipped. Meanwhile there are visitors, and somebody who believes what
// argos says.
class Killer {
 public:
  Killer(int hosts, std::uint64_t seed) : random_(static_cast<std::uint32_t>(seed)), fleet_(world_, hosts) {
    world_.start_caddy();
    start_argos();
    world_.until_argos_answers();
    fleet_.raise();
    watcher_ = std::make_unique<ReadyWatcher>(world_);
    visitors_ = std::make_unique<Visitors>(world_.http_port, 2, [this](unsigned number) { return visit(number); });
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
    kill(argos_first);
    std::this_thread::sleep_for(std::chrono::microseconds(below(20'000)));
    kill(!argos_first);
    if (argos_back_first) start_argos();
    start_caddy();
    if (!argos_back_first) start_argos();
    const auto told = std::to_string(moment.count()) + " us after the change, " + (argos_first ? "argos" : "Caddy") + " first";
    if (!eventually([&] { return fleet_.is_settled(); }, kPatience))
      return told + ": " + fleet_.missing() + "\n" + world_.server->log();
    down_ = false;
    return "";
  }

  std::vector<std::string> wrong() const {
    auto out = watcher_->lies();
    for (auto& failure : visitors_->failures()) out.push_back(std::move(failure));
    return out;
  }
  void say() const {
    std::cout << visitors_->requests() << " visits, " << watcher_->checks() << " claims of Ready checked\n";
    EXPECT_GT(visitors_->requests(), 0);
    EXPECT_GT(watcher_->checks(), 0);
  }

 private:
  int below(int end) { return std::uniform_int_distribution<int>(0, std::max(1, end) - 1)(random_); }
  void change() { fleet_.change(below(fleet_.hosts()), kChanged, ++form_); }
  void start_argos() {
    world_.start_argos({{"ARGOS_LOG_LEVEL", "info"}});
    if (watcher_) watcher_->disturbed();
  }
  void start_caddy() {
    if (below(2) == 0) {
      world_.start_caddy();
    } else {
      world_.start_caddy_as_shipped();
    }
    watcher_->disturbed();
  }
  void kill(bool argos) {
    if (!argos) down_ = true;
    kill9(argos ? *world_.server : *world_.caddy);
    watcher_->disturbed();
  }

  // Any form of the host will do, and none while Caddy is down or has nothing yet.
  Visitors::Visit visit(unsigned number) {
    constexpr unsigned kStride = 7919;
    const int host = static_cast<int>(number * kStride % static_cast<unsigned>(fleet_.hosts()));
    return {Fleet::domain(host), [this, host, was_down = down_.load()](int status, const std::string& body) {
              if (status == 200) return body.starts_with(Fleet::name(host) + " form ");
              const bool nothing_yet = status == 0 || (status == 503 && body == "argos has not configured this edge yet");
              return nothing_yet && (was_down || down_);
            }};
  }

  std::minstd_rand random_;
  World world_;
  Fleet fleet_;
  int form_ = 0;
  std::chrono::microseconds change_takes_{};
  std::atomic<bool> down_ = false;
  std::unique_ptr<ReadyWatcher> watcher_;
  std::unique_ptr<Visitors> visitors_;
};

struct FireTorture : testing::Test {
  void SetUp() override {
    const auto why = enter_own_network();
    if (!why.empty()) GTEST_SKIP() << why;
  }
  static void kill_in_the_middle(int hosts, int rounds) {
    Killer killer(hosts, seed());
    killer.measure();
    for (int round = 0; round < rounds; ++round) {
      const auto stuck = killer.round();
      ASSERT_EQ(stuck, "") << "round " << round << ", seed " << seed();
      ASSERT_THAT(killer.wrong(), testing::IsEmpty()) << "round " << round << ", seed " << seed();
    }
    killer.say();
  }
};

TEST_F(FireTorture, BothKilledInTheMiddleOfAChangeEndInTheSameState) { kill_in_the_middle(100, rounds(19, 480)); }
TEST_F(FireTorture, BothKilledInTheMiddleOfAChangeOfAThousandHostsEndInTheSameState) {
  kill_in_the_middle(1000, rounds(1, 20));
}

}  // namespace
}  // namespace argos::test
