// SPDX-License-Identifier: Apache-2.0
// The caddy controller, stepped by hand, with a real database and a real Caddy.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "controllers/caddy_found.hpp"
#include "test/controllers/caddy_fixture.hpp"

namespace argos {
namespace {

using test::Backend;
using testing::HasSubstr;
using testing::Not;

INSTANTIATE_TEST_SUITE_P(RealCaddy, CaddyController, testing::ValuesIn(test::caddy_binaries()),
                         [](const auto& binary) { return binary.param.label; });

// ---- converging

TEST_P(CaddyController, ConvergesFromNothingWithOneWrite) {
  caddy_.start();
  one_host();
  pass();
  EXPECT_EQ(ready(), "True Reconciled");
  EXPECT_EQ(wire_.writes, 1);
  EXPECT_TRUE(serves("app.test", 200));
  EXPECT_EQ(condition(app_, "Accepted"), "True Accepted");
  EXPECT_EQ(condition(app_, "Programmed"), "True Programmed");
  EXPECT_EQ(condition(app_, "Ready"), "True Ready");
  EXPECT_EQ(condition(group_, "Programmed"), "True Programmed");
  EXPECT_EQ(condition(settings_, "Programmed"), "True Programmed");
  EXPECT_TRUE(found_files().empty());
}

TEST_P(CaddyController, APassWithNothingChangedIsOneGetAndWritesNothingAnywhere) {
  caddy_.start();
  one_host();
  pass();
  auto other = Database::open(folder_ / "argos.db", Database::Mode::read_only);
  const auto version = other->number("PRAGMA data_version").value();
  wire_.reads = wire_.writes = 0;
  pass();
  EXPECT_EQ(wire_.reads, 1);
  EXPECT_EQ(wire_.writes, 0);
  EXPECT_EQ(other->number("PRAGMA data_version").value(), version);
}

TEST_P(CaddyController, NoHostAtAllIsADocumentToo) {
  caddy_.start();
  pass();
  EXPECT_EQ(ready(), "True Reconciled");
  EXPECT_TRUE(serves("app.test", 404));
}

TEST_P(CaddyController, AChangeIsServedAndADeletedHostIsGoneWithItsConditions) {
  caddy_.start();
  one_host();
  pass();
  put_row("app", plain("new.test", "app"));
  pass();
  EXPECT_TRUE(serves("app.test", 404));
  EXPECT_TRUE(serves("new.test", 200));
  EXPECT_EQ(condition(app_, "Programmed"), "True Programmed");
  delete_row(app_);
  pass();
  EXPECT_TRUE(serves("new.test", 404));
  EXPECT_EQ(condition(app_, "Programmed"), "");
  EXPECT_EQ(condition(group_, "Programmed"), "True NotInUse");
}

TEST_P(CaddyController, ItWorksOverTcpAsOverASocket) {
  test::RealCaddy tcp(GetParam().path, test::RealCaddy::Admin::tcp);
  tcp.start();
  one_host();
  auto with_tcp = options();
  with_tcp.admin = tcp.endpoint();
  controller_ = std::make_unique<Controller>(
      std::make_unique<Caddy>(*store_, *conditions_, reports_, wire_, workers_, clock_, with_tcp), *conditions_, clock_);
  pass();
  EXPECT_EQ(ready(), "True Reconciled");
  EXPECT_TRUE(serves("app.test", 200));
}

TEST_P(CaddyController, TheAdminBlockIsKeptAsItWasFound) {
  caddy_.start();
  const auto with_more = R"({"admin":{"listen":"unix/)" + caddy_.endpoint().socket + R"(","config":{"persist":false}}})";
  ASSERT_EQ(caddy_.admin("POST", "/load", with_more).status, 200);
  one_host();
  pass();
  EXPECT_EQ(caddy_.config().at("admin"), boost::json::parse(with_more).at("admin"));
}

TEST_P(CaddyController, WhatThisCaddyCannotDoIsAConditionAndNoFailedLoad) {
  caddy_.start();
  TargetGroup spec;
  spec.targets.push_back({.host = "127.0.0.1", .port = backend_.port(), .weight = 1, .enabled = true});
  spec.health_check.enabled = true;
  spec.health_check.method = HealthMethod::head;
  spec.health_check.fails = 2;
  put_row("app", spec);
  put_row("app", plain("app.test", "app"));
  pass();
  EXPECT_EQ(ready(), "True Reconciled");
  EXPECT_EQ(condition(group_, "Ready"), "True Ready");
  const auto known = caddy_.admin("GET", "/config/").body.find("stream_close_delay") != std::string::npos;
  EXPECT_EQ(condition(group_, "Supported"), known ? "" : "False NotInThisCaddy");
  EXPECT_EQ(condition(settings_, "Supported"), known ? "" : "False NotInThisCaddy");
}

TEST_P(CaddyController, HundredsOfHostsConvergeToo) {
  constexpr int kHosts = 600;  // enough for the worker
  caddy_.start();
  group("app", backend_.port());
  ASSERT_TRUE(store_->write([&](Database& database) -> Result<> {
    for (int at = 0; at < kHosts; ++at) {
      const auto number = std::to_string(at);
      const auto done = put(database, "h" + number, plain("h" + number + ".test", "app"), ManagedBy::apply, "cli");
      if (!done) return done.error();
    }
    return {};
  }));
  pass();
  EXPECT_EQ(ready(), "True Reconciled");
  EXPECT_TRUE(serves("h0.test", 200));
  EXPECT_TRUE(serves("h599.test", 200));
  wire_.reads = wire_.writes = 0;
  pass();
  EXPECT_EQ(wire_.reads, 1);
  EXPECT_EQ(wire_.writes, 0);
}

TEST_P(CaddyController, EachOfManyChangesInARowConvergesAtTheFirstTry) {
  caddy_.start();
  group("app", backend_.port());
  for (int change = 0; change < 50; ++change) {
    put_row("app", plain("v" + std::to_string(change) + ".test", "app"));
    pass();
    ASSERT_EQ(ready(), "True Reconciled") << message(controller_->key(), "Ready");
    ASSERT_TRUE(serves("v" + std::to_string(change) + ".test", 200));
  }
  EXPECT_EQ(wire_.writes, 50);
}

// ---- healing

TEST_P(CaddyController, AForeignLoadIsSavedOnceAndPutRight) {
  caddy_.start();
  one_host();
  pass();
  ASSERT_EQ(caddy_.admin("POST", "/load", foreign()).status, 200);
  const auto found = caddy_.admin("GET", "/config/").body;
  pass();
  EXPECT_TRUE(serves("other.test", 404));
  EXPECT_TRUE(serves("app.test", 200));
  ASSERT_EQ(found_files(), std::set<std::string>{"caddy-found-20261123-000000.json"});
  const auto file = folder_ / "caddy-found-20261123-000000.json";
  EXPECT_EQ(test::contents(file), found);
  EXPECT_EQ(std::filesystem::status(file).permissions(), std::filesystem::perms(0600));

  ASSERT_EQ(caddy_.admin("POST", "/load", foreign()).status, 200);
  pass();
  EXPECT_EQ(found_files().size(), 1U);

  ASSERT_EQ(caddy_.admin("POST", "/load", foreign("another")).status, 200);
  pass();
  EXPECT_EQ(found_files(), (std::set<std::string>{"caddy-found-20261123-000000.json", "caddy-found-20261123-000000-1.json"}));
  EXPECT_TRUE(serves("app.test", 200));
}

TEST_P(CaddyController, OfWhatWasFoundTheNewestAreKept) {
  caddy_.start();
  one_host();
  pass();
  const auto before = [&](std::size_t at) { return folder_.write(fmt::format("caddy-found-20250101-{:06}.json", at), "{}"); };
  for (std::size_t at = 0; at < kMostFound + 2; ++at) {
    const auto age = std::chrono::hours(kMostFound + 3 - at);
    std::filesystem::last_write_time(before(at), std::filesystem::file_time_type::clock::now() - age);
  }
  ASSERT_EQ(caddy_.admin("POST", "/load", foreign()).status, 200);
  pass();
  const auto kept = found_files();
  EXPECT_EQ(kept.size(), kMostFound);
  EXPECT_TRUE(kept.contains("caddy-found-20261123-000000.json")) << "the new one";
  EXPECT_EQ(*kept.begin(), "caddy-found-20250101-000003.json") << "the oldest three are gone";
}

TEST_P(CaddyController, AConfigurationThatCannotBeSavedIsNotReplaced) {
  caddy_.start();
  ASSERT_EQ(caddy_.admin("POST", "/load", foreign()).status, 200);
  one_host();
  auto nowhere = options();
  nowhere.found_folder = folder_ / "missing";
  controller_ = std::make_unique<Controller>(
      std::make_unique<Caddy>(*store_, *conditions_, reports_, wire_, workers_, clock_, nowhere), *conditions_, clock_);
  pass();
  EXPECT_THAT(ready(), testing::StartsWith("False"));
  EXPECT_EQ(wire_.writes, 0);
  EXPECT_TRUE(serves("other.test", 200));
}

TEST_P(CaddyController, ARouteEditedByHandIsPutRight) {
  caddy_.start();
  one_host();
  pass();
  const auto patched =
      caddy_.admin("PATCH", "/config/apps/http/servers/http/routes/1",
                   R"({"match":[{"host":["app.test"]}],"handle":[{"handler":"static_response","status_code":418}]})");
  ASSERT_EQ(patched.status, 200) << patched.body;
  ASSERT_TRUE(serves("app.test", 418));
  pass();
  EXPECT_TRUE(serves("app.test", 200));
}

TEST_P(CaddyController, ACaddyKilledAndStartedWithoutResumeServesEverythingAgain) {
  caddy_.start();
  one_host();
  pass();
  caddy_.kill9();
  pass();
  EXPECT_EQ(ready(), "False CaddyUnreachable");
  EXPECT_EQ(condition(app_, "Programmed"), "Unknown CaddyUnreachable");
  EXPECT_EQ(condition(app_, "Accepted"), "True Accepted");
  caddy_.start();
  pass();
  EXPECT_EQ(ready(), "True Reconciled");
  EXPECT_EQ(condition(app_, "Programmed"), "True Programmed");
  EXPECT_TRUE(serves("app.test", 200));
  EXPECT_TRUE(found_files().empty());
}

TEST_P(CaddyController, ACaddyKilledAndResumedIsLeftAlone) {
  caddy_.start();
  one_host();
  pass();
  caddy_.kill9();
  caddy_.start(true);
  wire_.writes = 0;
  pass();
  EXPECT_EQ(ready(), "True Reconciled");
  EXPECT_EQ(wire_.writes, 0);
}

TEST_P(CaddyController, AnArgosThatStartsAgainWritesNothingWhereNothingDiffers) {
  caddy_.start();
  one_host();
  pass();
  wire_.writes = 0;
  restart_argos();
  pass();
  EXPECT_EQ(ready(), "True Reconciled");
  EXPECT_EQ(condition(app_, "Programmed"), "True Programmed");
  EXPECT_EQ(wire_.writes, 0);
}

TEST_P(CaddyController, AnArgosThatStartsAgainKnowsItsOwnConfigurationAlthoughMoreIsWantedNow) {
  caddy_.start();
  one_host();
  pass();
  put_row("more", plain("more.test", "app"));
  restart_argos();
  pass();
  EXPECT_TRUE(serves("more.test", 200));
  EXPECT_TRUE(found_files().empty());
}

TEST_P(CaddyController, ConvergesAfterFiveMinutesWithoutCaddy) {
  one_host();
  pass();
  EXPECT_EQ(ready(), "False CaddyUnreachable");
  EXPECT_THAT(message(controller_->key(), "Ready"), HasSubstr(caddy_.endpoint().text()));
  EXPECT_EQ(condition(app_, "Accepted"), "True Accepted");
  EXPECT_EQ(condition(app_, "Programmed"), "Unknown CaddyUnreachable");
  EXPECT_EQ(condition(settings_, "Supported"), "");
  for (int second = 0; second < 300; ++second) {
    clock_.advance(1s);
    test::settle(context_, *controller_);
  }
  EXPECT_EQ(ready(), "False CaddyUnreachable");
  caddy_.start();
  clock_.advance(1s);
  test::settle(context_, *controller_);
  EXPECT_EQ(ready(), "True Reconciled");
  EXPECT_TRUE(serves("app.test", 200));
}

// ---- lost, contended, rejected

TEST_P(CaddyController, AnEditBetweenReadingAndWritingIsNotOverwrittenUnseen) {
  caddy_.start();
  one_host();
  bool raced = false;
  wire_.before_write = [&] {
    if (std::exchange(raced, true)) return;
    EXPECT_EQ(caddy_.admin("POST", "/load", foreign()).status, 200);
  };
  pass();
  EXPECT_EQ(ready(), "False Contended");
  EXPECT_EQ(condition(app_, "Programmed"), "False Contended");
  EXPECT_TRUE(serves("other.test", 200));
  clock_.advance(1s);
  test::settle(context_, *controller_);
  EXPECT_EQ(ready(), "True Reconciled");
  EXPECT_TRUE(serves("app.test", 200));
  EXPECT_EQ(found_files().size(), 1U);
}

TEST_P(CaddyController, AnEditRightAfterTheWriteIsSeenByReadingBack) {
  caddy_.start();
  one_host();
  wire_.after_write = [&] { EXPECT_EQ(caddy_.admin("POST", "/load", foreign()).status, 200); };
  pass();
  EXPECT_EQ(ready(), "False Contended");
  EXPECT_EQ(condition(app_, "Programmed"), "False Contended");
}

TEST_P(CaddyController, AWriteWhoseAnswerIsLostIsDecidedByLooking) {
  for (const auto* const reason : {"Timeout", "ConnectionLost"}) {
    caddy_.start();
    one_host();
    wire_.lost = Error{reason, "nothing heard"};
    pass();
    EXPECT_EQ(ready(), "True Reconciled");
    EXPECT_EQ(condition(app_, "Programmed"), "True Programmed");
    EXPECT_TRUE(serves("app.test", 200));
    caddy_.kill9();
    pass();
  }
}

TEST_P(CaddyController, AfterALoadThatWasLostCaddyIsAskedAgainWithoutARest) {
  caddy_.start();
  one_host();
  wire_.before_write = [&] { clock_.advance(1h); };
  for (const auto* const reason : {"Timeout", "ConnectionLost", "Unreachable", "Timeout"}) {
    wire_.hangs = Error{reason, "nothing heard"};
    const auto before = wire_.reads;
    controller_->mark(controller_->key(), "test");
    boost::asio::co_spawn(context_, controller_->step(), boost::asio::detached);
    context_.restart();
    ASSERT_TRUE(test::eventually([&] { return context_.poll(), wire_.reads > before; })) << "before " << reason;
    context_.run();
    EXPECT_THAT(ready(), testing::StartsWith("False"));
  }
}

TEST_P(CaddyController, WhatIsNoConfigurationIsNotTakenForABlankOne) {
  caddy_.start();
  one_host();
  pass();
  wire_.writes = 0;
  for (const auto* const body : {"", "{\"admin\":", "no JSON", "[]", "7"}) {
    wire_.garbled = body;
    pass();
    EXPECT_EQ(ready(), "False NotCaddy") << body;
    EXPECT_EQ(condition(app_, "Programmed"), "Unknown NotCaddy") << body;
  }
  EXPECT_EQ(wire_.writes, 0);
  wire_.garbled.reset();
  pass();
  EXPECT_EQ(ready(), "True Reconciled");
}

TEST_P(CaddyController, ARejectedConfigurationLeavesTheOldOneRunningAndSaysWhy) {
  caddy_.start();
  one_host();
  pass();
  put_row("bad", with_raw_handler("bad.test", R"({"handler":"no_such_module"})"));
  pass();
  EXPECT_EQ(ready(), "True Reconciled") << "one object in trouble is not the controller's";
  const Key bad{Kind::host, "bad"};
  EXPECT_EQ(condition(bad, "Accepted"), "True Accepted");
  EXPECT_EQ(condition(bad, "Programmed"), "False RejectedByCaddy");
  EXPECT_THAT(message(bad, "Programmed"), HasSubstr("no_such_module"));
  EXPECT_EQ(condition(app_, "Programmed"), "True Programmed");
  EXPECT_TRUE(serves("app.test", 200));
  EXPECT_TRUE(serves("bad.test", 404));

  put_row("bad", plain("bad.test", "app"));
  pass();
  EXPECT_EQ(ready(), "True Reconciled");
  EXPECT_EQ(condition(bad, "Programmed"), "True Programmed");
  EXPECT_TRUE(serves("bad.test", 200));
}

TEST_P(CaddyController, ARejectedFormOfAHostLeavesTheOldFormRunningAndUnprogrammed) {
  caddy_.start();
  one_host();
  pass();
  put_row("app", with_raw_handler("app.test", R"({"handler":"no_such_module"})"));
  pass();
  EXPECT_EQ(condition(app_, "Programmed"), "False RejectedByCaddy");
  EXPECT_EQ(condition(app_, "Ready"), "False RejectedByCaddy");
  EXPECT_EQ(condition(group_, "Programmed"), "True Programmed");
  EXPECT_TRUE(serves("app.test", 200));
}

TEST_P(CaddyController, ProgrammedIsNeverTrueWhileAWriteIsUnderWay) {
  caddy_.start();
  one_host();
  pass();
  group("app", backend_.port() + 1);  // the host's own row does not change
  std::string host, target_group, settings;
  wire_.before_write = [&] {
    host = condition(app_, "Programmed");
    target_group = condition(group_, "Programmed");
    settings = condition(settings_, "Programmed");
  };
  pass();
  EXPECT_EQ(host, "False Pending");
  EXPECT_EQ(target_group, "False Pending");
  EXPECT_EQ(settings, "True Programmed");
}

TEST_P(CaddyController, ASiteOnTheAdminPortIsRefusedAndCaddyLeftAlone) {
  test::RealCaddy tcp(GetParam().path, test::RealCaddy::Admin::tcp);
  tcp.start();
  one_host();
  auto same = options();
  same.admin = tcp.endpoint();
  same.surroundings.http_port = tcp.endpoint().port;
  controller_ = std::make_unique<Controller>(
      std::make_unique<Caddy>(*store_, *conditions_, reports_, wire_, workers_, clock_, same), *conditions_, clock_);
  pass();
  EXPECT_EQ(ready(), "False PortTaken");
  EXPECT_EQ(condition(controller_->key(), "Stalled"), "True PortTaken");
  EXPECT_EQ(condition(app_, "Programmed"), "False PortTaken");
  EXPECT_EQ(wire_.writes, 0);
}

TEST_P(CaddyController, WhoeverElseAnswersIsNotTakenForCaddy) {
  one_host();
  auto wrong = options();
  wrong.admin = Endpoint::parse("http://127.0.0.1:" + std::to_string(backend_.port())).value();
  controller_ = std::make_unique<Controller>(
      std::make_unique<Caddy>(*store_, *conditions_, reports_, wire_, workers_, clock_, wrong), *conditions_, clock_);
  pass();
  EXPECT_EQ(ready(), "False NotCaddy");
  EXPECT_EQ(wire_.writes, 0);
}

TEST_P(CaddyController, AnEmptyConfigurationIsNeverSent) {
  caddy_.start();
  one_host();
  pass();
  CaddyAdmin admin(wire_, caddy_.endpoint());
  for (const auto* const nothing : {"", "null", "{}", "[]"}) {
    const auto running = test::run(context_, admin.read());
    EXPECT_FALSE(test::run(context_, admin.replace(nothing, running->etag)));
  }
  EXPECT_TRUE(serves("app.test", 200));
}

TEST_P(CaddyController, AHostThatIsNotAcceptedHarmsNoOther) {
  caddy_.start();
  one_host();
  put_row("twin", plain("app.test", "app"));
  put_row("lone", plain("lone.test", "gone"));
  auto off = plain("off.test", "app");
  off.enabled = false;
  put_row("off", off);
  pass();
  EXPECT_EQ(ready(), "True Reconciled");
  EXPECT_EQ(condition(app_, "Ready"), "True Ready");
  EXPECT_EQ(condition({Kind::host, "twin"}, "Ready"), "False DomainTaken");
  EXPECT_EQ(condition({Kind::host, "lone"}, "Ready"), "False TargetGroupNotFound");
  EXPECT_EQ(condition({Kind::host, "off"}, "Ready"), "True Ready");
  EXPECT_TRUE(serves("lone.test", 503));
  EXPECT_TRUE(serves("off.test", 404));
}

}  // namespace
}  // namespace argos
