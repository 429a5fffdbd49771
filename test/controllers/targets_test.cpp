// SPDX-License-Identifier: Apache-2.0
// The targets controller, stepped by hand beside the caddy controller, with a real Caddy and real servers.
#include "controllers/targets.hpp"

#include "test/controllers/caddy_fixture.hpp"

namespace argos {
namespace {

using testing::HasSubstr;

class TargetsController : public CaddyController {
 protected:
  void SetUp() override {
    CaddyController::SetUp();
    caddy_.start();
    targets_ = std::make_unique<Controller>(
        std::make_unique<Targets>(*store_, *conditions_, reports_, wire_, clock_, caddy_.endpoint(), told_), *conditions_,
        clock_, WorkQueue::Backoff{});
  }

  // Caddy has what is wanted, and argos has noticed that it was told.
  void program() {
    pass();
    ASSERT_EQ(ready(), "True Reconciled");
    told_.last = clock_.now();
  }
  void look(Span later = 1s) {
    clock_.advance(later);
    targets_->mark(targets_->key(), "test");
    test::settle(context_, *targets_);
  }
  // Until the figures can be trusted, and have been seen twice.
  void look_when_settled() {
    look(12s);
    look(3s);
  }
  bool becomes(const Key& key, const std::string& wanted) {
    return test::eventually(
        [&] {
          look();
          return said(key) == wanted;
        },
        30s);
  }
  std::string said(const Key& key) const { return condition(key, "TargetsHealthy"); }

  static Target at(int port, const std::string& host = "127.0.0.1") { return {.host = host, .port = port}; }
  static TargetGroup of(std::vector<Target> targets, bool checked) {
    TargetGroup out;
    out.targets = std::move(targets);
    out.health_check.enabled = checked;
    out.health_check.interval = Duration{1s};
    out.health_check.timeout = Duration{1s};
    return out;
  }
  std::string state_of(const std::string& address) const {
    const auto report = reports_.look("targets", {Kind::target_group, ""});
    for (const auto& group : report.at("groups").as_array()) {
      for (const auto& target : group.at("targets").as_array()) {
        if (target.at("target").as_string() == std::string_view(address)) return std::string(target.at("state").as_string());
      }
    }
    return "absent";
  }

  CaddyTold told_;
  std::unique_ptr<Controller> targets_;
};

TEST_P(TargetsController, ActiveChecksTellAndAReloadMakesNothingHealthy) {
  test::Backend second{"b", true};
  put_row("app", of({at(backend_.port()), at(second.port(), "::1")}, true));
  put_row("app", plain("app.test", "app"));
  program();
  for (int again = 0; again < 3; ++again) {
    look(3s);
    EXPECT_EQ(said(app_), "Unknown Pending");  // Caddy's gauge says 1 already
  }
  look_when_settled();
  EXPECT_EQ(said(app_), "True AllHealthy");
  EXPECT_EQ(said(group_), "True AllHealthy");

  const auto address = fmt::format("[::1]:{}", second.port());
  second.down();
  ASSERT_TRUE(becomes(app_, "False TargetsDown"));
  EXPECT_THAT(message(app_, "TargetsHealthy"), HasSubstr("1 of 2 targets is down: " + address + " since "));
  EXPECT_EQ(said(group_), "False TargetsDown");
  EXPECT_EQ(state_of(address), "unhealthy");
  EXPECT_EQ(condition(app_, "Ready"), "True Ready");  // it is served as it was wanted

  put_row("more", plain("more.test", "app"));
  program();
  for (int again = 0; again < 3; ++again) {
    look(3s);
    EXPECT_EQ(said(app_), "False TargetsDown");  // Caddy 2.6's gauge says 1 again
  }
  EXPECT_EQ(said({Kind::host, "more"}), "False TargetsDown");

  second.up();
  EXPECT_TRUE(becomes(app_, "True AllHealthy"));
}

TEST_P(TargetsController, LooksAgainByItselfOnceTheFiguresCanBeTrusted) {
  put_row("app", of({at(backend_.port())}, true));
  put_row("app", plain("app.test", "app"));
  program();
  look();
  EXPECT_EQ(said(app_), "Unknown Pending");
  for (const auto later : {11s, 3s}) {  // and nobody marks it
    clock_.advance(later);
    test::settle(context_, *targets_);
  }
  EXPECT_EQ(said(app_), "True AllHealthy");
}

TEST_P(TargetsController, WithoutChecksOnlyFailedRequestsTell) {
  test::Backend second{"b"};
  put_row("app", of({at(backend_.port()), at(second.port())}, false));
  put_row("app", plain("app.test", "app"));
  program();
  look_when_settled();
  EXPECT_EQ(said(app_), "Unknown NotChecked");
  second.down();
  EXPECT_TRUE(test::eventually([&] {
    test::ask(http_port_, {.method = "GET", .host = "app.test", .path = "/", .body = {}, .headers = {}});
    look();
    return said(app_) == "False TargetsDown";
  }));
  EXPECT_TRUE(becomes(app_, "Unknown NotChecked"));  // Caddy forgets failures
}

TEST_P(TargetsController, AnAddressThatIsCheckedInOneOfTwoGroupsIsUnknownInBoth) {
  put_row("app", of({at(backend_.port())}, true));
  put_row("other", of({at(backend_.port())}, false));
  put_row("app", plain("app.test", "app"));
  put_row("other", plain("other.test", "other"));
  program();
  look_when_settled();
  EXPECT_EQ(said(app_), "Unknown Shared");
  EXPECT_EQ(said({Kind::host, "other"}), "Unknown Shared");
}

TEST_P(TargetsController, AFormThatCaddyDoesNotRunIsNotJudged) {
  put_row("app", of({at(backend_.port())}, true));
  put_row("app", plain("app.test", "app"));
  program();
  look_when_settled();
  ASSERT_EQ(said(app_), "True AllHealthy");
  auto changed = of({at(backend_.port())}, true);
  changed.health_check.path = "/other";
  put_row("app", changed);  // and the caddy controller has not come to it
  look_when_settled();
  EXPECT_EQ(said(app_), "Unknown NotProgrammed");
}

TEST_P(TargetsController, ACaddyThatDoesNotAnswerIsUnknownAndTheControllerReady) {
  one_host();
  program();
  look();
  caddy_.kill9();
  look();
  EXPECT_EQ(said(app_), "Unknown CaddyUnreachable");
  EXPECT_EQ(state_of(fmt::format("127.0.0.1:{}", backend_.port())), "unknown");
  EXPECT_EQ(condition(targets_->key(), "Ready"), "True Reconciled");
}

TEST_P(TargetsController, WhatIsNotInUseSaysNothingAndNobodyIsAsked) {
  one_host();
  program();
  look();
  EXPECT_EQ(said(group_), "Unknown NotChecked");
  auto off = plain("app.test", "app");
  off.enabled = false;
  put_row("app", off);
  program();
  const int before = wire_.reads;
  look();
  EXPECT_EQ(said(app_), "");
  EXPECT_EQ(said(group_), "");
  EXPECT_EQ(wire_.reads, before);
}

TEST_P(TargetsController, WhatIsGoneLeavesNothingBehind) {
  one_host();
  program();
  look();
  delete_row(app_);
  look();  // before the caddy controller, and after it
  EXPECT_EQ(said(app_), "");
  program();
  look();
  EXPECT_TRUE(conditions_->keys(Kind::host).empty());
}

TEST_P(TargetsController, AnObjectThatNobodyHasJudgedYetIsLeftToTheCaddyController) {
  one_host();
  look();
  EXPECT_TRUE(conditions_->keys(Kind::host).empty());
}

TEST_P(TargetsController, AHostWithoutAUsableTargetSaysSo) {
  put_row("app", plain("app.test", "app"));
  put_row("app", of({{.host = "127.0.0.1", .port = 1, .weight = 1, .enabled = false}}, true));
  program();
  look();
  EXPECT_EQ(said(app_), "Unknown NoTargets");
}

TEST_P(TargetsController, AsksAtMostOnceASecond) {
  one_host();
  program();
  look();
  const int before = wire_.reads;
  for (int again = 0; again < 5; ++again) look(0s);
  EXPECT_EQ(wire_.reads, before);
  look(1s);
  EXPECT_EQ(wire_.reads, before + 2);
}

INSTANTIATE_TEST_SUITE_P(RealCaddy, TargetsController, testing::ValuesIn(test::caddy_binaries()),
                         [](const auto& binary) { return binary.param.label; });

}  // namespace
}  // namespace argos
