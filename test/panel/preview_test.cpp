// SPDX-License-Identifier: Apache-2.0
// ?dryRun=true: what would be, and nothing of it done.
#include "test/panel/panel_fixture.hpp"

namespace argos::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct PreviewTest : PanelTest {
  PreviewTest() { put("/api/v1/targetgroups/app", kGroup); }
  static std::string diff(const HttpResponse& answer) { return std::string(json(answer).at("caddy").at("diff").as_string()); }
};

TEST_F(PreviewTest, APutSaysWhatCaddyWouldRunAndStoresNothing) {
  const auto answer = put("/api/v1/hosts/app?dryRun=true", kHost);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(json(answer).at("outcome"), "created");
  EXPECT_THAT(diff(answer), HasSubstr("+                    \"app.example.com\""));
  EXPECT_EQ(json(answer).at("caddy").at("conditions").at("host/app").at("status"), "True");
  EXPECT_EQ(ask("GET", "/api/v1/hosts/app").status, 404);
  EXPECT_EQ(count("SELECT count(*) FROM changes WHERE kind = 'hosts'"), 0);
}

TEST_F(PreviewTest, EachPlaceIsToldByItsPathWithItsNamesAndTheHostsThatStayAsTheyAre) {
  put("/api/v1/hosts/app", kHost);
  put("/api/v1/targetgroups/other", {{"targets", {{{"host", "127.0.0.1"}, {"port", 9001}}}}});
  for (const auto* const name : {"b", "c"})
    put(std::string("/api/v1/hosts/") + name, {{"domain", std::string(name) + ".test"}, {"targetGroup", "app"}});
  const auto of_host = json(put("/api/v1/hosts/app?dryRun=true", {{"domain", "app.example.com"}, {"targetGroup", "other"}}));
  const auto& told = of_host.at("caddy");
  ASSERT_EQ(told.at("places").as_array().size(), 1U) << told.at("places");
  const auto& place = told.at("places").at(0);
  EXPECT_EQ(place.at("path"), "/apps/http/servers/https/routes/1");
  EXPECT_EQ(boost::json::serialize(place.at("names")), boost::json::serialize(boost::json::array{"app.example.com"}));
  EXPECT_THAT(std::string(place.at("diff").as_string()), HasSubstr("+          \"dial\": \"127.0.0.1:9001\""));
  EXPECT_EQ(told.at("hosts"), boost::json::value({{"touched", 1}, {"untouched", 2}}));
  const auto of_group =
      json(put("/api/v1/targetgroups/app?dryRun=true", {{"targets", {{{"host", "127.0.0.1"}, {"port", 9002}}}}}));
  EXPECT_EQ(of_group.at("caddy").at("places").as_array().size(), 3U);
  EXPECT_EQ(of_group.at("caddy").at("hosts"), boost::json::value({{"touched", 3}, {"untouched", 0}}));
  const auto gone = json(ask("DELETE", "/api/v1/hosts/b?dryRun=true"));
  EXPECT_EQ(gone.at("caddy").at("hosts"), boost::json::value({{"touched", 1}, {"untouched", 2}}));
}

TEST_F(PreviewTest, WhatWasOnlyTriedIsNotTakenForWhatIsThere) {
  put("/api/v1/hosts/app?dryRun=true", {{"domain", "tried.example.com"}, {"targetGroup", "app"}});
  put("/api/v1/hosts/app", kHost);
  const auto again = put("/api/v1/hosts/app?dryRun=true", kHost);
  EXPECT_EQ(json(again).at("outcome"), "unchanged");
  EXPECT_EQ(diff(again), "");
}

TEST_F(PreviewTest, AConditionThatWouldComeIsTold) {
  put("/api/v1/hosts/app", kHost);
  const auto answer = put("/api/v1/hosts/other?dryRun=true", kHost);
  EXPECT_EQ(json(answer).at("caddy").at("conditions").at("host/other").at("reason"), "DomainTaken");
}

TEST_F(PreviewTest, ADeletionIsForetoldToo) {
  put("/api/v1/hosts/app", kHost);
  const auto answer = ask("DELETE", "/api/v1/hosts/app?dryRun=true");
  EXPECT_EQ(json(answer).at("outcome"), "deleted");
  EXPECT_THAT(diff(answer), HasSubstr("-                    \"app.example.com\""));
  EXPECT_EQ(ask("GET", "/api/v1/hosts/app").status, 200);
  EXPECT_EQ(ask("DELETE", "/api/v1/hosts/nothing?dryRun=true").status, 404);
}

TEST_F(PreviewTest, AnApplyIsForetoldAsAWhole) {
  const boost::json::value body{{"dryRun", true},
                                {"objects", {{{"kind", "Host"}, {"metadata", {{"name", "app"}}}, {"spec", kHost}}}}};
  const auto answer = ask("POST", "/api/v1/apply", serialize(body));
  EXPECT_THAT(diff(answer), HasSubstr("app.example.com"));
  EXPECT_EQ(ask("GET", "/api/v1/hosts/app").status, 404);
}

TEST_F(PreviewTest, ItShowsNoSecret) {
  const boost::json::value host{
      {"domain", "app.example.com"},
      {"targetGroup", "app"},
      {"caddyHandlers", {{{"handler", "headers"}, {"request", {{"set", {{"Authorization", {"hunter2"}}}}}}}}}};
  const auto answer = put("/api/v1/hosts/app?dryRun=true", host);
  EXPECT_THAT(diff(answer), HasSubstr("Authorization"));
  EXPECT_THAT(diff(answer), Not(HasSubstr("hunter2")));
}

TEST_F(PreviewTest, AnythingButTrueOrFalseIsRefusedAndNothingIsDone) {
  EXPECT_EQ(put("/api/v1/hosts/app?dryRun=yes", kHost).status, 422);
  EXPECT_EQ(ask("GET", "/api/v1/hosts/app").status, 404);
}

// ---- waiting ---------------------------------------------------------------------------------------------------------------

TEST_F(PreviewTest, ADeletionIsInForceOnceNothingIsSaidOfItAnyMore) {
  put("/api/v1/hosts/app", kHost);
  found({Kind::host, "app"}, "Programmed", Status::yes, "Programmed", 1);
  EXPECT_EQ(ask("DELETE", "/api/v1/hosts/app?wait=10ms").status, 202);
  put("/api/v1/hosts/app", kHost);
  conditions.forget({Kind::host, "app"});
  EXPECT_EQ(ask("DELETE", "/api/v1/hosts/app?wait=10s").status, 204);
}

TEST_F(PreviewTest, AnApplyWaitsForEachOfItsObjects) {
  found({Kind::host, "good"}, "Programmed", Status::yes, "Programmed", 1'000'000);
  found({Kind::host, "bad"}, "Programmed", Status::no, "RejectedByCaddy", 1'000'000);
  const auto host = [](const char* name) {
    return boost::json::value{{"kind", "Host"},
                              {"metadata", {{"name", name}}},
                              {"spec", {{"domain", std::string(name) + ".example.com"}, {"targetGroup", "app"}}}};
  };
  const boost::json::value body{{"objects", {host("good"), host("bad"), host("unknown")}}};
  const auto results = list(ask("POST", "/api/v1/apply?wait=10ms", serialize(body)), "results");
  ASSERT_EQ(results.size(), 3);
  EXPECT_EQ(results[0].at("inForce"), "yes");
  EXPECT_EQ(results[1].at("inForce"), "no");
  EXPECT_EQ(results[2].at("inForce"), "unknown");
}

}  // namespace
}  // namespace argos::test
