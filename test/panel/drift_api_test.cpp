// SPDX-License-Identifier: Apache-2.0
// What was found otherwise than wanted, and suspensions, over the API.
#include "runtime/findings.hpp"
#include "test/panel/panel_fixture.hpp"

namespace argos::test {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

struct DriftApi : PanelTest {
  Findings findings{*store, clock, "caddy"};

  HttpResponse post(const std::string& what, const boost::json::value& body) {
    return ask("POST", "/api/v1/" + what, serialize(body));
  }
  boost::json::value drift() { return json(ask("GET", "/api/v1/drift")); }
};

TEST_F(DriftApi, FindingsAreServedOpenOnesFirstThenTheNewest) {
  findings.note({{"/apps/a", std::nullopt, "1", ""}}, FindingAction::healed);
  clock.advance(1s);
  findings.note({{"/apps/b", std::nullopt, R"({"x":[1]})", R"({"x":"cut…)"}}, FindingAction::healed);
  clock.advance(1s);
  findings.note({{"/apps/c", Key{Kind::host, "app"}, R"("one")", R"("two")"}}, FindingAction::reported);
  const auto answer = drift();
  EXPECT_EQ(answer.at("open"), 1);
  const auto& items = answer.at("items").as_array();
  ASSERT_EQ(items.size(), 3U);
  EXPECT_EQ(items[0], boost::json::value(
                          {{"id", 3},
                           {"surface", "caddy"},
                           {"path", "/apps/c"},
                           {"object", "host/app"},
                           {"wanted", "one"},
                           {"found", "two"},
                           {"action", "reported"},
                           {"firstSeen", "2026-11-23T00:00:02.000Z"},
                           {"lastSeen", "2026-11-23T00:00:02.000Z"},
                           {"times", 1},
                           {"open", true},
                           {"keep", nullptr},
                           {"notKept", {{"reason", "NotFound"}, {"message", "there is no host/app any more"}, {"hint", ""}}}}));
  EXPECT_EQ(items[1].at("wanted"), boost::json::value({{"x", {1}}})) << "JSON as it is";
  EXPECT_EQ(items[1].at("found"), R"({"x":"cut…)") << "text where it was shortened";
  EXPECT_EQ(items[2].at("found"), nullptr) << "nothing was there";
  EXPECT_EQ(answer.at("policy"), boost::json::value({{"caddy", "heal"}, {"manifests", "heal"}, {"certificates", "heal"}}));
}

TEST_F(DriftApi, AnObjectIsSuspendedAndResumedAndItIsOnRecordWhoDidIt) {
  put("/api/v1/hosts/app", kHost);
  const auto first = post("suspend", {{"kind", "Host"}, {"name", "app"}, {"note", "new\nrack"}});
  EXPECT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(json(first).at("suspended"), true);
  EXPECT_EQ(json(first).at("changed"), true);
  EXPECT_EQ(json(first).at("note"), "new\\u000arack");
  const auto again = post("suspend", {{"kind", "hosts"}, {"name", "app"}, {"note", "other"}});
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(json(again).at("changed"), false);
  EXPECT_EQ(json(again).at("note"), "new\\u000arack");
  EXPECT_EQ(drift().at("suspended").as_array().size(), 1U);
  EXPECT_EQ(drift().at("suspended").at(0).at("object"), "host/app");
  EXPECT_EQ(json(post("resume", {{"kind", "Host"}, {"name", "app"}})).at("changed"), true);
  EXPECT_EQ(json(post("resume", {{"kind", "Host"}, {"name", "app"}})).at("changed"), false);
  EXPECT_EQ(drift().at("suspended").as_array().size(), 0U);
  EXPECT_EQ(count("SELECT count(*) FROM changes WHERE what IN ('suspended', 'resumed') AND actor <> 'outside'"), 2);
}

TEST_F(DriftApi, ASuspensionMayHaveATimeAndAnotherOneLater) {
  put("/api/v1/hosts/app", kHost);
  const auto first = json(post("suspend", {{"kind", "Host"}, {"name", "app"}, {"note", "rack"}, {"for", "2h"}}));
  EXPECT_EQ(first.at("until"), "2026-11-23T02:00:00.000Z");
  clock.advance(1h);
  const auto kept = json(post("suspend", {{"kind", "Host"}, {"name", "app"}}));
  EXPECT_EQ(kept.at("changed"), false);
  EXPECT_EQ(kept.at("until"), "2026-11-23T02:00:00.000Z");
  const auto longer = json(post("suspend", {{"kind", "Host"}, {"name", "app"}, {"for", "2h"}}));
  EXPECT_EQ(longer.at("changed"), true);
  EXPECT_EQ(longer.at("until"), "2026-11-23T03:00:00.000Z");
  EXPECT_EQ(longer.at("note"), "rack");
  EXPECT_EQ(drift().at("suspended").at(0).at("until"), "2026-11-23T03:00:00.000Z");
  for (const auto* const wrong : {"1s", "2161h", "tomorrow"}) {
    EXPECT_EQ(post("suspend", {{"kind", "Host"}, {"name", "app"}, {"for", wrong}}).status, 422) << wrong;
  }
}

// ---- keep ------------------------------------------------------------------------------------------------------------------

constexpr auto kDial = "/apps/http/servers/https/routes/1/handle/0/upstreams/0/dial";

struct KeepApi : DriftApi {
  KeepApi() {
    put("/api/v1/targetgroups/app", kGroup);
    put("/api/v1/hosts/app", kHost);
  }
  void found_other_port() {
    findings.note({{kDial, Key{Kind::host, "app"}, R"("127.0.0.1:9000")", R"("127.0.0.1:9001")"}}, FindingAction::reported);
  }
  boost::json::value item() { return drift().at("items").at(0); }
  HttpResponse keep(const std::string& more = "") { return post("drift/" + serialize(item().at("id")) + "/keep" + more, {}); }
  boost::json::value port() { return json(ask("GET", "/api/v1/targetgroups/app")).at("spec").at("targets").at(0).at("port"); }
};

TEST_F(KeepApi, WhatWasFoundBecomesWhatIsWantedAsAnyChangeDoes) {
  found_other_port();
  EXPECT_EQ(item().at("keep"),
            boost::json::value(
                {{"kind", "TargetGroup"}, {"name", "app"}, {"field", "targets[0].port"}, {"wanted", 9000}, {"found", 9001}}));
  EXPECT_EQ(item().at("notKept"), nullptr);
  const auto foretold = keep("?dryRun=true");
  EXPECT_EQ(json(foretold).at("outcome"), "configured") << foretold.body;
  EXPECT_EQ(port(), 9000);
  EXPECT_EQ(keep().status, 200);
  EXPECT_EQ(port(), 9001);
  EXPECT_EQ(count("SELECT count(*) FROM changes WHERE what = 'changed' AND name = 'app' AND actor <> 'outside'"), 1);
  EXPECT_EQ(keep().status, 409) << "it is wanted so by now";
  EXPECT_EQ(reason(keep()), "WantedByNow");
}

TEST_F(KeepApi, AHostWhoseRouteIsGoneIsSwitchedOff) {
  findings.note({{"/apps/http/servers/https/routes/1", Key{Kind::host, "app"}, R"({"handle":[…)", ""}},
                FindingAction::reported);
  EXPECT_EQ(item().at("keep").at("field"), "enabled");
  EXPECT_EQ(keep().status, 200);
  EXPECT_EQ(json(ask("GET", "/api/v1/hosts/app")).at("spec").at("enabled"), false);
}

TEST_F(KeepApi, AManifestsObjectIsKeptInItsFileOnTheLineThatIsNamed) {
  config.manifests_dir = folder.path().string();
  sql("UPDATE target_groups SET managed_by = 'manifest', owner = 'apps/app.yaml'");
  reports.publish(
      "manifests",
      {{"files", {{{"file", "apps/app.yaml"}, {"objects", {{{"kind", "TargetGroup"}, {"name", "app"}, {"line", 12}}}}}}}});
  found_other_port();
  EXPECT_EQ(item().at("keep"), nullptr);
  EXPECT_EQ(item().at("notKept").at("hint").as_string(),
            "to keep what was found, edit line 12 of " + config.manifests_dir + "/apps/app.yaml");
  const auto refused = keep();
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(reason(refused), "ManagedByManifest");
  EXPECT_THAT(hint(refused), HasSubstr("line 12 of"));
  EXPECT_EQ(port(), 9000);
}

TEST_F(KeepApi, WhatNoFieldSaysIsNotOfferedAndSaysWhy) {
  findings.note({{"/apps/http/grace_period", std::nullopt, R"("10s")", R"("1s")"}}, FindingAction::reported);
  EXPECT_EQ(item().at("keep"), nullptr);
  EXPECT_EQ(item().at("notKept").at("reason"), "NotAField");
  EXPECT_EQ(keep().status, 409);
  findings.none();
  EXPECT_EQ(item().at("notKept"), nullptr) << "nothing is to be kept of what is over";
  EXPECT_EQ(keep().status, 404);
}

TEST_F(KeepApi, WhoeverCameFirstIsNotOverwritten) {
  found_other_port();
  put("/api/v1/targetgroups/app", {{"targets", {{{"host", "127.0.0.1"}, {"port", 9005}}}}});
  EXPECT_EQ(keep().status, 409);
  EXPECT_EQ(port(), 9005);
}

TEST_F(DriftApi, AControllerIsSuspendedByItsName) {
  EXPECT_EQ(post("suspend", {{"kind", "controller"}, {"name", "caddy"}}).status, 200);
  EXPECT_TRUE(manager.find("caddy")->suspended());
  EXPECT_EQ(post("resume", {{"kind", "controllers"}, {"name", "caddy"}}).status, 200);
  EXPECT_FALSE(manager.find("caddy")->suspended());
}

TEST_F(DriftApi, WhatCannotBeSuspendedIsRefusedWithAReason) {
  EXPECT_EQ(post("suspend", {{"kind", "Host"}, {"name", "nobody"}}).status, 404);
  EXPECT_EQ(post("resume", {{"kind", "Host"}, {"name", "nobody"}}).status, 404);
  const auto mistyped = post("suspend", {{"kind", "controller"}, {"name", "cady"}});
  EXPECT_EQ(mistyped.status, 404);
  EXPECT_THAT(hint(mistyped), HasSubstr("caddy"));
  const auto vital = post("suspend", {{"kind", "controller"}, {"name", "migrations"}});
  EXPECT_EQ(vital.status, 409);
  EXPECT_EQ(reason(vital), "NotSuspendable");
  EXPECT_EQ(post("suspend", {{"kind", "Hots"}, {"name", "app"}}).status, 422);
  EXPECT_EQ(post("suspend", {{"kind", "Host"}}).status, 422);
  EXPECT_EQ(post("suspend", {{"kind", "Host"}, {"name", "app"}, {"reason", "x"}}).status, 422);
  EXPECT_EQ(post("suspend", {{"kind", "Host"}, {"name", "app"}, {"note", std::string(501, 'x')}}).status, 422);
  EXPECT_EQ(post("suspend", "x").status, 422);
  EXPECT_EQ(count("SELECT count(*) FROM suspensions"), 0);
}

TEST_F(DriftApi, AnObjectDeletedWhileSuspendedCanStillBeResumed) {
  put("/api/v1/hosts/app", kHost);
  post("suspend", {{"kind", "Host"}, {"name", "app"}});
  sql("DELETE FROM hosts");
  EXPECT_EQ(post("resume", {{"kind", "Host"}, {"name", "app"}}).status, 200);
}

TEST_F(DriftApi, ItIsCountedForPrometheus) {
  put("/api/v1/hosts/app", kHost);
  post("suspend", {{"kind", "Host"}, {"name", "app"}});
  findings.note({{"/a", std::nullopt, "1", "2"}}, FindingAction::healed);
  findings.note({{"/a", std::nullopt, "1", "2"}}, FindingAction::healed);
  findings.note({{"/b", std::nullopt, "1", "2"}}, FindingAction::reported);
  const auto text = ask("GET", "/metrics").body;
  EXPECT_THAT(text, HasSubstr("argos_drift_findings_open 1"));
  EXPECT_THAT(text, HasSubstr("argos_drift_findings_total{surface=\"caddy\",action=\"healed\"} 2"));
  EXPECT_THAT(text, HasSubstr("argos_drift_findings_total{surface=\"caddy\",action=\"reported\"} 1"));
  EXPECT_THAT(text, HasSubstr("argos_suspended 1"));
}

}  // namespace
}  // namespace argos::test
