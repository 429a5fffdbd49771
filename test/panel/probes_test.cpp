// SPDX-License-Identifier: Apache-2.0
// What anyone may ask, and what only the socket answers for now (contract §6).
#include "test/panel/panel_fixture.hpp"

namespace argos::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct ProbesTest : PanelTest {};

TEST_F(ProbesTest, HealthzSaysOk) {
  const auto answer = over_tcp("GET", "/healthz");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "ok\n");
}

TEST_F(ProbesTest, ReadyzIs200WhenEveryControllerIsReady) {
  const auto answer = over_tcp("GET", "/readyz");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(json(answer), (boost::json::value{{"ready", true}, {"waiting", boost::json::array{}}}));
}

TEST_F(ProbesTest, ReadyzIs503AndSaysWhoWaitsAndWhy) {
  ready("caddy", Status::no, "CaddyUnreachable", "nobody answers");
  const auto answer = over_tcp("GET", "/readyz");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(
      json(answer),
      (boost::json::value{{"ready", false}, {"waiting", {"caddy"}}, {"why", {{"caddy", "CaddyUnreachable: nobody answers"}}}}));
}

TEST_F(ProbesTest, ObjectsInTroubleNeverTouchReadyz) {
  found({Kind::host, "app"}, "Accepted", Status::no, "NoTargetGroup", 1);
  EXPECT_EQ(over_tcp("GET", "/readyz").status, 200);
}

TEST_F(ProbesTest, WithoutALoginTcpServesTheThreeProbesAndTheLoginOnly) {
  for (const char* const path : {"/healthz", "/readyz", "/metrics"}) EXPECT_EQ(over_tcp("GET", path).status, 200) << path;
  for (const auto& route : routes()) {
    if (route.needs == Needs::nothing) continue;
    const auto answer = over_tcp(std::string(route.method), path_of(route), {{"Content-Type", "application/json"}});
    EXPECT_EQ(answer.status, 401) << route.method << " " << route.pattern;
  }
}

TEST_F(ProbesTest, TheSocketServesTheProbesToo) { EXPECT_EQ(ask("GET", "/healthz").body, "ok\n"); }

TEST_F(ProbesTest, AnUnknownPathNamesTheNearest) {
  const auto answer = ask("GET", "/api/v1/host/app");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.headers.at("content-type"), "application/problem+json");
  EXPECT_EQ(hint(answer), "did you mean /api/v1/hosts/app?");
}

TEST_F(ProbesTest, AWrongMethodIs405WithAllow) {
  const auto answer = ask("PATCH", "/api/v1/hosts/app");
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.headers.at("allow"), "GET, HEAD, PUT, DELETE");
}

TEST_F(ProbesTest, MetricsCountControllersAndObjects) {
  ready("caddy", Status::no, "CaddyUnreachable", "");
  ASSERT_EQ(put("/api/v1/hosts/app", kHost).status, 201);
  found({Kind::host, "app"}, "Accepted", Status::no, "NoTargetGroup", 1);
  const auto text = over_tcp("GET", "/metrics").body;
  for (const char* const line :
       {"argos_build_info{version=\"", "argos_controller_ready{controller=\"caddy\"} 0",
        "argos_controller_ready{controller=\"manifests\"} 1",
        "argos_reconcile_total{controller=\"caddy\",result=\"success\"} 0",
        "argos_reconcile_failures_total{controller=\"caddy\"} 0", "argos_queue_depth{controller=\"caddy\"} 0",
        "argos_objects{kind=\"Host\"} 1", "argos_objects_not_ready{kind=\"Host\"} 1", "process_resident_memory_bytes ",
        "process_open_fds "}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST_F(ProbesTest, WithATokenMetricsNeedItOverTcp) {
  config.metrics_token = "s3cret";
  const auto refused = over_tcp("GET", "/metrics");
  EXPECT_EQ(refused.status, 401);
  EXPECT_THAT(refused.headers.at("www-authenticate"), HasSubstr("Bearer"));
  EXPECT_THAT(refused.body, Not(HasSubstr("s3cret")));
  EXPECT_EQ(over_tcp("GET", "/metrics", {{"Authorization", "Bearer s3cre"}}).status, 401);
  EXPECT_EQ(over_tcp("GET", "/metrics", {{"Authorization", "Bearer s3cret"}}).status, 200);
  EXPECT_EQ(ask("GET", "/metrics").status, 200);
}

TEST_F(ProbesTest, WithoutADatabaseMetricsClaimNoObjects) {
  store->set_ready(false);
  const auto answer = over_tcp("GET", "/metrics");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, Not(HasSubstr("argos_objects{")));
}

TEST_F(ProbesTest, StatusIsAsTheContractSays) {
  ready("caddy", Status::no, "CaddyUnreachable", "nobody answers");
  found({Kind::host, "a"}, "Accepted", Status::no, "NoTargetGroup", 1);
  found({Kind::target_group, "b"}, "Accepted", Status::no, "NoTarget", 1);
  reports.publish("manifests", {{"folder", "/m"}, {"files", boost::json::array{}}, {"errorCount", 3}});
  const auto status = json(ask("GET", "/api/v1/status"));
  EXPECT_EQ(status.at("ready"), false);
  EXPECT_TRUE(status.at("version").is_string());
  const auto& controllers = status.at("controllers").as_array();
  ASSERT_EQ(controllers.size(), 3U);
  const auto& caddy = controllers[2];
  EXPECT_EQ(caddy.at("name"), "caddy");
  EXPECT_EQ(caddy.at("objectsNotReady").to_number<int>(), 2);
  EXPECT_EQ(controllers[1].at("objectsNotReady").to_number<int>(), 3);
  EXPECT_EQ(controllers[0].at("objectsNotReady").to_number<int>(), 0);
  EXPECT_TRUE(caddy.at("lastReconcile").is_null());
  for (const char* const field : {"conditions", "nextReconcile", "reconciles", "failures", "queue"})
    EXPECT_TRUE(caddy.as_object().contains(field)) << field;
}

TEST_F(ProbesTest, WithoutAFolderTheManifestsReportIsEmpty) {
  const auto report = json(ask("GET", "/api/v1/manifests"));
  EXPECT_TRUE(report.at("files").as_array().empty());
  EXPECT_EQ(report.at("errorCount").to_number<int>(), 0);
}

}  // namespace
}  // namespace argos::test
