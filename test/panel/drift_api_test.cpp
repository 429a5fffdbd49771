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
  EXPECT_EQ(items[0], boost::json::value({{"surface", "caddy"},
                                          {"path", "/apps/c"},
                                          {"object", "host/app"},
                                          {"wanted", "one"},
                                          {"found", "two"},
                                          {"action", "reported"},
                                          {"firstSeen", "2026-11-23T00:00:02.000Z"},
                                          {"lastSeen", "2026-11-23T00:00:02.000Z"},
                                          {"times", 1},
                                          {"open", true}}));
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
