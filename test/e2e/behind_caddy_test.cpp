// SPDX-License-Identifier: Apache-2.0
// The panel behind Caddy: reached under its domain whatever becomes of its CA, its domain nobody else's, and the modes changed at will.
#include <csignal>
#include <filesystem>

#include <boost/json.hpp>

#include "test/e2e/world.hpp"
#include "test/support/caddy.hpp"
#include "test/support/pebble.hpp"

namespace argos::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using Variables = std::map<std::string, std::string>;

struct BehindCaddy : testing::TestWithParam<CaddyBinary> {
  void SetUp() override {
    ::setenv("ARGOS_TEST_CADDY", GetParam().path.c_str(), 1);
    world.start_caddy();
  }
  void TearDown() override { ::unsetenv("ARGOS_TEST_CADDY"); }

  // Where nothing else is said, of a CA that nobody reaches.
  void start_argos(Variables more = {}) {
    if (world.server) {
      world.server->signal(SIGTERM);
      world.server->wait();
    }
    const auto port = std::to_string(panel_port);
    more.emplace("ARGOS_PANEL_MODE", "behind_caddy");
    more.emplace("ARGOS_PANEL_DOMAIN", "panel.test");
    more.emplace("ARGOS_PANEL_UPSTREAM", "127.0.0.1:" + port);
    more.emplace("ARGOS_LISTEN", "127.0.0.1:" + port);
    more.emplace("ARGOS_ACME_CA_URL", "https://127.0.0.1:" + std::to_string(dead_port) + "/dir");
    world.start_argos(more);
    world.until_argos_answers();
  }
  void start_in_lan() { start_argos({{"ARGOS_PANEL_MODE", "lan"}}); }
  // "200 ok", with the headers in between, as a visitor of the domain gets it over TLS.
  std::string healthz(const std::string& domain = "panel.test") const {
    const auto at = domain + ":" + std::to_string(world.https_port);
    return shell("curl -sik --max-time 5 --resolve " + at + ":127.0.0.1 https://" + at + "/healthz").out;
  }
  bool is_there(const std::string& domain = "panel.test") const {
    const auto answer = healthz(domain);
    return answer.find(" 200") != std::string::npos && answer.ends_with("ok\n");
  }
  std::string of_panel(const std::string& type) const { return world.condition("hosts/argos-panel", type); }
  std::string panel_domain() const {
    const auto host = world.api("/api/v1/hosts/argos-panel");
    return host.status == 200 ? std::string(boost::json::parse(host.body).at("spec").at("domain").as_string()) : "";
  }
  // An archive of how it is now, and of a group that it is known by.
  std::string backed_up(const std::string& mark) const {
    const auto file = world.folder.write(
        "mark.yaml", "apiVersion: argos.edge/v1\nkind: TargetGroup\nmetadata: {name: " + mark + "}\nspec: {}\n");
    EXPECT_EQ(world.argos("apply --prune --owner marks -f '" + file + "'").status, 0);
    const auto made = world.argos("backup now -o json");
    EXPECT_EQ(made.status, 0) << made.out;
    const auto archives = world.folder / "data/backups";
    const auto moved = world.folder / (mark + ".tar.gz");
    for (const auto& entry : std::filesystem::directory_iterator(archives)) {
      if (entry.path().extension() == ".gz") std::filesystem::rename(entry.path(), moved);
    }
    return moved;
  }
  void restore(const std::string& archive) const {
    const auto done = world.argos("restore --file '" + archive + "' --yes --wait --timeout 30s");
    EXPECT_EQ(done.status, 0) << done.out << world.server->log();
    const auto mark = std::filesystem::path(archive).filename().string();
    EXPECT_EQ(world.api("/api/v1/targetgroups/" + mark.substr(0, mark.find('.'))).status, 200) << "it was not restored";
  }
  void other_host() const { world.manifest("other.yaml", World::host("other", "panel.test", "other")); }

  World world;
  const int panel_port = free_port(), dead_port = free_port();
};
INSTANTIATE_TEST_SUITE_P(RealCaddy, BehindCaddy, testing::ValuesIn(caddy_binaries()),
                         [](const auto& binary) { return binary.param.label; });

TEST_P(BehindCaddy, WhileTheCaIsAwayThePanelAnswersWithACertificateOfCaddysOwn) {
  start_argos();
  EVENTUALLY(is_there());
  EXPECT_THAT(healthz(), HasSubstr("trict-")) << "it sees that the visitor came over TLS";
  EVENTUALLY(of_panel("Valid").starts_with("True Stopgap by Caddy Local Authority"));
  EVENTUALLY(of_panel("Valid").find("connection refused") != std::string::npos);
  EVENTUALLY(of_panel("Ready").starts_with("True"));
  world.until_ready();
}

TEST_P(BehindCaddy, OnceTheCaDeliversThatIsShown) {
  Pebble pebble{world.folder, world.http_port, world.https_port};
  pebble.mislead("panel.test");
  start_argos({{"ARGOS_ACME_CA_URL", pebble.directory()}, {"ARGOS_ACME_CA_ROOT", pebble.ca()}});
  EVENTUALLY(of_panel("Valid").starts_with("True Stopgap"));
  pebble.lead("panel.test");
  const auto renewed = world.argos("renew argos-panel --wait --timeout 30s");
  EXPECT_EQ(renewed.status, 0) << renewed.out << world.server->log();
  EVENTUALLY(of_panel("Valid").starts_with("True Valid by Pebble"));
  EXPECT_TRUE(is_there());
}

TEST_P(BehindCaddy, ItsDomainIsTakenFromWhoeverHadIt) {
  other_host();
  start_in_lan();
  EVENTUALLY(world.serves("panel.test", "other"));
  start_argos();
  EVENTUALLY(
      world.condition("hosts/other", "Accepted").starts_with("False DomainTaken panel.test belongs to host/argos-panel"));
  EVENTUALLY(is_there());
  EXPECT_THAT(of_panel("Accepted"), StartsWith("True"));
}

TEST_P(BehindCaddy, TheModeAndTheDomainAreAsTheEnvironmentSaysAfterEachStart) {
  other_host();
  start_argos();
  EVENTUALLY(is_there());
  start_argos({{"ARGOS_PANEL_DOMAIN", "new.test"}});
  EVENTUALLY(is_there("new.test"));
  EVENTUALLY(world.serves("panel.test", "other"));
  EXPECT_THAT(world.api("/api/v1/hosts/argos-panel").body, HasSubstr("new.test"));
  start_in_lan();
  EVENTUALLY(world.api("/api/v1/hosts/argos-panel").status == 404);
  EVENTUALLY(world.caddy_config().find("new.test") == std::string::npos);
  start_argos();
  EVENTUALLY(is_there());
}

TEST_P(BehindCaddy, AfterARestoreItIsAsThisEnvironmentSaysWhateverTheArchiveSays) {
  start_in_lan();
  const auto without = backed_up("without");
  start_argos();
  EVENTUALLY(is_there());
  const auto with_former = backed_up("with-former");
  start_argos({{"ARGOS_PANEL_DOMAIN", "new.test"}});
  for (const auto& archive : {with_former, without}) {
    EVENTUALLY(is_there("new.test"));
    restore(archive);
    EVENTUALLY(panel_domain() == "new.test");
    EVENTUALLY(is_there("new.test") && world.caddy_config().find("\"panel.test\"") == std::string::npos);
  }
  start_in_lan();
  restore(with_former);
  EVENTUALLY(world.api("/api/v1/hosts/argos-panel").status == 404);
  EVENTUALLY(world.caddy_config().find("\"panel.test\"") == std::string::npos);
}

TEST_P(BehindCaddy, NobodyChangesItNorExportsIt) {
  start_argos();
  EVENTUALLY(of_panel("Programmed").starts_with("True"));
  world.folder.write("mine.yaml", World::host("argos-panel", "mine.test", "mine") + World::host("app", "app.test", "app"));
  const auto applied = world.argos("apply --prune -f " + (world.folder / "mine.yaml"));
  EXPECT_THAT(applied.out,
              AllOf(HasSubstr("argos-panel"), HasSubstr("comes from ARGOS_PANEL_DOMAIN"), HasSubstr("host/app created")));
  EXPECT_NE(world.argos("delete host argos-panel").status, 0);
  const auto exported = world.argos("export").out;
  EXPECT_THAT(exported, AllOf(HasSubstr("app.test"), Not(HasSubstr("argos-panel"))));
  world.manifest("mine.yaml", World::host("argos-panel", "mine.test", "mine"));
  EVENTUALLY(world.api("/api/v1/manifests").body.find("ManagedBySystem") != std::string::npos);
  ASSERT_EQ(world.sql("UPDATE hosts SET enabled = 0, domain = 'mine.test' WHERE name = 'argos-panel'").status, 0);
  EVENTUALLY(world.api("/api/v1/hosts/argos-panel").body.find("panel.test") != std::string::npos);
  EVENTUALLY(is_there());
}

}  // namespace
}  // namespace argos::test
