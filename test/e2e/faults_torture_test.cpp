// SPDX-License-Identifier: Apache-2.0
// Whatever goes wrong with one call to Caddy's admin endpoint: no host is lost, nothing is stuck, and Ready is never said too early.
#include <algorithm>
#include <csignal>
#include <random>

#include "test/e2e/fleet.hpp"
#include "test/e2e/watcher.hpp"
#include "test/support/fault_proxy.hpp"
#include "test/support/own_network.hpp"
#include "test/support/torture.hpp"
#include "test/support/visitors.hpp"

namespace argos::test {
namespace {

using namespace std::chrono_literals;
using Fault = FaultProxy::Fault;

constexpr int kHosts = 10;
constexpr auto kPatience = 60s;
constexpr auto kLate = 300ms;
constexpr auto kTooLate = 6s;  // than argos waits for a GET

// Any form of the host will do; no answer, or another host's, will not.
Visitors::Visit visit(unsigned number) {
  const int host = static_cast<int>(number % kHosts);
  return {Fleet::domain(host), [host](int status, const std::string& body) {
            return status == 200 && body.starts_with(Fleet::name(host) + " form ");
          }};
}

class Faults {
 public:
  Faults() : fleet(world, kHosts), proxy(world.admin_port, seed()) {
    world.start_caddy();
    start_argos();
    fleet.raise();
  }

  // A change with refused objects, and their mending, with a fault in the nth call. False: no call came to that.
  bool converge(Fault fault, int nth, std::chrono::milliseconds delay) {
    if (fault == Fault::garble) restart_argos();  // what it found garbled looks like a rival's work: ever slower
    proxy.arm(fault, nth, delay);
    for (const int changed : {kHosts / 2, 0}) {  // three of them refused; none
      fleet.change(0, changed, ++form_);
      if (!eventually([&] { return fleet.is_settled() && world.probe("/readyz").status == 200; }, kPatience)) {
        wrong = proxy.story() + "\nstuck: " + fleet.missing() + "\n" + world.server->log();
        return false;
      }
    }
    return proxy.has_struck();
  }

  World world;
  Fleet fleet;
  FaultProxy proxy;
  std::string wrong;

 private:
  void start_argos() {
    world.start_argos({{"ARGOS_CADDY_ADMIN", "http://127.0.0.1:" + std::to_string(proxy.port())}});
    world.until_argos_answers();
  }
  void restart_argos() {
    world.server->signal(SIGKILL);
    world.server->wait();
    start_argos();
    if (!eventually([&] { return fleet.is_settled(); }, kPatience)) throw std::runtime_error(fleet.missing());
  }
  int form_ = 0;
};

struct FaultsTorture : testing::TestWithParam<Fault> {
  void SetUp() override {
    const auto why = enter_own_network();
    if (!why.empty()) GTEST_SKIP() << why;
  }
};

// The quick form leaps; either ends with a convergence that passed untouched.
int sweep(Faults& faults, Fault fault, int calls, std::minstd_rand& random) {
  int struck = 0;
  for (int nth = 1;; nth += torture() ? 1 : 1 + static_cast<int>(random() % 5)) {
    const bool came = faults.converge(fault, nth, torture() && nth % 2 == 0 ? kTooLate : kLate);
    if (!faults.wrong.empty() || (!came && nth > calls)) return struck;
    if (came) ++struck;
  }
}

// argos is patient with a write: the quick form has one look hang, and then what comes to Caddy undisturbed.
int hang_once(Faults& faults, const std::vector<std::string>& heard) {
  const auto look = std::ranges::find_if(heard, [](const auto& line) { return line.starts_with("GET "); });
  const bool came = faults.converge(Fault::hang, static_cast<int>(look - heard.begin()) + 1, {});
  if (faults.wrong.empty()) faults.converge(Fault::none, 0, {});
  return came ? 1 : 0;
}

int sweeps_of(Fault fault) {
  constexpr int kMany = 20, kOfSlow = 2;
  if (!torture() || fault == Fault::hang) return 1;
  return fault == Fault::delay ? kOfSlow : kMany;
}

TEST_P(FaultsTorture, OfAnyCallLosesNoHostSticksNowhereAndIsNeverCalledReady) {
  std::minstd_rand random(static_cast<std::uint32_t>(seed()));
  Faults faults;
  const ReadyWatcher watcher(faults.world);
  Visitors visitors(faults.world.http_port, 2, visit);
  faults.converge(Fault::none, 0, {});
  const auto heard = faults.proxy.heard();
  const int calls = static_cast<int>(heard.size());
  ASSERT_GT(calls, 5);
  int struck = 0;
  for (int round = 0; round < sweeps_of(GetParam()); ++round) {
    const bool hangs_once = GetParam() == Fault::hang && !torture();
    struck += hangs_once ? hang_once(faults, heard) : sweep(faults, GetParam(), calls, random);
    ASSERT_EQ(faults.wrong, "");
    ASSERT_THAT(watcher.lies(), testing::IsEmpty()) << faults.proxy.story();
    ASSERT_THAT(visitors.failures(), testing::IsEmpty()) << faults.proxy.story();
  }
  visitors.stop();
  if (torture()) say_rounds(struck);
  std::cout << struck << " faults, " << calls << " calls in a convergence, " << visitors.requests() << " visits, "
            << watcher.checks() << " claims of Ready checked\n";
  EXPECT_GT(struck, 0);
  EXPECT_GT(watcher.checks(), 0);
}

INSTANTIATE_TEST_SUITE_P(Each, FaultsTorture,
                         testing::Values(Fault::fail, Fault::cut, Fault::delay, Fault::garble, Fault::bad_gateway, Fault::hang),
                         [](const auto& fault) { return std::string(to_string(fault.param)); });

}  // namespace
}  // namespace argos::test
