// SPDX-License-Identifier: Apache-2.0
// Who else changes Caddy: a rival is told and answered ever more slowly, a restart is nobody's doing.
#include <csignal>

#include "test/controllers/caddy_fixture.hpp"

namespace argos {
namespace {

using testing::HasSubstr;

class CaddyRivals : public CaddyController {
 protected:
  // Another argos, with a database of its own, at the same Caddy.
  struct Other {
    explicit Other(CaddyRivals& world)
        : context(world.context_),
          conditions(world.clock_),
          controller(std::make_unique<Caddy>(*store, conditions, reports, wire, world.workers_, world.clock_,
                                             Caddy::Options{.admin = world.options().admin,
                                                            .surroundings = world.options().surroundings,
                                                            .found_folder = folder.path().string()}),
                     conditions, world.clock_, kBackoff) {}
    void pass() {
      controller.mark(controller.key(), "test");
      test::settle(context, controller);
    }
    std::string ready() const {
      const auto* const found = conditions.find(controller.key(), "Ready");
      return std::string(to_string(found->status)) + " " + found->reason;
    }
    boost::asio::io_context& context;
    test::TempFolder folder;
    std::unique_ptr<Store> store = test::ready_store(folder / "argos.db");
    Conditions conditions;
    Reports reports;
    Wire wire;
    Controller controller;
  };

  static Host answering(const std::string& body) {
    auto host = plain("app.test", "");
    host.caddy_handlers.push_back({{"handler", "static_response"}, {"body", body}});
    return host;
  }
  bool answers(const std::string& body) const {
    return test::eventually([&] { return test::ask(http_port_, {.method = "GET", .host = "app.test"}).body == body; });
  }
  void policy(OnDrift word) {
    Settings settings;
    settings.drift.caddy = word;
    put_row("default", settings);
  }
  void come_back_with_the_bootstrap() {
    caddy_.kill9();
    caddy_.start_with_the_bootstrap();
    ASSERT_EQ(test::ask(http_port_, {.method = "GET", .host = "app.test"}).status, 503);
  }
  // Of all that was ever found: the place, what was done, how often, and whether it is so now.
  std::string findings(const std::string& surface = "caddy") const {
    auto other = Database::open(folder_ / "argos.db", Database::Mode::read_only, 1000);
    const auto rows = other->query(
        "SELECT path || ' ' || action || ' ' || times || ' ' || open AS line FROM findings WHERE surface = ? ORDER BY path",
        cells(surface));
    std::string out;
    for (const auto& row : *rows) out += std::string(row.at("line").as_string()) + "\n";
    return out;
  }
};

INSTANTIATE_TEST_SUITE_P(RealCaddy, CaddyRivals, testing::ValuesIn(test::caddy_binaries()),
                         [](const auto& binary) { return binary.param.label; });

TEST_P(CaddyRivals, ARivalManagerIsToldAndFoughtEverMoreSlowly) {
  caddy_.start();
  one_host();
  pass();
  for (int round = 0; round < 2; ++round) {
    ASSERT_EQ(caddy_.admin("POST", "/load", foreign(std::to_string(round))).status, 200);
    pass();
    EXPECT_EQ(ready(), "True Reconciled") << "a hand edit or two are put right at once";
    clock_.advance(1s);
  }
  int writes = 0;
  constexpr int kMinutes = 5;
  for (int second = 0; second < kMinutes * 60; ++second) {
    caddy_.admin("POST", "/load", foreign(std::to_string(second)));
    wire_.writes = 0;
    pass();
    EXPECT_EQ(ready(), "False Contended");
    writes += wire_.writes;
    clock_.advance(1s);
  }
  EXPECT_LE(writes, 12);
  EXPECT_GE(writes, 3);
  clock_.advance(15min);
  pass();
  EXPECT_EQ(ready(), "True Reconciled") << "the rival is gone";
  EXPECT_TRUE(serves("app.test", 200));
}

// They wanted the same at first: what the other loads is what this one once wrote itself.
TEST_P(CaddyRivals, OfTwoArgosAtOneCaddyBothSayContendedAndSlowDownUntilOneIsGone) {
  caddy_.start();
  Other other(*this);
  put_row("app", answering("other"));
  put_row(*other.store, "app", answering("other"));
  pass();
  other.pass();
  EXPECT_EQ(other.ready(), "True Reconciled");
  EXPECT_EQ(other.wire.writes, 0) << "they want the same";
  put_row("app", answering("one"));
  wire_.writes = 0;
  constexpr int kSeconds = 60;
  constexpr int kMostWrites = 3 + 5;  // at once, and after 2, 4, 8, 16 and 32 seconds
  for (int second = 0; second < kSeconds; ++second) {
    pass();
    other.pass();
    clock_.advance(1s);
  }
  EXPECT_EQ(ready(), "False Contended") << message(controller_->key(), "Ready");
  EXPECT_EQ(other.ready(), "False Contended");
  EXPECT_LE(wire_.writes, kMostWrites);
  EXPECT_LE(other.wire.writes, kMostWrites);
  EXPECT_GE(wire_.writes, 3);
  EXPECT_EQ(found_files().size(), 0U) << "this argos wrote both of them";
  clock_.advance(2min);
  pass();
  EXPECT_TRUE(answers("one"));
  clock_.advance(15min);
  pass();
  EXPECT_EQ(ready(), "True Reconciled") << "the other is gone";
  EXPECT_EQ(condition(app_, "Ready"), "True Ready");
}

TEST_P(CaddyRivals, WhoeverWipesCaddyAgainAndAgainIsARivalToo) {
  caddy_.start();
  put_row("app", answering("one"));
  pass();
  const auto nothing = test::contents(caddy_.folder() / "boot.json");
  for (int round = 0; round < 3; ++round) {
    ASSERT_EQ(caddy_.admin("POST", "/load", nothing).status, 200);
    pass();
    EXPECT_TRUE(answers("one"));
  }
  EXPECT_EQ(ready(), "False Contended");
}

// ---- a load that outlasts argos' patience

class CaddyPatience : public CaddyRivals {
 protected:
  Caddy::Options options() const override {
    auto out = CaddyRivals::options();
    out.patience = {.read = 400ms, .write = 400ms};
    return out;
  }
  // Caddy takes that long to leave this configuration, for it closes a listener.
  std::string slow_to_leave() const {
    auto document = boost::json::parse(foreign());
    auto& http = document.at("apps").at("http").as_object();
    http["shutdown_delay"] = "1500ms";
    http.at("servers").at("x").at("listen").as_array().emplace_back("127.0.0.1:" + std::to_string(other_port_));
    return boost::json::serialize(document);
  }
  bool becomes_ready() {
    return test::eventually([&] {
      clock_.advance(1s);
      test::settle(context_, *controller_);
      return ready() == "True Reconciled";
    });
  }
  const int other_port_ = test::free_port();
};
INSTANTIATE_TEST_SUITE_P(RealCaddy, CaddyPatience, testing::ValuesIn(test::caddy_binaries()),
                         [](const auto& binary) { return binary.param.label; });

TEST_P(CaddyPatience, ALoadThatOutlastsItIsDecidedByLookingAgainAndNotByLoadingAgain) {
  caddy_.start();
  put_row("app", answering("one"));
  ASSERT_EQ(caddy_.admin("POST", "/load", slow_to_leave()).status, 200);
  pass();
  EXPECT_EQ(ready(), "False Timeout");
  EXPECT_EQ(condition(app_, "Programmed"), "Unknown Timeout");
  EXPECT_TRUE(becomes_ready()) << message(controller_->key(), "Ready");
  EXPECT_EQ(wire_.writes, 1);
  EXPECT_EQ(condition(app_, "Programmed"), "True Programmed");
  EXPECT_TRUE(answers("one"));
}

TEST_P(CaddyPatience, WhatComesOfItIsArgosOwnAlsoWhereMoreIsWantedMeanwhile) {
  caddy_.start();
  put_row("app", answering("one"));
  ASSERT_EQ(caddy_.admin("POST", "/load", slow_to_leave()).status, 200);
  pass();
  ASSERT_EQ(ready(), "False Timeout");
  const auto found = findings();
  put_row("app", answering("two"));
  EXPECT_TRUE(becomes_ready()) << message(controller_->key(), "Ready");
  EXPECT_EQ(wire_.writes, 2);
  EXPECT_TRUE(answers("two"));
  EXPECT_EQ(findings(), found) << "what was slow to leave, and nothing of argos' own";
  EXPECT_EQ(found_files().size(), 1U);
}

TEST_P(CaddyPatience, OfACaddyThatHangsNothingIsClaimedUntilItMovesOn) {
  caddy_.start();
  put_row("app", answering("one"));
  pass();
  ASSERT_EQ(ready(), "True Reconciled") << message(controller_->key(), "Ready");
  caddy_.signal(SIGSTOP);
  put_row("app", answering("two"));
  pass();
  EXPECT_EQ(ready(), "False Timeout");
  EXPECT_EQ(condition(app_, "Programmed"), "Unknown Timeout");
  caddy_.signal(SIGCONT);
  EXPECT_TRUE(becomes_ready()) << message(controller_->key(), "Ready");
  EXPECT_EQ(condition(app_, "Programmed"), "True Programmed");
  EXPECT_TRUE(answers("two"));
}

// ---- a restart is no rival and no edit

class CaddyRestarts : public CaddyRivals {};
INSTANTIATE_TEST_SUITE_P(RealCaddy, CaddyRestarts, testing::ValuesIn(test::caddy_binaries()),
                         [](const auto& binary) { return binary.param.label; });

TEST_P(CaddyRestarts, WithTheBootstrapItIsGivenEverythingAgainHoweverOftenAndUnderEitherPolicy) {
  caddy_.start();
  put_row("app", answering("one"));
  int restarts = 0;
  for (const auto word : {OnDrift::heal, OnDrift::report}) {
    policy(word);
    pass();
    for (int round = 0; round < 4; ++round) {
      come_back_with_the_bootstrap();
      pass();
      ++restarts;
      EXPECT_EQ(ready(), "True Reconciled") << message(controller_->key(), "Ready");
      EXPECT_EQ(condition(app_, "Programmed"), "True Programmed");
      EXPECT_TRUE(answers("one"));
    }
  }
  EXPECT_EQ(findings(), " healed " + std::to_string(restarts) + " 0\n");
  EXPECT_EQ(found_files().size(), 1U);
}

TEST_P(CaddyRestarts, WithBothOfThemItIsGivenEverythingAgainUnderThePolicyReportToo) {
  caddy_.start();
  put_row("app", answering("one"));
  policy(OnDrift::report);
  pass();
  come_back_with_the_bootstrap();
  restart_argos();
  pass();
  EXPECT_TRUE(answers("one"));
  EXPECT_EQ(condition(app_, "Programmed"), "True Programmed");
}

TEST_P(CaddyRestarts, ACaddyThatIsDownIsAFindingUntilItAnswersAgain) {
  const auto moment = [&](const std::string& which) {
    auto other = Database::open(folder_ / "argos.db", Database::Mode::read_only, 1000);
    return *other->number("SELECT " + which + " FROM findings WHERE surface = 'caddy-process'");
  };
  put_row("app", answering("one"));
  pass();
  pass();
  EXPECT_EQ(findings("caddy-process"), "") << "there was none yet";
  caddy_.start();
  clock_.advance(1s);
  pass();
  caddy_.kill9();
  pass();
  EXPECT_EQ(findings("caddy-process"), "") << "one look in vain may be a reload's doing";
  pass();
  EXPECT_EQ(findings("caddy-process"), " reported 1 1\n");
  clock_.advance(2min);
  pass();
  EXPECT_EQ(moment("last_seen") - moment("first_seen"), 120'000);
  caddy_.start();
  clock_.advance(1s);
  pass();
  EXPECT_EQ(ready(), "True Reconciled");
  EXPECT_EQ(findings("caddy-process"), " reported 1 0\n");
  EXPECT_EQ(findings(), " healed 1 0\n") << "it was started anew, and given everything again";
}

TEST_P(CaddyRestarts, TheFirstContactWithTheBootstrapIsNoFinding) {
  caddy_.start_with_the_bootstrap();
  put_row("app", answering("one"));
  pass();
  EXPECT_EQ(ready(), "True Reconciled");
  EXPECT_TRUE(answers("one"));
  EXPECT_EQ(findings(), "");
  EXPECT_EQ(found_files().size(), 1U) << "it may be somebody's own";
}

// What Caddy takes up again is what somebody made of it before: still reported, and left.
TEST_P(CaddyRestarts, WhatIsReportedComesBackWithACaddyThatResumesAndIsLeftAsItIs) {
  caddy_.start();
  put_row("app", answering("one"));
  policy(OnDrift::report);
  pass();
  ASSERT_EQ(caddy_.admin("POST", "/load", foreign()).status, 200);
  pass();
  ASSERT_EQ(condition(app_, "Programmed"), "False Drifted");
  caddy_.kill9();
  caddy_.start(true);
  restart_argos();
  wire_.writes = 0;
  pass();
  EXPECT_EQ(wire_.writes, 0);
  EXPECT_EQ(condition(app_, "Programmed"), "False Drifted");
  EXPECT_THAT(findings(), HasSubstr("reported 1 1"));
}

}  // namespace
}  // namespace argos
