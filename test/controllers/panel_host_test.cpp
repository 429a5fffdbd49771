// SPDX-License-Identifier: Apache-2.0
// The panel's own rows follow the environment, whoever changes them; and Caddy is trusted where it is.
#include "controllers/panel_host.hpp"

#include "runtime/rows.hpp"
#include "test/support/support.hpp"

namespace argos::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct PanelHostTest : testing::Test {
  void SetUp() override { start({}); }
  // argos is started with this environment besides.
  void start(Environment more) {
    more.emplace("ARGOS_PANEL_MODE", "behind_caddy");
    more.emplace("ARGOS_PANEL_DOMAIN", "panel.test");
    more.emplace("ARGOS_CADDY_ADMIN", "unix:///nowhere");
    config = read_config(more).value();
    proxies = std::make_unique<TrustedProxies>(config);
    controller = std::make_unique<Controller>(std::make_unique<PanelHost>(*store, clock, *proxies, config), conditions, clock);
    pass();
  }
  void pass() {
    controller->mark(controller->key(), "test");
    settle(context, *controller);
  }
  std::string ready() {
    const auto& found = *conditions.find(controller->key(), "Ready");
    return std::string(to_string(found.status)) + " " + found.reason + " " + found.message;
  }
  // "panel.test -> argos-panel (system); 127.0.0.1:8080 (system)"
  std::string rows() {
    std::string out;
    const auto read = store->read([&](Database& database) -> Result<> {
      if (const auto host = read_one<Host>(database, "argos-panel").value())
        out += host->spec.domain + " -> " + host->spec.target_group + " (" + enum_text(host->meta.managed_by) + ")";
      if (const auto group = read_one<TargetGroup>(database, "argos-panel").value()) {
        const auto& target = group->spec.targets.at(0);
        out += "; " + target.host + ":" + std::to_string(target.port) + " (" + enum_text(group->meta.managed_by) + ")";
      }
      return {};
    });
    return read ? out : read.error().text();
  }
  // By another hand.
  void sql(const std::string& statement) {
    ASSERT_TRUE(Database::open(store->path(), Database::Mode::read_write, 1000)->script(statement)) << statement;
    store->poll_others();
  }
  std::int64_t changes() {
    return *Database::open(store->path(), Database::Mode::read_only, 1000)->number("SELECT count(*) FROM changes");
  }

  const std::string as_wanted = "panel.test -> argos-panel (system); 127.0.0.1:8080 (system)";
  TempFolder folder;
  boost::asio::io_context context{1};
  ManualClock clock;
  Conditions conditions{clock};
  std::unique_ptr<Store> store = ready_store(folder / "argos.db");
  Config config;
  std::unique_ptr<TrustedProxies> proxies;
  std::unique_ptr<Controller> controller;
};

TEST_F(PanelHostTest, ThePanelsRowsAreMadeFromTheEnvironmentAndThenLeftInPeace) {
  EXPECT_EQ(rows(), as_wanted);
  EXPECT_THAT(ready(), StartsWith("True"));
  const auto before = changes();
  pass();
  start({});
  EXPECT_EQ(changes(), before);
  const auto read = store->read([](Database& database) -> Result<> {
    EXPECT_EQ(read_one<Host>(database, "argos-panel").value()->spec.tls.mode, TlsMode::auto_);
    EXPECT_TRUE(read_one<TargetGroup>(database, "argos-panel").value()->spec.preserve_host) << "else no Origin is the panel's";
    return {};
  });
  EXPECT_TRUE(read);
}

TEST_F(PanelHostTest, WhoeverChangesThemTheyAreAsTheEnvironmentSaysAgain) {
  for (const auto* const hand :
       {"DELETE FROM hosts", "DELETE FROM target_groups", "UPDATE hosts SET domain = 'x.test'", "UPDATE hosts SET enabled = 0",
        "UPDATE hosts SET managed_by = 'panel'", "UPDATE target_groups SET managed_by = 'apply', owner = 'me'",
        "UPDATE hosts SET domain = '', aliases = '[7]'", "UPDATE target_groups SET targets = '[]'",
        "UPDATE hosts SET target_group = 'other'", "UPDATE hosts SET caddy_handlers = '[{\"handler\":\"x\"}]'"}) {
    sql(hand);
    pass();
    EXPECT_EQ(rows(), as_wanted) << hand;
  }
}

TEST_F(PanelHostTest, WhatSomebodyChangedIsAFindingAndWhatTheEnvironmentChangedIsNone) {
  const auto findings = [&] {
    std::string out;
    const auto rows = Database::open(store->path(), Database::Mode::read_only, 1000)
                          ->query("SELECT path, wanted, found, action, open FROM findings WHERE surface = 'panel-host'");
    for (const auto& row : *rows) out += boost::json::serialize(row);
    return out;
  };
  EXPECT_EQ(findings(), "");
  sql("UPDATE hosts SET domain = 'x.test'");
  pass();
  EXPECT_THAT(findings(), testing::AllOf(HasSubstr("/hosts/argos-panel/domain"), HasSubstr("x.test"), HasSubstr("healed")));
  sql("DELETE FROM target_groups");
  pass();
  EXPECT_THAT(findings(), HasSubstr("/targetgroups/argos-panel\""));
  const auto before = findings();
  start({{"ARGOS_PANEL_DOMAIN", "other.test"}});
  EXPECT_EQ(findings(), before);
}

TEST_F(PanelHostTest, AnotherEnvironmentIsAnotherHostAfterTheNextStart) {
  start({{"ARGOS_PANEL_DOMAIN", "other.test"}, {"ARGOS_PANEL_UPSTREAM", "argos:9000"}});
  EXPECT_EQ(rows(), "other.test -> argos-panel (system); argos:9000 (system)");
}

TEST_F(PanelHostTest, InLanThereIsNoneAndBehindCaddyThereIsOneAgain) {
  start({{"ARGOS_PANEL_MODE", "lan"}});
  EXPECT_EQ(rows(), "");
  start({});
  EXPECT_EQ(rows(), as_wanted);
}

TEST_F(PanelHostTest, InLanAnObjectOfThatNameIsItsOwners) {
  start({{"ARGOS_PANEL_MODE", "lan"}});
  sql("INSERT INTO hosts (name, domain, managed_by, owner) VALUES ('argos-panel', 'mine.test', 'apply', 'cli')");
  sql("INSERT INTO hosts (name, domain, managed_by) VALUES ('app', 'app.test', 'system')");
  const auto before = changes();
  pass();
  EXPECT_EQ(rows(), "mine.test ->  (apply)");
  EXPECT_EQ(changes(), before);
  start({});
  EXPECT_EQ(rows(), as_wanted);
}

// ---- where Caddy is

TEST_F(PanelHostTest, CaddyIsTrustedWhereItsNameLeads) {
  start({{"ARGOS_CADDY_ADMIN", "http://192.0.2.7:2019"}});
  EXPECT_TRUE(is_trusted("192.0.2.7", proxies->networks()));
  EXPECT_TRUE(is_trusted("127.0.0.1", proxies->networks()));
  EXPECT_FALSE(is_trusted("192.0.2.8", proxies->networks()));
  start({{"ARGOS_CADDY_ADMIN", "http://192.0.2.7:2019"}, {"ARGOS_TRUSTED_PROXIES", "192.0.2.9"}});
  EXPECT_FALSE(is_trusted("192.0.2.7", proxies->networks()));
  start({{"ARGOS_CADDY_ADMIN", "http://192.0.2.7:2019"}, {"ARGOS_PANEL_MODE", "lan"}});
  EXPECT_FALSE(is_trusted("192.0.2.7", proxies->networks()));
}

TEST_F(PanelHostTest, ANameThatLeadsNowhereIsSaidAndTheRowsAreThereAllTheSame) {
  sql("DELETE FROM hosts");
  start({{"ARGOS_CADDY_ADMIN", "http://caddy.invalid:2019"}});
  EXPECT_EQ(rows(), as_wanted);
  EXPECT_THAT(ready(), StartsWith("False CaddyNotFound cannot look up caddy.invalid"));
  EXPECT_THAT(ready(), HasSubstr("ARGOS_CADDY_ADMIN"));
  EXPECT_TRUE(is_trusted("127.0.0.1", proxies->networks()));
}

}  // namespace
}  // namespace argos::test
