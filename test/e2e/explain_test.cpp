// SPDX-License-Identifier: Apache-2.0
// What argos says of itself beside a real Caddy: explain, the targets, doctor.
#include <csignal>

#include <boost/json.hpp>
#include <gmock/gmock.h>

#include "test/e2e/world.hpp"
#include "test/support/caddy.hpp"
#include "test/support/program.hpp"

namespace argos::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string proxied(int port) {
  return "apiVersion: argos.edge/v1\nkind: TargetGroup\nmetadata: {name: app}\nspec:\n"
         "  targets: [{host: 127.0.0.1, port: " +
         std::to_string(port) +
         "}]\n"
         "  healthCheck: {enabled: true, interval: 1s, timeout: 1s}\n"
         "---\n"
         "apiVersion: argos.edge/v1\nkind: Host\nmetadata: {name: app}\nspec: {domain: app.test, targetGroup: app, tls: {mode: "
         "none}}\n";
}

TEST(Explain, LeadsFromTheFileToWhatCaddyRuns) {
  World world;
  Backend backend("a");
  world.start_caddy();
  world.manifest("app.yaml", proxied(backend.port()));
  world.start_argos();
  world.until_ready();
  EVENTUALLY(world.condition("hosts/app", "Ready").starts_with("True"));
  const auto told = world.argos("explain host app");
  EXPECT_EQ(told.status, 0) << told.out;
  EXPECT_THAT(told.out, AllOf(HasSubstr("app.yaml:8"), HasSubstr("Caddy runs exactly this"), HasSubstr("app.test"),
                              HasSubstr("/apps/http/servers/"), HasSubstr("targets: Ready is True")));

  auto refused = proxied(backend.port());
  refused.insert(refused.rfind("tls:"), "caddyHandlers: [{handler: no_such_module}], ");
  world.manifest("app.yaml", refused);
  EVENTUALLY(world.condition("hosts/app", "Programmed").starts_with("False RejectedByCaddy"));
  const auto older = world.argos("explain host app");
  EXPECT_THAT(older.out, AllOf(HasSubstr("Caddy runs an older form: RejectedByCaddy"), HasSubstr("no_such_module")));
}

TEST(Targets, AreJudgedWithinSecondsAndDownWithinHalfAMinute) {
  World world;
  Backend backend("a");
  world.start_caddy();
  world.manifest("app.yaml", proxied(backend.port()));
  world.start_argos();
  world.until_ready();
  const auto becomes = [&](const std::string& wanted) {
    return eventually([&] { return world.condition("hosts/app", "TargetsHealthy").starts_with(wanted); },
                      std::chrono::seconds(40));
  };
  EXPECT_TRUE(becomes("Unknown Pending")) << world.server->log();  // 1 in Caddy's gauge means nothing yet
  EXPECT_TRUE(becomes("True AllHealthy")) << world.api("/api/v1/targets").body;
  backend.down();
  EXPECT_TRUE(becomes("False AllTargetsDown")) << world.api("/api/v1/targets").body;
  EXPECT_THAT(world.probe("/metrics").body,
              HasSubstr("argos_target_healthy{group=\"app\",target=\"127.0.0.1:" + std::to_string(backend.port()) + "\"} 0"));
  EXPECT_EQ(world.probe("/readyz").status, 200);
}

TEST(Doctor, FindsNothingWrongWhereAllRuns) {
  World world;
  world.start_caddy();
  world.manifest("app.yaml", World::host("app", "app.test", "hello"));
  world.start_argos();
  world.until_ready();
  EVENTUALLY(world.serves("app.test", "hello"));
  const auto surroundings = "ARGOS_MANIFESTS_DIR='" + (world.folder / "manifests") + "' ARGOS_CADDY_ADMIN=" + world.admin +
                            " ARGOS_DATA_DIR='" + (world.folder / "data") +
                            "' ARGOS_HTTP_PORT=" + std::to_string(world.http_port) +
                            " ARGOS_HTTPS_PORT=" + std::to_string(world.https_port) + " '" + argos_binary() + "' doctor";
  const auto well = shell(surroundings);
  EXPECT_EQ(well.status, 0) << well.out;
  EXPECT_THAT(well.out,
              AllOf(HasSubstr("ok    argos: argos "), HasSubstr("ok    controllers: all "), HasSubstr("ok    database: "),
                    HasSubstr("listens on " + std::to_string(world.http_port) + ", as Caddy is told"),
                    HasSubstr("ok    manifests: 1 objects in 1 files")));
  world.caddy->signal(SIGKILL);
  world.caddy->wait();
  EVENTUALLY(world.probe("/readyz").status == 503);
  const auto ill = shell(surroundings);
  EXPECT_EQ(ill.status, 1);
  EXPECT_THAT(ill.out, AllOf(HasSubstr("fail  Caddy: "), HasSubstr("fail  controllers: caddy: CaddyUnreachable")));
}

}  // namespace
}  // namespace argos::test
