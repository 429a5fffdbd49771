// SPDX-License-Identifier: Apache-2.0
// A controller that somebody took for hand work: it begins nothing, nobody waits for it, and nothing that was marked is lost.
#include "runtime/suspensions.hpp"

#include "runtime/manager.hpp"
#include "test/support/support.hpp"

namespace argos {
namespace {

using namespace std::chrono_literals;

struct Counting final : Reconciler {
  Counting(std::string name, int& passes) : label(std::move(name)), count(passes) {}
  std::string_view name() const override { return label; }
  Task<Result<Next>> reconcile(const Key&) override {
    ++count;
    co_return Next::on_change();
  }
  std::string label;
  int& count;
};

struct SuspensionsTest : testing::Test {
  test::TempFolder folder;
  boost::asio::io_context context;
  test::ManualClock clock;
  std::unique_ptr<Store> store = test::ready_store(folder / "argos.db");
  Conditions conditions{clock};
  int passes = 0, others = 0;

  Key caddy{Kind::controller, "caddy"};

  void sql(const std::string& statement) {
    auto other = Database::open(folder / "argos.db", Database::Mode::read_write, 1000);
    ASSERT_TRUE(other->script(statement)) << statement;
    store->poll_others();
  }
  void fill(Manager& manager) {
    manager.add<Counting>("caddy", passes).all(Kind::host);
    manager.add<Counting>("other", others).all(Kind::host);
  }
  void settle(Manager& manager) {
    for (const auto& controller : manager.controllers()) test::settle(context, *controller);
  }
};

constexpr const char* kSuspend = "INSERT INTO suspensions (kind, name, since) VALUES ('controllers', 'caddy', 1)";
constexpr const char* kResume = "DELETE FROM suspensions";

TEST_F(SuspensionsTest, ASuspendedControllerBeginsNothingAndWorksWhatWasMarkedWhenItIsResumed) {
  Manager manager(*store, conditions, clock);
  fill(manager);
  sql(kSuspend);
  sql("INSERT INTO hosts (name) VALUES ('app')");
  settle(manager);
  EXPECT_EQ(passes, 0);
  EXPECT_EQ(others, 1);
  EXPECT_TRUE(manager.find("caddy")->idle());
  sql(kResume);
  settle(manager);
  EXPECT_EQ(passes, 1);
  EXPECT_EQ(others, 1) << "nobody else is woken for it";
}

TEST_F(SuspensionsTest, ItIsStillSuspendedInAnotherRun) {
  sql(kSuspend);
  store->set_ready(false);
  Manager manager(*store, conditions, clock);
  fill(manager);
  store->set_ready(true);
  settle(manager);
  EXPECT_EQ(passes, 0);
  EXPECT_EQ(others, 1);
  EXPECT_EQ(conditions.find(caddy, "Ready")->reason, "Suspended");
}

TEST_F(SuspensionsTest, NobodyWaitsForASuspendedController) {
  Manager manager(*store, conditions, clock);
  fill(manager);
  conditions.set(caddy, {"Ready", Status::no, "CaddyUnreachable", "", 0, {}});
  EXPECT_EQ(manager.waiting(), (std::vector<std::string>{"caddy", "other"}));
  sql(kSuspend);
  EXPECT_EQ(manager.waiting(), std::vector<std::string>{"other"});
  EXPECT_EQ(conditions.find(caddy, "Ready")->reason, "Suspended") << "it never ran";
  sql(kResume);
  sql("INSERT INTO hosts (name) VALUES ('app')");
  settle(manager);
  EXPECT_TRUE(manager.waiting().empty());
}

TEST_F(SuspensionsTest, WhatIsNeededToGiveThingsBackCannotBeSuspended) {
  EXPECT_FALSE(may_be_suspended({Kind::controller, "migrations"}));
  EXPECT_FALSE(may_be_suspended({Kind::controller, "drift"}));
  EXPECT_TRUE(may_be_suspended(caddy));
  EXPECT_TRUE(may_be_suspended({Kind::host, "drift"}));
  Manager manager(*store, conditions, clock);
  manager.add<Counting>("drift", passes).all(Kind::host);
  sql("INSERT INTO suspensions (kind, name, since) VALUES ('controllers', 'drift', 1)");
  EXPECT_FALSE(manager.find("drift")->suspended());
}

TEST_F(SuspensionsTest, ARunningLoopRestsWhileSuspendedAndGoesOnAtOnce) {
  Manager manager(*store, conditions, clock);
  fill(manager);
  auto& controller = *manager.find("caddy");
  boost::asio::co_spawn(context, controller.run(), [](const std::exception_ptr&) {});
  sql(kSuspend);
  controller.mark(caddy, "test");
  while (context.poll() > 0) {
  }
  EXPECT_EQ(passes, 0);
  sql(kResume);
  while (context.poll() > 0) {
  }
  EXPECT_EQ(passes, 1);
  controller.stop();
  context.run();
}

}  // namespace
}  // namespace argos
