// SPDX-License-Identifier: Apache-2.0
// One bad object harms only itself: what Caddy refuses is found, left out, explained, and remembered.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/files.hpp"
#include "runtime/suspensions.hpp"
#include "test/controllers/caddy_fixture.hpp"

namespace argos {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr auto kUnknown = R"({"handler":"no_such_module"})";

// Holds a TCP port as another program would.
class HeldPort {
 public:
  explicit HeldPort(int port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    held_ = ::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 && ::listen(socket_, 1) == 0;
  }
  ~HeldPort() { ::close(socket_); }
  HeldPort(const HeldPort&) = delete;
  HeldPort& operator=(const HeldPort&) = delete;
  bool held() const { return held_; }

 private:
  int socket_;
  bool held_ = false;
};

class CaddyIsolation : public CaddyController {
 protected:
  void many_hosts(int count) {
    group("app", backend_.port());
    for (int at = 0; at < count; ++at) put_row("h" + std::to_string(at), plain(name(at), "app"));
  }
  static std::string name(int at) { return "h" + std::to_string(at) + ".test"; }
  std::string programmed(const std::string& host) const { return condition({Kind::host, host}, "Programmed"); }
  static Host answering(const std::string& domain, const std::string& body) {
    auto host = plain(domain, "");
    host.caddy_handlers.push_back({{"handler", "static_response"}, {"body", body}});
    return host;
  }
  // app.test answers "one" and is deleted; argos ends before it has noted that Caddy took the deletion.
  void serve_and_delete_unnoted() {
    put_row("app", answering("app.test", "one"));
    pass();
    delete_row(app_);
    wire_.after_write = [&] { throw std::runtime_error("killed"); };
    pass();
    wire_.after_write = nullptr;
  }
  // The policy is `report`: app.test has a target group, two.test answers "two".
  void reported() {
    Settings settings;
    settings.drift.caddy = OnDrift::report;
    put_row("default", settings);
    one_host();
    put_row("two", answering("two.test", "two"));
    pass();
  }
  void by_hand(const std::string& domain) {
    auto config = caddy_.config();
    for (auto& route : config.at("apps").at("http").at("servers").at("http").at("routes").as_array()) {
      if (boost::json::serialize(route).find(domain) == std::string::npos) continue;
      route.as_object()["handle"] = {{{"handler", "static_response"}, {"body", "by hand"}}};
    }
    ASSERT_EQ(caddy_.admin("POST", "/load", boost::json::serialize(config)).status, 200);
  }
  void come_back_without_a_module(const std::function<void()>& come_back) {
    caddy_.start();
    one_host();
    put_row("two", answering("two.test", "two"));
    put_row("old", answering("old.test", "old"));
    pass();
    put_row("app", with_raw_handler("app.test", kUnknown));
    ASSERT_TRUE(store_->write([&](Database& database) {  // as if the former Caddy had known it
      return database.run("UPDATE accepted SET spec = json_set(spec, '$.caddyHandlers', json('[" + std::string(kUnknown) +
                          "]')) WHERE kind = 'hosts' AND name = 'app'");
    }));
    put_row("old", with_raw_handler("old.test", R"({"handler":"nope"})"));
    caddy_.kill9();
    restart_argos();
    come_back();
    pass();
    EXPECT_EQ(ready(), "True Reconciled") << message(controller_->key(), "Ready");
    EXPECT_TRUE(answers("two.test", "two"));
    EXPECT_TRUE(answers("old.test", "old")) << "it has a form to fall back on";
    EXPECT_TRUE(serves("app.test", 404));
    EXPECT_EQ(programmed("app"), "False RejectedByCaddy");
    EXPECT_EQ(programmed("old"), "False RejectedByCaddy");
    EXPECT_THAT(message(app_, "Programmed"), HasSubstr("no_such_module"));
    EXPECT_EQ(programmed("two"), "True Programmed");
    wire_.writes = 0;
    pass();
    EXPECT_EQ(wire_.writes, 0);
    put_row("app", plain("app.test", "app"));
    pass();
    EXPECT_TRUE(serves("app.test", 200));
  }
  bool answers(const std::string& domain, const std::string& body) const {
    return test::eventually([&] { return test::ask(http_port_, {.method = "GET", .host = domain}).body == body; });
  }
};

INSTANTIATE_TEST_SUITE_P(RealCaddy, CaddyIsolation, testing::ValuesIn(test::caddy_binaries()),
                         [](const auto& binary) { return binary.param.label; });

TEST_P(CaddyIsolation, EachOffenderCostsOneLoadAndAllOthersAreServed) {
  caddy_.start();
  many_hosts(30);
  pass();
  wire_.writes = 0;
  for (int at = 0; at < 10; ++at) put_row("h" + std::to_string(at), answering(name(at), "new"));
  put_row("h3", with_raw_handler(name(3), R"({"handler":"static_response","bodyy":"x"})"));
  put_row("h5", with_raw_handler(name(5), R"({"handler":"headers","response":{"replace":{"X":[{"search_regexp":"("}]}}})"));
  put_row("fresh", with_raw_handler("fresh.test", kUnknown));
  pass();
  EXPECT_EQ(ready(), "True Reconciled") << message(controller_->key(), "Ready");
  EXPECT_EQ(wire_.writes, 4) << "one an offender, and the one that is accepted";
  for (int at = 0; at < 30; ++at) {
    if (at == 3 || at == 5) continue;
    EXPECT_EQ(programmed("h" + std::to_string(at)), "True Programmed") << at;
  }
  EXPECT_TRUE(answers(name(4), "new"));
  EXPECT_TRUE(serves(name(3), 200)) << "the last accepted form stays in force";
  EXPECT_TRUE(serves(name(5), 200));
  EXPECT_TRUE(serves("fresh.test", 404));
  EXPECT_EQ(programmed("h3"), "False RejectedByCaddy");
  EXPECT_EQ(
      message({Kind::host, "h3"}, "Programmed"),
      "caddyHandlers[0]: http.handlers.static_response: json: unknown field \"bodyy\"; its last accepted form stays in force");
  EXPECT_THAT(message({Kind::host, "h5"}, "Programmed"), HasSubstr("error parsing regexp"));
  const auto accepted = [&](const char* host) { return reports_.look("caddy", {Kind::host, host}).at("accepted"); };
  EXPECT_EQ(accepted("h3").at("targetGroup"), "app") << "what runs of it can be told in the manifest's words";
  EXPECT_TRUE(accepted("h3").at("caddyHandlers").as_array().empty());
  EXPECT_TRUE(accepted("h4").is_null()) << "the wanted form runs";
  EXPECT_EQ(message({Kind::host, "fresh"}, "Programmed"), "caddyHandlers[0]: unknown module: http.handlers.no_such_module");
}

TEST_P(CaddyIsolation, TheSameRefusedHandlerInManyHostsCostsOneLoad) {
  caddy_.start();
  many_hosts(12);
  pass();
  wire_.writes = 0;
  for (int at = 0; at < 10; ++at) put_row("h" + std::to_string(at), with_raw_handler(name(at), kUnknown));
  pass();
  EXPECT_EQ(wire_.writes, 1) << "what is left is what runs already";
  for (int at = 0; at < 10; ++at) EXPECT_EQ(programmed("h" + std::to_string(at)), "False RejectedByCaddy");
  EXPECT_EQ(programmed("h10"), "True Programmed");
}

TEST_P(CaddyIsolation, OfTwoThatOnlyTogetherAreRefusedItIsNotThePanelThatIsLeftOut) {
  caddy_.start();
  group("app", backend_.port());
  wire_.refuses = [](const std::string& body) {
    const auto has = [&](const char* name) { return body.find(name) != std::string::npos; };
    return has("panel.test") && (has("aaa.test") || has("zzz.test"));
  };
  put_row("argos-panel", answering("panel.test", "panel"), ManagedBy::system);
  for (const auto* const name : {"aaa", "zzz"}) put_row(name, answering(std::string(name) + ".test", name));
  put_row("good", answering("good.test", "good"));
  pass();
  EXPECT_EQ(ready(), "True Reconciled") << message(controller_->key(), "Ready");
  EXPECT_EQ(programmed("argos-panel"), "True Programmed");
  EXPECT_EQ(programmed("good"), "True Programmed");
  for (const auto* const name : {"aaa", "zzz"}) EXPECT_EQ(programmed(name), "False RejectedByCaddy");
  EXPECT_TRUE(serves("panel.test", 200));
}

TEST_P(CaddyIsolation, InBucketsOfManyHostsTheHintsLeadToTheRightOneToo) {
  caddy_.start();
  many_hosts(320);
  pass();
  wire_.writes = 0;
  put_row("h7", with_raw_handler(name(7), kUnknown));
  put_row("h250", with_raw_handler(name(250), R"({"handler":"nope"})"));
  put_row("h251", answering(name(251), "new"));
  pass();
  EXPECT_EQ(wire_.writes, 3);
  EXPECT_EQ(programmed("h7"), "False RejectedByCaddy");
  EXPECT_EQ(programmed("h250"), "False RejectedByCaddy");
  EXPECT_EQ(programmed("h251"), "True Programmed");
  EXPECT_TRUE(answers(name(251), "new"));
}

TEST_P(CaddyIsolation, ARefusedFormIsNotTriedAgainUntilItChangesAlsoOverARestart) {
  caddy_.start();
  one_host();
  put_row("bad", with_raw_handler("bad.test", kUnknown));
  pass();
  wire_.writes = 0;
  for (int woken = 0; woken < 20; ++woken) {
    clock_.advance(1min);
    pass();
  }
  put_row("other", plain("other.test", "app"));
  pass();
  EXPECT_EQ(wire_.writes, 1) << "others change without it";
  restart_argos();
  pass();
  EXPECT_EQ(wire_.writes, 1);
  EXPECT_EQ(ready(), "True Reconciled") << message(controller_->key(), "Ready");
  EXPECT_EQ(programmed("bad"), "False RejectedByCaddy");
  EXPECT_THAT(message({Kind::host, "bad"}, "Programmed"), HasSubstr("no_such_module"));
  EXPECT_EQ(programmed("app"), "True Programmed");

  put_row("bad", plain("bad.test", "app"));
  pass();
  EXPECT_EQ(programmed("bad"), "True Programmed");
  EXPECT_TRUE(serves("bad.test", 200));
}

TEST_P(CaddyIsolation, ARefusedHostIsTriedAgainWhenItsTargetGroupChanges) {
  caddy_.start();
  one_host();
  pass();
  wire_.refuses = [&](const std::string& body) {
    return body.find("bad.test") != std::string::npos && body.find("least_conn") == std::string::npos;
  };
  put_row("bad", plain("bad.test", "app"));
  pass();
  EXPECT_EQ(programmed("bad"), "False RejectedByCaddy");
  TargetGroup other;
  other.targets.push_back({.host = "127.0.0.1", .port = backend_.port(), .weight = 1, .enabled = true});
  other.algorithm = Algorithm::least_conn;
  put_row("app", other);
  pass();
  EXPECT_EQ(programmed("bad"), "True Programmed");
  EXPECT_TRUE(serves("bad.test", 200));
}

TEST_P(CaddyIsolation, TheLastAcceptedFormSurvivesARestartOfBoth) {
  caddy_.start();
  one_host();
  pass();
  put_row("app", with_raw_handler("app.test", kUnknown));
  put_row("two", answering("two.test", "two"));
  pass();
  caddy_.kill9();
  restart_argos();
  caddy_.start();
  pass();
  EXPECT_TRUE(serves("app.test", 200));
  EXPECT_TRUE(answers("two.test", "two"));
  EXPECT_EQ(programmed("app"), "False RejectedByCaddy");
  EXPECT_EQ(programmed("two"), "True Programmed");
}

TEST_P(CaddyIsolation, ATargetGroupMadeNonsenseStaysInForceForItsHosts) {
  caddy_.start();
  one_host();
  pass();
  ASSERT_TRUE(store_->write(
      [&](Database& database) { return database.run("UPDATE target_groups SET algorithm = 'odd' WHERE name = 'app'"); }));
  put_row("two", plain("two.test", "app"));
  pass();
  EXPECT_EQ(condition(group_, "Programmed"), "False NotAccepted");
  EXPECT_TRUE(serves("app.test", 200));
  EXPECT_TRUE(serves("two.test", 200));
}

TEST_P(CaddyIsolation, ArgosKilledBetweenAWriteAndItsNotingKnowsWhatWasAccepted) {
  caddy_.start();
  put_row("app", answering("app.test", "one"));
  pass();
  put_row("app", answering("app.test", "two"));
  wire_.after_write = [&] { throw std::runtime_error("killed"); };
  pass();
  wire_.after_write = nullptr;
  ASSERT_TRUE(answers("app.test", "two"));
  put_row("app", with_raw_handler("app.test", kUnknown));
  restart_argos();
  pass();
  caddy_.kill9();
  caddy_.start();
  pass();
  EXPECT_TRUE(answers("app.test", "two")) << "not the form before the last that was accepted";
}

TEST_P(CaddyIsolation, AHostWhoseDeletionCaddyTookHasNoFormerFormAlsoAfterAKillBeforeItsNoting) {
  caddy_.start();
  serve_and_delete_unnoted();
  ASSERT_TRUE(serves("app.test", 404));
  put_row("app", with_raw_handler("app.test", kUnknown));
  put_row("two", answering("two.test", "two"));
  restart_argos();
  pass();
  ASSERT_TRUE(answers("two.test", "two"));
  EXPECT_TRUE(serves("app.test", 404));
  EXPECT_EQ(programmed("app"), "False RejectedByCaddy");
}

// A Caddy that ends before argos has heard of it takes the proof with it.
TEST_P(CaddyIsolation, WhereNobodyCanSayWhetherCaddyTookADocumentTheFormsBeforeItStand) {
  caddy_.start();
  serve_and_delete_unnoted();
  put_row("app", with_raw_handler("app.test", kUnknown));
  caddy_.kill9();
  restart_argos();
  caddy_.start();
  pass();
  EXPECT_TRUE(answers("app.test", "one")) << "nothing is forgotten on doubt";
  EXPECT_EQ(programmed("app"), "False RejectedByCaddy");
}

TEST_P(CaddyIsolation, ARowMadeNonsenseKeepsItsHostInService) {
  caddy_.start();
  one_host();
  pass();
  ASSERT_TRUE(store_->write([&](Database& database) {
    return database.run("UPDATE hosts SET caddy_handlers = '[5]', tls_mode = 'odd' WHERE name = 'app'");
  }));
  pass();
  EXPECT_EQ(condition(app_, "Accepted"), "False Invalid");
  EXPECT_EQ(programmed("app"), "False NotAccepted");
  EXPECT_THAT(message(app_, "Programmed"), HasSubstr("its last accepted form stays in force"));
  EXPECT_TRUE(serves("app.test", 200));
  caddy_.kill9();
  caddy_.start();
  restart_argos();
  pass();
  EXPECT_TRUE(serves("app.test", 200));
}

TEST_P(CaddyIsolation, AHostThatKeepsItsFormKeepsItsNamesAndItsGroup) {
  caddy_.start();
  one_host();
  pass();
  auto moved = with_raw_handler("moved.test", kUnknown);
  moved.target_group = "new";
  put_row("app", moved);
  group("new", backend_.port());
  delete_row(group_);
  put_row("thief", answering("app.test", "thief"));
  pass();
  EXPECT_TRUE(serves("app.test", 200));
  EXPECT_THAT(test::ask(http_port_, {.method = "GET", .host = "app.test"}).body, Not(HasSubstr("thief")));
  EXPECT_EQ(programmed("app"), "False RejectedByCaddy");
  EXPECT_EQ(programmed("thief"), "False DomainTaken");
  delete_row(app_);
  pass();
  EXPECT_TRUE(answers("app.test", "thief"));
  EXPECT_EQ(programmed("thief"), "True Programmed");
}

TEST_P(CaddyIsolation, ARefusedHostMayBeRenamedWithoutHarmToAnybody) {
  caddy_.start();
  one_host();
  pass();
  ASSERT_TRUE(store_->write([&](Database& database) {
    return database.run("UPDATE hosts SET name = 'new', caddy_handlers = '[{\"handler\":\"nope\"}]' WHERE name = 'app'");
  }));
  put_row("two", answering("two.test", "two"));
  pass();
  EXPECT_EQ(ready(), "True Reconciled");
  EXPECT_TRUE(answers("two.test", "two"));
  EXPECT_TRUE(serves("app.test", 200)) << "as the former name had it";
  EXPECT_EQ(programmed("new"), "False RejectedByCaddy");
  put_row("new", answering("app.test", "new"));
  pass();
  EXPECT_TRUE(answers("app.test", "new"));
}

TEST_P(CaddyIsolation, WhatRunsIsKeptAsItRunsWhereNothingIsRememberedOfIt) {
  caddy_.start();
  one_host();
  put_row("two", answering("two.test", "two"));
  auto secure = answering("secure.test", "secure");
  secure.tls.mode = TlsMode::internal;
  put_row("secure", secure);
  pass();
  ASSERT_TRUE(store_->write([&](Database& database) { return database.run("DELETE FROM accepted"); }));
  put_row("app", with_raw_handler("app.test", kUnknown));
  secure.caddy_handlers.push_back(boost::json::parse(kUnknown));
  put_row("secure", secure);
  put_row("two", answering("two.test", "three"));
  restart_argos();
  pass();
  EXPECT_EQ(ready(), "True Reconciled");
  EXPECT_TRUE(serves("app.test", 200));
  EXPECT_EQ(test::ask_tls(caddy_.https_port(), "secure.test").body, "secure");
  EXPECT_TRUE(answers("two.test", "three"));
  EXPECT_EQ(programmed("app"), "False RejectedByCaddy");
  put_row("two", answering("two.test", "four"));
  pass();
  EXPECT_TRUE(answers("two.test", "four"));
  EXPECT_TRUE(serves("app.test", 200));
  put_row("app", answering("app.test", "mended"));
  pass();
  EXPECT_TRUE(answers("app.test", "mended"));
}

TEST_P(CaddyIsolation, AHostWhoseGroupIsRefusedAndOfWhichNothingIsRememberedStaysAsItRunsAndSaysWhy) {
  caddy_.start();
  one_host();
  pass();
  ASSERT_TRUE(store_->write([&](Database& database) { return database.run("DELETE FROM accepted"); }));
  wire_.refuses = [](const std::string& body) { return body.find("least_conn") != std::string::npos; };
  TargetGroup refused;
  refused.targets.push_back({.host = "127.0.0.1", .port = backend_.port(), .weight = 1, .enabled = true});
  refused.algorithm = Algorithm::least_conn;
  put_row("app", refused);
  put_row("fresh", plain("fresh.test", "app"));
  put_row("two", answering("two.test", "two"));
  for (int argos = 0; argos < 2; ++argos) {
    restart_argos();
    pass();
    EXPECT_EQ(ready(), "True Reconciled") << message(controller_->key(), "Ready");
    EXPECT_TRUE(answers("two.test", "two"));
    EXPECT_TRUE(serves("app.test", 200)) << "as it ran";
    EXPECT_TRUE(serves("fresh.test", 503)) << "it never ran otherwise";
    for (const auto* const host : {"app", "fresh"}) {
      EXPECT_EQ(programmed(host), "False RejectedByCaddy");
      EXPECT_THAT(message({Kind::host, host}, "Programmed"), HasSubstr("targetgroup/app: no"));
      EXPECT_THAT(condition({Kind::host, host}, "Ready"), testing::StartsWith("False"));
    }
    EXPECT_EQ(condition(group_, "Programmed"), "False RejectedByCaddy");
  }
}

TEST_P(CaddyIsolation, ACertificateThatIsBeingStoredIsWaitedForAndNobodysFault) {
  caddy_.start();
  auto secure = answering("secure.test", "secure");
  secure.tls.mode = TlsMode::internal;
  put_row("secure", secure);
  pass();
  const auto file = caddy_.folder() / "data/caddy/certificates/local/secure.test/secure.test.json";
  const auto shown = [&] { return test::ask_tls(caddy_.https_port(), "secure.test").body == "secure"; };
  ASSERT_TRUE(test::eventually(shown, 75s)) << caddy_.log();
  const auto whole = read_file(file).value();
  std::filesystem::resize_file(file, 0);
  const int before = wire_.writes;
  wire_.after_write = [&] {
    if (wire_.writes == before + 1) std::ofstream(file) << whole;
  };
  put_row("two", answering("two.test", "two"));
  pass();
  const bool refused =
      caddy_.log().find("loading new config: http app module: start: finalizing") != std::string::npos;  // by 2.6
  EXPECT_EQ(wire_.writes, before + (refused ? 2 : 1));
  EXPECT_EQ(programmed("two"), "True Programmed");
  EXPECT_EQ(programmed("secure"), "True Programmed");
  EXPECT_TRUE(answers("two.test", "two"));
}

TEST_P(CaddyIsolation, WhatCannotBeWrittenDownAtOnceIsWrittenLater) {
  caddy_.start();
  put_row("app", answering("app.test", "one"));
  pass();
  put_row("app", answering("app.test", "two"));
  std::optional<Database> other;
  wire_.before_write = [&] {
    other.emplace(*Database::open(folder_ / "argos.db", Database::Mode::read_write));
    ASSERT_TRUE(other->run("BEGIN IMMEDIATE"));
  };
  pass();
  wire_.before_write = nullptr;
  ASSERT_TRUE(answers("app.test", "two"));
  ASSERT_TRUE(other->run("ROLLBACK"));
  clock_.advance(1s);
  test::settle(context_, *controller_);
  put_row("app", with_raw_handler("app.test", kUnknown));
  restart_argos();
  caddy_.kill9();
  caddy_.start();
  pass();
  EXPECT_TRUE(answers("app.test", "two"));
}

TEST_P(CaddyIsolation, NobodyIsBlamedWhenNotEvenTheAcceptedSetLoads) {
  caddy_.start();
  one_host();
  pass();
  caddy_.kill9();
  put_row("fine", plain("fine.test", "app"));
  {
    const HeldPort held(http_port_);
    ASSERT_TRUE(test::eventually([&] { return held.held(); }));
    caddy_.start();
    pass();
    EXPECT_EQ(ready(), "False CaddyRefusesBaseline");
    EXPECT_THAT(message(controller_->key(), "Ready"), HasSubstr("address already in use"));
    EXPECT_EQ(programmed("fine"), "False CaddyRefusesBaseline");
    const auto before = wire_.writes;
    for (int woken = 0; woken < 20; ++woken) pass();
    EXPECT_EQ(wire_.writes, before) << "Caddy ends its connections at a refusal too, which wakes the controller";
  }
  clock_.advance(1s);
  pass();
  EXPECT_EQ(ready(), "True Reconciled") << message(controller_->key(), "Ready");
  EXPECT_TRUE(serves("app.test", 200));
  EXPECT_TRUE(serves("fine.test", 200));
}

TEST_P(CaddyIsolation, NobodyIsBlamedForWhatAServerOnTheWayAnswers) {
  caddy_.start();
  one_host();
  pass();
  put_row("app", answering("app.test", "new"));
  for (const auto& [status, body] : {std::pair(502, "<h1>Bad Gateway</h1>"), std::pair(503, R"({"error":"busy"})"),
                                     std::pair(500, "<h1>Internal Server Error</h1>"), std::pair(413, "too large")}) {
    wire_.in_between = HttpResponse{status, {}, body};
    wire_.writes = 0;
    pass();
    EXPECT_EQ(wire_.writes, 1) << "no search for anybody";
    EXPECT_EQ(ready(), "False NotCaddy") << status;
    EXPECT_EQ(programmed("app"), "False NotCaddy") << status;
    EXPECT_TRUE(serves("app.test", 200)) << "as before";
    clock_.advance(1s);
  }
  wire_.in_between = std::nullopt;
  pass();
  EXPECT_EQ(programmed("app"), "True Programmed");
  EXPECT_TRUE(answers("app.test", "new"));
}

TEST_P(CaddyIsolation, ASingleChangeWithoutAHintIsBlamedOnlyForASecondTryAfterTheAcceptedSetHasLoaded) {
  caddy_.start();
  put_row("app", answering("app.test", "one"));
  pass();
  std::vector<bool> has_new;
  int refuse = 1;
  std::string wanted = "two";
  wire_.refuses = [&](const std::string& body) {
    has_new.push_back(body.find(wanted) != std::string::npos);
    return has_new.back() && refuse-- > 0;
  };
  put_row("app", answering("app.test", wanted));
  pass();
  EXPECT_EQ(has_new, (std::vector<bool>{true, false, true})) << "it, the accepted set, it again";
  EXPECT_EQ(programmed("app"), "True Programmed");
  EXPECT_TRUE(answers("app.test", "two"));

  has_new.clear();
  refuse = 2;
  wanted = "three";
  put_row("app", answering("app.test", wanted));
  pass();
  EXPECT_EQ(programmed("app"), "False RejectedByCaddy");
  EXPECT_EQ(has_new, (std::vector<bool>{true, false, true}));
  EXPECT_TRUE(answers("app.test", "two"));
}

TEST_P(CaddyIsolation, NobodyIsBlamedAndCaddyNotPesteredWhereNothingHasChanged) {
  caddy_.start();
  one_host();
  pass();
  caddy_.kill9();
  {
    const HeldPort held(http_port_);
    ASSERT_TRUE(held.held());
    caddy_.start();
    pass();
    EXPECT_EQ(ready(), "False CaddyRefusesBaseline");
    EXPECT_EQ(programmed("app"), "False CaddyRefusesBaseline");
    const auto before = wire_.writes;
    for (int woken = 0; woken < 20; ++woken) pass();
    EXPECT_EQ(wire_.writes, before);
  }
  clock_.advance(1s);
  pass();
  EXPECT_EQ(ready(), "True Reconciled") << message(controller_->key(), "Ready");
  EXPECT_TRUE(serves("app.test", 200));
}

TEST_P(CaddyIsolation, ARefusedCaddyThatServesNothingIsTriedEveryTenSecondsAndSuccessIsForgotten) {
  caddy_.start();
  one_host();
  pass();
  wire_.refuses = [](const std::string&) { return true; };
  caddy_.kill9();
  caddy_.start();
  for (int round = 0; round < 8; ++round) {
    const auto before = wire_.writes;
    pass();
    EXPECT_GT(wire_.writes, before) << round;
    clock_.advance(10s);
  }
  wire_.refuses = nullptr;
  pass();
  EXPECT_EQ(ready(), "True Reconciled") << message(controller_->key(), "Ready");

  wire_.refuses = [](const std::string&) { return true; };
  caddy_.kill9();
  caddy_.start();
  pass();
  EXPECT_EQ(ready(), "False CaddyRefusesBaseline");
  wire_.refuses = nullptr;
  clock_.advance(1s);
  pass();
  EXPECT_EQ(ready(), "True Reconciled") << "the wait begins anew";
}

// Without the refused form of "two" its name is not free, and "one" that asks for it would be served under none.
TEST_P(CaddyIsolation, ASearchThatWouldDropWhatRunsIsNotRepeatedAtOnce) {
  caddy_.start();
  group("app", backend_.port());
  put_row("one", plain("one.test", "app"));
  put_row("two", plain("two.test", "app"));
  pass();
  auto both = plain("one.test", "app");
  both.aliases = {"two.test"};
  put_row("one", both);
  put_row("two", with_raw_handler("three.test", kUnknown));
  pass();
  EXPECT_EQ(ready(), "False RejectedByCaddy");
  EXPECT_THAT(message(controller_->key(), "Ready"), HasSubstr("without dropping hosts that run"));
  const auto before = wire_.writes;
  for (int woken = 0; woken < 20; ++woken) pass();
  EXPECT_EQ(wire_.writes, before);
  EXPECT_TRUE(serves("one.test", 200));
  EXPECT_TRUE(serves("two.test", 200));
}

TEST_P(CaddyIsolation, ACaddyThatComesBackIsAskedAgainAboutWhatTheFormerOneRefused) {
  caddy_.start();
  one_host();
  put_row("bad", with_raw_handler("bad.test", kUnknown));
  pass();
  caddy_.kill9();
  caddy_.start();
  wire_.writes = 0;
  pass();
  EXPECT_EQ(wire_.writes, 2) << "first all the rest, then what was refused";
  EXPECT_EQ(ready(), "True Reconciled") << message(controller_->key(), "Ready");
  EXPECT_EQ(programmed("bad"), "False RejectedByCaddy");
}

// Also where what it was started with answers everybody that it has nothing for them yet.
TEST_P(CaddyIsolation, ACaddyThatLacksAModuleOfAnAcceptedHostServesAllOthers) {
  come_back_without_a_module([this] { caddy_.start(); });
}
TEST_P(CaddyIsolation, ACaddyThatLacksAModuleAndHasTheBootstrapServesAllOthersToo) {
  come_back_without_a_module([this] { caddy_.start_with_the_bootstrap(); });
}

// ---- hand work

TEST_P(CaddyIsolation, ASuspendedHostIsLeftAsItIsFoundWhileOthersChange) {
  caddy_.start();
  put_row("app", answering("app.test", "argos"));
  pass();
  ASSERT_TRUE(store_->write([&](Database& database) -> Result<> {
    const auto done = suspend(database, app_, "", "alice", clock_.wall());
    if (!done) return done.error();
    return {};
  }));
  pass();
  auto config = caddy_.config();
  auto& routes = config.at("apps").at("http").at("servers").at("http").at("routes").as_array();
  for (auto& route : routes) {
    if (boost::json::serialize(route).find("app.test") == std::string::npos) continue;
    route.at("handle").as_array()[0].as_object()["body"] = "by hand";
  }
  ASSERT_EQ(caddy_.admin("POST", "/load", boost::json::serialize(config)).status, 200);
  put_row("app", answering("app.test", "later"));
  put_row("two", answering("two.test", "two"));
  pass();
  EXPECT_TRUE(answers("two.test", "two"));
  EXPECT_TRUE(answers("app.test", "by hand"));
  EXPECT_EQ(programmed("app"), "False Suspended");
  ASSERT_TRUE(store_->write([&](Database& database) -> Result<> {
    const auto done = resume(database, app_);
    if (!done) return done.error();
    return {};
  }));
  pass();
  EXPECT_TRUE(answers("app.test", "later"));
  EXPECT_EQ(programmed("app"), "True Programmed");
}

TEST_P(CaddyIsolation, WhatIsServedAfterAResumeIsWhatStaysInForceAfterABadEdit) {
  caddy_.start();
  put_row("app", answering("app.test", "one"));
  pass();
  ASSERT_TRUE(store_->write(
      [&](Database& database) -> Result<> { return suspend(database, app_, "", "", clock_.wall()).value(), Result<>{}; }));
  put_row("app", answering("app.test", "two"));
  put_row("other", answering("other.test", "other"));
  pass();
  ASSERT_TRUE(answers("app.test", "one"));
  ASSERT_TRUE(store_->write([&](Database& database) -> Result<> { return resume(database, app_).value(), Result<>{}; }));
  pass();
  ASSERT_TRUE(answers("app.test", "two"));
  auto bad = answering("app.test", "three");
  bad.caddy_handlers.push_back(boost::json::parse(kUnknown));
  put_row("app", bad);
  pass();
  EXPECT_EQ(programmed("app"), "False RejectedByCaddy");
  EXPECT_TRUE(answers("app.test", "two")) << "not the form before it";
}

TEST_P(CaddyIsolation, UnderTheReportPolicyAForeignChangeStaysUntilSomethingElseIsWanted) {
  caddy_.start();
  Settings settings;
  settings.drift.caddy = OnDrift::report;
  put_row("default", settings);
  put_row("app", answering("app.test", "argos"));
  put_row("two", answering("two.test", "two"));
  pass();
  auto config = caddy_.config();
  for (auto& route : config.at("apps").at("http").at("servers").at("http").at("routes").as_array()) {
    if (boost::json::serialize(route).find("app.test") == std::string::npos) continue;
    route.at("handle").as_array()[0].as_object()["body"] = "by hand";
  }
  ASSERT_EQ(caddy_.admin("POST", "/load", boost::json::serialize(config)).status, 200);
  wire_.writes = 0;
  pass();
  pass();
  EXPECT_EQ(wire_.writes, 0);
  EXPECT_TRUE(answers("app.test", "by hand"));
  EXPECT_EQ(ready(), "True Reconciled") << message(controller_->key(), "Ready");
  EXPECT_EQ(programmed("app"), "False Drifted");
  EXPECT_EQ(programmed("two"), "True Programmed");
  put_row("two", answering("two.test", "three"));
  pass();
  EXPECT_TRUE(answers("app.test", "argos"));
  EXPECT_TRUE(answers("two.test", "three"));
  EXPECT_EQ(programmed("app"), "True Programmed");
}

// A foreign change and an edit between two looks of argos.
TEST_P(CaddyIsolation, UnderTheReportPolicyAnEditIsServedAlthoughSomebodyElseCameFirst) {
  caddy_.start();
  reported();
  by_hand("app.test");
  put_row("two", answering("two.test", "three"));
  pass();
  clock_.advance(1s);
  test::settle(context_, *controller_);
  EXPECT_TRUE(answers("two.test", "three"));
  EXPECT_EQ(ready(), "True Reconciled") << message(controller_->key(), "Ready");
  EXPECT_EQ(programmed("two"), "True Programmed");
}

TEST_P(CaddyIsolation, UnderTheReportPolicyAnEditIsServedAlthoughArgosWasKilledBeforeItWasSent) {
  caddy_.start();
  reported();
  put_row("two", answering("two.test", "three"));
  wire_.before_write = [&] { throw std::runtime_error("killed"); };
  pass();
  wire_.before_write = nullptr;
  by_hand("app.test");
  restart_argos();
  pass();
  EXPECT_TRUE(answers("two.test", "three"));
  EXPECT_EQ(programmed("two"), "True Programmed");
}

// Also by an argos that was started since.
TEST_P(CaddyIsolation, UnderTheReportPolicyWhatBelongsToADriftedHostIsDriftedToo) {
  caddy_.start();
  reported();
  group("other", backend_.port());
  put_row("three", plain("three.test", "other"));
  pass();
  by_hand("app.test");
  restart_argos();
  wire_.writes = 0;
  pass();
  EXPECT_EQ(wire_.writes, 0);
  EXPECT_EQ(programmed("app"), "False Drifted");
  EXPECT_EQ(condition(group_, "Programmed"), "False Drifted");
  EXPECT_EQ(condition({Kind::target_group, "other"}, "Programmed"), "True Programmed");
  EXPECT_EQ(programmed("two"), "True Programmed");
}

}  // namespace
}  // namespace argos
