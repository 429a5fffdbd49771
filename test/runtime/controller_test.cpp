// SPDX-License-Identifier: Apache-2.0
#include "runtime/controller.hpp"

#include "test/support/support.hpp"

namespace argos {
namespace {

using namespace std::chrono_literals;

// Answers what it is told to, and remembers what it was asked.
struct Scripted final : Reconciler {
  std::function<Result<Next>(const Key&)> answer = [](const Key&) -> Result<Next> { return Next::on_change(); };
  std::vector<Key> asked;
  std::string_view name() const override { return "scripted"; }
  Task<Result<Next>> reconcile(const Key& key) override {
    asked.push_back(key);
    co_return answer(key);
  }
};

struct ControllerTest : testing::Test {
  boost::asio::io_context context;
  test::ManualClock clock;
  Conditions conditions{clock};
  Scripted* script = new Scripted;
  Controller controller{std::unique_ptr<Reconciler>(script), conditions, clock, {.first = 100ms, .most = 1s}};
  const Key app{Kind::host, "app"};

  const Condition& ready() { return *conditions.find(controller.key(), "Ready"); }
  const Condition& stalled() { return *conditions.find(controller.key(), "Stalled"); }
};

TEST_F(ControllerTest, IsUnknownBeforeItsFirstPass) { EXPECT_EQ(ready().status, Status::unknown); }

TEST_F(ControllerTest, IsReadyAfterAPassThatFinished) {
  controller.mark(app, "test");
  test::settle(context, controller);
  EXPECT_EQ(ready().status, Status::yes);
  EXPECT_EQ(stalled().status, Status::no);
  EXPECT_EQ(script->asked, std::vector<Key>{app});
}

TEST_F(ControllerTest, AnErrorIsRetriedByBackoffAndSaidInReady) {
  script->answer = [](const Key&) -> Result<Next> { return Error{"CaddyUnreachable", "nobody answers", "start it"}; };
  controller.mark(app, "test");
  test::settle(context, controller);
  EXPECT_EQ(ready().status, Status::no);
  EXPECT_EQ(ready().reason, "CaddyUnreachable");
  EXPECT_EQ(ready().message, "nobody answers (start it)");
  EXPECT_EQ(script->asked.size(), 1U);
  clock.advance(100ms);
  test::settle(context, controller);
  EXPECT_EQ(script->asked.size(), 2U);
}

TEST_F(ControllerTest, AnErrorThatRetryingCannotMendStallsUntilAChange) {
  script->answer = [](const Key&) -> Result<Next> { return Error{"SchemaNewer", "too new", "", Retry::never}; };
  controller.mark(app, "test");
  test::settle(context, controller);
  EXPECT_EQ(stalled().status, Status::yes);
  clock.advance(24h);
  test::settle(context, controller);
  EXPECT_EQ(script->asked.size(), 1U);
  script->answer = [](const Key&) -> Result<Next> { return Next::on_change(); };
  controller.mark(app, "its input changed");
  test::settle(context, controller);
  EXPECT_EQ(stalled().status, Status::no);
  EXPECT_EQ(ready().status, Status::yes);
}

TEST_F(ControllerTest, OneFailingKeyKeepsItNotReadyWhileTheOthersAreDone) {
  script->answer = [](const Key& key) -> Result<Next> {
    if (key.name == "bad") return Error{"Bad", "bad"};
    return Next::on_change();
  };
  controller.mark({Kind::host, "bad"}, "test");
  controller.mark({Kind::host, "good"}, "test");
  test::settle(context, controller);
  EXPECT_EQ(ready().reason, "Bad");
  EXPECT_EQ(script->asked.size(), 2U);
}

TEST_F(ControllerTest, AnExceptionBecomesACondition) {
  script->answer = [](const Key&) -> Result<Next> { throw std::runtime_error("out of cheese"); };
  controller.mark(app, "test");
  test::settle(context, controller);
  EXPECT_EQ(ready().reason, "InternalError");
  EXPECT_THAT(ready().message, testing::HasSubstr("out of cheese"));
}

TEST_F(ControllerTest, LooksAgainWhenItSaidSo) {
  script->answer = [](const Key&) -> Result<Next> { return Next::in(10s); };
  controller.mark(app, "test");
  test::settle(context, controller);
  clock.advance(9s);
  test::settle(context, controller);
  EXPECT_EQ(script->asked.size(), 1U);
  clock.advance(1s);
  test::settle(context, controller);
  EXPECT_EQ(script->asked.size(), 2U);
}

TEST_F(ControllerTest, DoesNothingWhileItsGateIsClosedAndIsNotReadyThen) {
  bool open = false;
  controller.gate([&]() -> std::optional<Error> {
    if (open) return std::nullopt;
    return Error{"WaitingForDatabase", "not yet"};
  });
  controller.mark(app, "test");
  test::settle(context, controller);
  EXPECT_TRUE(script->asked.empty());
  EXPECT_EQ(ready().reason, "WaitingForDatabase");
  open = true;
  controller.mark(app, "the gate opened");
  test::settle(context, controller);
  EXPECT_EQ(script->asked.size(), 1U);
  EXPECT_EQ(ready().status, Status::yes);
}

TEST_F(ControllerTest, AMarkDuringAPassIsNotLost) {
  bool first = true;
  script->answer = [&](const Key& key) -> Result<Next> {
    if (std::exchange(first, false)) controller.mark(key, "changed meanwhile");
    return Next::on_change();
  };
  controller.mark(app, "test");
  test::settle(context, controller);
  EXPECT_EQ(script->asked.size(), 2U);
}

TEST_F(ControllerTest, ABurstOfMarksWithinTheDebounceIsOnePass) {
  controller.debounce(10ms);
  for (int i = 0; i < 50; ++i) controller.sink()(app, "test");
  test::settle(context, controller);
  EXPECT_TRUE(script->asked.empty());
  clock.advance(10ms);
  test::settle(context, controller);
  EXPECT_EQ(script->asked.size(), 1U);
}

TEST_F(ControllerTest, CountsItsPassesAndFailures) {
  script->answer = [](const Key& key) -> Result<Next> {
    if (key.name == "bad") return Error{"Bad", "bad"};
    return Next::on_change();
  };
  controller.mark({Kind::host, "bad"}, "test");
  controller.mark({Kind::host, "good"}, "test");
  test::settle(context, controller);
  EXPECT_EQ(controller.stats().reconciles, 2U);
  EXPECT_EQ(controller.stats().failures, 1U);
  EXPECT_TRUE(controller.stats().next) << "the failed key waits";
}

TEST_F(ControllerTest, StopEndsTheLoopAfterTheStepInHand) {
  controller.mark(app, "test");
  script->answer = [&](const Key&) -> Result<Next> {
    controller.stop();
    return Next::in(0s);
  };
  SystemClock real;
  test::run(context, controller.run());
  EXPECT_EQ(script->asked.size(), 1U);
}

}  // namespace
}  // namespace argos
