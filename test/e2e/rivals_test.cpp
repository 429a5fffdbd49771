// SPDX-License-Identifier: Apache-2.0
// Two argos, each with a database and wishes of its own, at one Caddy.
#include <csignal>

#include <boost/json.hpp>

#include "test/e2e/world.hpp"

namespace argos::test {
namespace {

using namespace std::chrono_literals;

struct Rivals : testing::Test {
  World world, other;
  void SetUp() override {
    other.admin = world.admin;
    other.http_port = world.http_port;
    other.https_port = world.https_port;
    world.start_caddy();
    world.manifest("app.yaml", World::host("app", "app.test", "one"));
    other.manifest("app.yaml", World::host("app", "app.test", "other"));
    world.start_argos();
    EVENTUALLY(world.serves("app.test", "one"));
    world.until_ready();
  }
  // Configurations that Caddy has accepted since it started.
  int loads() const {
    std::istringstream metrics(http(world.admin, "/metrics").body);
    const std::string_view accepted = R"(caddy_admin_http_requests_total{code="200",handler="admin",method="POST")";
    for (std::string line; std::getline(metrics, line);) {
      if (line.starts_with(accepted)) return std::stoi(line.substr(line.rfind(' ') + 1));
    }
    return 0;
  }
  static bool says_contended(const World& one) {
    const auto ready = one.probe("/readyz");
    return ready.status == 503 && ready.body.find("Contended") != std::string::npos;
  }
};

// How long each waits stands in controllers/caddy_contention.hpp: not before its first three replacements, then 2 s, 4 s, 8 s.
TEST_F(Rivals, BothSayContendedAndSlowDownAndWhoIsLeftIsServed) {
  const auto begun = std::chrono::steady_clock::now();
  const int before = loads();
  other.start_argos();
  EVENTUALLY(says_contended(world) && says_contended(other));
  EVENTUALLY(loads() >= before + 8);
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 2s) << "of eight at least four are by one of them";
  other.server->signal(SIGKILL);
  other.server->wait();
  EVENTUALLY(world.serves("app.test", "one"));
  EXPECT_TRUE(says_contended(world)) << "until the other has been silent for a while";
}

}  // namespace
}  // namespace argos::test
