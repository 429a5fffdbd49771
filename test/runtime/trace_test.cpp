// SPDX-License-Identifier: Apache-2.0
#include "runtime/trace.hpp"

#include <boost/json.hpp>

#include "test/support/support.hpp"

namespace argos {
namespace {

using namespace std::chrono_literals;

const Key kApp{Kind::host, "app"};

// A controller that fails as often as it is told to.
struct Failing final : Reconciler {
  int failures = 0;
  std::string_view name() const override { return "failing"; }
  Task<Result<Next>> reconcile(const Key&) override {
    if (failures-- > 0) co_return Error{"CaddyUnreachable", "nobody answers"};
    co_return Next::on_change();
  }
};

TEST(Trace, AControllerRemembersWhatWokeItAndWhatCameOfIt) {
  boost::asio::io_context context;
  test::ManualClock clock;
  Conditions conditions{clock};
  auto reconciler = std::make_unique<Failing>();
  reconciler->failures = 1;
  Controller controller{std::move(reconciler), conditions, clock, {.first = 100ms, .most = 1s}};
  controller.mark(kApp, "host/app changed");
  test::settle(context, controller);
  clock.advance(1s);
  test::settle(context, controller);

  const auto& trace = controller.trace();
  ASSERT_EQ(trace.wakes().size(), 1U);
  EXPECT_EQ(trace.wakes().recent(0).why, "host/app changed");
  EXPECT_EQ(trace.wakes().recent(0).key, kApp);
  ASSERT_EQ(trace.passes().size(), 2U);
  EXPECT_EQ(trace.passes().recent(0).outcome, "Done");
  EXPECT_EQ(trace.passes().recent(1).outcome, "CaddyUnreachable");
  EXPECT_EQ(trace.passes().recent(1).message, "nobody answers");
  EXPECT_EQ(trace.passes().recent(0).when - trace.passes().recent(1).when, 1s);
}

TEST(Trace, TheLast16AreKeptTheNewestFirst) {
  Trace trace;
  for (int i = 0; i < 40; ++i) trace.woken(kApp, std::to_string(i), {});
  ASSERT_EQ(trace.wakes().size(), 16U);
  EXPECT_EQ(trace.wakes().recent(0).why, "39");
  EXPECT_EQ(trace.wakes().recent(15).why, "24");
}

TEST(Trace, TheSameAgainIsCountedAndPushesNothingOut) {
  Trace trace;
  trace.passed(kApp, "CaddyUnreachable", "nobody answers", WallTime{1s}, 1ms);
  for (int i = 0; i < 100; ++i) trace.passed(kApp, "Done", "", WallTime{2s} + i * 1s, 2ms);
  ASSERT_EQ(trace.passes().size(), 2U);
  EXPECT_EQ(trace.passes().recent(0).times, 100U);
  EXPECT_EQ(trace.passes().recent(0).when, WallTime{101s});
  trace.passed({Kind::host, "other"}, "Done", "", {}, {});
  EXPECT_EQ(trace.passes().size(), 3U);
}

TEST(Trace, ALongReasonIsCut) {
  Trace trace;
  trace.woken(kApp, std::string(10'000, 'x'), {});
  EXPECT_LE(trace.wakes().recent(0).why.size(), 300U);
}

TEST(Trace, AsJsonItSaysWhatWhyAndWhen) {
  Trace trace;
  trace.woken(kApp, "host/app changed", WallTime{});
  trace.passed(kApp, "Done", "", WallTime{}, 1500us);
  const auto json = to_json(trace);
  EXPECT_EQ(json.at("wakes").at(0).at("key"), "host/app");
  EXPECT_EQ(json.at("wakes").at(0).at("why"), "host/app changed");
  EXPECT_EQ(json.at("wakes").at(0).at("when"), "1970-01-01T00:00:00.000Z");
  EXPECT_DOUBLE_EQ(json.at("results").at(0).at("tookMs").as_double(), 1.5);
}

}  // namespace
}  // namespace argos
