// SPDX-License-Identifier: Apache-2.0
// A thousand hosts, and visitors who notice everything: one bad object harms only itself.
#include <csignal>

#include "test/e2e/fleet.hpp"
#include "test/support/caddy.hpp"
#include "test/support/own_network.hpp"
#include "test/support/visitors.hpp"

namespace argos::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using namespace std::chrono_literals;

constexpr int kHosts = 1000;
constexpr int kChanged = 20;
constexpr auto kPatience = 60s;

struct Fire : testing::Test {
  void SetUp() override {
    const auto why = enter_own_network();
    if (!why.empty()) GTEST_SKIP() << why;
    world = std::make_unique<World>();
    world->start_caddy();
    world->start_argos({{"ARGOS_LOG_LEVEL", "info"}});
    world->until_argos_answers();
    fleet = std::make_unique<Fleet>(*world, kHosts);
    fleet->raise();
  }
  std::unique_ptr<World> world;
  std::unique_ptr<Fleet> fleet;
};

// What a visitor may get of a host at any time of the change: its old form, and, where it is one of the changed ones, the new one.
Visitors::Visit visit(unsigned number, int first_changed) {
  const int host = static_cast<int>(number * 7919U % kHosts);
  const bool changes = host >= first_changed + Fleet::kBadKinds && host < first_changed + kChanged;
  return {Fleet::domain(host), [host, changes](int status, const std::string& body) {
            return status == 200 && (body == Fleet::answer(host, 0) || (changes && body == Fleet::answer(host, 1)));
          }};
}

TEST_F(Fire, TwentyOfAThousandChangedAndThreeRefusedIsNotNoticedByAnyVisitorOfTheOthers) {
  constexpr int kFirst = 300;
  Visitors visitors(world->http_port, 4, [](unsigned number) { return visit(number, kFirst); });
  ASSERT_TRUE(eventually([&] { return visitors.requests() > 1000; }, kPatience));
  const int before = visitors.requests();
  fleet->change(kFirst, kChanged, 1);
  ASSERT_TRUE(eventually([&] { return fleet->is_settled(); }, kPatience)) << fleet->missing() << world->server->log();
  const int after = visitors.requests();
  ASSERT_TRUE(eventually([&] { return visitors.requests() > after + 1000; }, kPatience));
  visitors.stop();
  EXPECT_THAT(visitors.failures(), testing::IsEmpty());
  EXPECT_GT(after - before, 100) << "visitors came while it was changed";
  std::cout << visitors.requests() << " requests, " << after - before << " of them during the change, " << visitors.retried()
            << " repeated after the server had closed an idle connection\n";

  ASSERT_EQ(fleet->refused(), (std::set<int>{300, 301, 302}));
  EXPECT_THAT(fleet->condition_of_refused(300), StartsWith("False RejectedByCaddy"));
  EXPECT_THAT(fleet->condition_of_refused(300), HasSubstr("nope"));
  EXPECT_THAT(fleet->condition_of_refused(301), HasSubstr("unknown_field"));
  EXPECT_THAT(fleet->condition_of_refused(302), HasSubstr("missing closing )"));
  EXPECT_THAT(world->condition("hosts/host-300", "Ready"), StartsWith("False"));
  EXPECT_EQ(world->probe("/readyz").status, 200) << "objects in trouble never touch it: " << world->probe("/readyz").body;
}

// Caddy's own time for the first load of what the world's Caddy runs, in another Caddy.
std::chrono::duration<double> first_load(const World& world) {
  RealCaddy other("caddy", RealCaddy::Admin::tcp);
  other.start();
  auto document = world.caddy_config();
  const auto replace = [&](int from, int to) {
    const auto old = ":" + std::to_string(from), now = ":" + std::to_string(to);
    for (auto at = document.find(old); at != std::string::npos; at = document.find(old, at + now.size())) {
      document.replace(at, old.size(), now);
    }
  };
  replace(world.http_port, other.http_port());
  replace(world.https_port, other.https_port());
  replace(world.admin_port, other.endpoint().port);
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(other.admin("POST", "/config/", document).status, 200) << other.log();
  return std::chrono::steady_clock::now() - begun;
}

TEST_F(Fire, ACaddyThatCameBackWithTheShippedCaddyfileServesAThousandHostsWithinASecondOfItsFirstAnswer) {
  const auto load = first_load(*world);
  world->caddy->signal(SIGKILL);
  world->caddy->wait();
  ASSERT_TRUE(eventually([&] { return world->probe("/readyz").status == 503; }, kPatience));
  world->start_caddy_as_shipped();  // returns with the first answer of its admin endpoint
  const auto begun = std::chrono::steady_clock::now();
  ASSERT_TRUE(eventually([&] { return fleet->serves(kHosts - 1); }, kPatience)) << world->server->log();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  EXPECT_TRUE(fleet->serves_all()) << fleet->missing();
  std::cout << took.count() << " s after its first answer, of which Caddy's own load takes " << load.count() << " s\n";
  EXPECT_LT(took - load, 1s);
}

}  // namespace
}  // namespace argos::test
