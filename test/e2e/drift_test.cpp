// SPDX-License-Identifier: Apache-2.0
// Hands on the database, behind argos' back: put right, reported or left alone, and always told.
#include <csignal>

#include <boost/json.hpp>

#include "runtime/database.hpp"
#include "test/e2e/world.hpp"

namespace argos::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

struct DriftTold : testing::Test {
  World world;
  void SetUp() override {
    world.start_caddy();
    world.start_argos();
    world.until_argos_answers();
  }
  void serve_app() {
    world.manifest("app.yaml", World::host("app", "app.test", "one"));
    EVENTUALLY(world.serves("app.test", "one"));
    world.until_ready();
  }
  boost::json::value drift() const { return boost::json::parse(world.argos("drift -o json").out); }
  // The finding at that path; null where there is none.
  boost::json::value finding(std::string_view path) const {
    const auto told = drift();
    for (const auto& item : told.at("items").as_array()) {
      if (item.at("path").as_string() == path) return item;
    }
    return nullptr;
  }
  bool is(std::string_view path, std::string_view action, int times, bool open) const {
    const auto item = finding(path);
    return item.is_object() && item.at("action").as_string() == action && item.at("times") == times && item.at("open") == open;
  }
  void restart() {
    world.server->signal(SIGTERM);
    world.server->wait();
    world.start_argos();
    world.until_argos_answers();
  }
  void policy(const std::string& word) const {
    world.manifest(
        "settings.yaml",
        "apiVersion: argos.edge/v1\nkind: Settings\nmetadata: {name: default}\nspec: {drift: {manifests: " + word + "}}\n");
  }
};

TEST_F(DriftTold, AHandEditOfAManifestsRowIsPutRightAndShownWithWhatWasWantedAndFound) {
  serve_app();
  ASSERT_EQ(world.sql("UPDATE hosts SET domain = 'evil.test'").status, 0);
  EVENTUALLY(is("/hosts/app/domain", "healed", 1, false));
  const auto item = finding("/hosts/app/domain");
  EXPECT_EQ(item.at("surface"), "manifests");
  EXPECT_EQ(item.at("object"), "host/app");
  EXPECT_EQ(item.at("wanted"), "app.test");
  EXPECT_EQ(item.at("found"), "evil.test");
  EVENTUALLY(world.serves("app.test", "one"));
  EXPECT_THAT(world.sql("SELECT domain FROM hosts").out, HasSubstr("app.test"));
  ASSERT_EQ(world.sql("UPDATE hosts SET domain = 'evil.test'").status, 0);
  EVENTUALLY(is("/hosts/app/domain", "healed", 2, false));
  ASSERT_EQ(world.sql("DELETE FROM hosts").status, 0);
  EVENTUALLY(is("/hosts/app", "healed", 1, false));
  EVENTUALLY(world.serves("app.test", "one"));
  EXPECT_EQ(world.argos("drift").status, 0) << "nothing is left";
}

TEST_F(DriftTold, PolicyReportLeavesItOverARestartUntilTheFileIsEdited) {
  policy("report");
  serve_app();
  ASSERT_EQ(world.sql("UPDATE hosts SET domain = 'other.test'").status, 0);
  EVENTUALLY(is("/hosts/app/domain", "reported", 1, true));
  EVENTUALLY(world.serves("other.test", "one"));
  EXPECT_EQ(world.argos("drift").status, 3);
  restart();
  world.until_ready();
  EXPECT_TRUE(is("/hosts/app/domain", "reported", 1, true));
  EXPECT_TRUE(world.serves("other.test", "one"));
  world.manifest("app.yaml", World::host("app", "app.test", "two"));
  EVENTUALLY(world.serves("app.test", "two"));
  EVENTUALLY(is("/hosts/app/domain", "reported", 1, false));
  EXPECT_EQ(world.argos("drift").status, 0);
}

TEST_F(DriftTold, ASuspendedObjectIsLeftToHandWorkWithAReminderAndPutRightWhenItIsResumed) {
  serve_app();
  ASSERT_EQ(world.argos("suspend host app --note 'new rack'").status, 0);
  EVENTUALLY(world.condition("hosts/app", "Suspended").find("new rack") != std::string::npos);
  EXPECT_THAT(world.condition("hosts/app", "Suspended"), HasSubstr("argos resume host/app gives it back"));
  ASSERT_EQ(world.sql("UPDATE hosts SET domain = 'hand.test'").status, 0);
  EVENTUALLY(is("/hosts/app/domain", "suspended", 1, true));
  restart();
  EVENTUALLY(world.condition("hosts/app", "Suspended").find("new rack") != std::string::npos);
  EXPECT_THAT(world.sql("SELECT domain FROM hosts").out, HasSubstr("hand.test"));
  ASSERT_EQ(world.argos("resume host app").status, 0);
  EVENTUALLY(is("/hosts/app/domain", "healed", 1, false));
  EVENTUALLY(world.condition("hosts/app", "Suspended").empty());
  EVENTUALLY(world.serves("app.test", "one"));
}

TEST_F(DriftTold, ASuspendedControllerDoesNothingAndGoesOnWhereItWasWhenItIsResumed) {
  serve_app();
  ASSERT_EQ(world.argos("suspend controller caddy").status, 0);
  world.manifest("more.yaml", World::host("more", "more.test", "more"));
  EVENTUALLY(world.sql("SELECT count(*) FROM hosts").out == "2\n");
  EXPECT_EQ(world.get("more.test").status, 404);
  EXPECT_EQ(world.probe("/readyz").status, 200) << "nobody waits for it";
  EVENTUALLY(world.argos("status").out.find("controller/caddy") != std::string::npos);
  restart();
  world.until_ready();
  EXPECT_EQ(world.get("more.test").status, 404) << "it is still suspended";
  ASSERT_EQ(world.argos("resume controller caddy").status, 0);
  EVENTUALLY(world.serves("more.test", "more"));
  EVENTUALLY(world.argos("status").out.find("SUSPENDED") == std::string::npos);
}

TEST_F(DriftTold, WhatSomebodyChangedInCaddyIsToldWithoutItsSecrets) {
  world.manifest(
      "app.yaml",
      "apiVersion: argos.edge/v1\nkind: Host\nmetadata: {name: app}\nspec:\n  domain: app.test\n  tls: {mode: none}\n"
      "  caddyHandlers:\n  - {handler: headers, request: {set: {Authorization: [S3CRET]}}}\n"
      "  - {handler: static_response, body: one}\n");
  EVENTUALLY(world.serves("app.test", "one"));
  world.until_ready();
  auto changed = world.caddy_config();
  changed.replace(changed.find("S3CRET"), 6, "S3CRET2");
  ASSERT_EQ(http(world.admin, "/load", {}, "POST", changed).status, 200);
  EVENTUALLY(world.argos("drift").out.find("/set/Authorization/0") != std::string::npos);
  const auto told = world.argos("drift -o json").out;
  EXPECT_THAT(told, HasSubstr(R"("found": "***")"));
  EXPECT_EQ(told.find("S3CRET"), std::string::npos) << told;
  EXPECT_EQ(world.server->log().find("S3CRET"), std::string::npos);
}

TEST_F(DriftTold, APassThatFindsNothingNewWritesNothingEvenWhileSomethingIsLeftAsItWasFound) {
  policy("report");
  serve_app();
  ASSERT_EQ(world.sql("UPDATE hosts SET domain = 'other.test'").status, 0);
  EVENTUALLY(world.serves("other.test", "one"));
  ASSERT_EQ(world.argos("suspend settings default").status, 0);
  auto other = Database::open(world.folder / "data/argos.db", Database::Mode::read_only, 1000);
  ASSERT_TRUE(other);
  const auto version = [&] { return *other->number("PRAGMA data_version"); };
  const auto passes = [&] {
    const auto told = boost::json::parse(world.api("/api/v1/status").body);
    std::int64_t count = 0;
    for (const auto& one : told.at("controllers").as_array()) {
      if (one.at("name") == "manifests") count += one.at("reconciles").to_number<std::int64_t>();  // others look by the clock
    }
    return count;
  };
  const auto look_again = [&] {
    const auto before = passes();
    fs::permissions(world.folder / "manifests/app.yaml", fs::perms::owner_all);  // an event, and no other text
    return eventually([&] { return passes() > before; });
  };
  // When conditions moved is gathered for half a second before it is written.
  const auto nothing_is_left_to_write = [&] {
    const auto before = version();
    for (const auto begun = std::chrono::steady_clock::now();
         std::chrono::steady_clock::now() - begun < std::chrono::seconds(1);)
      if (!look_again() || version() != before) return false;
    return true;
  };
  EVENTUALLY(nothing_is_left_to_write());
  const auto quiet = version();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(look_again());
  EXPECT_EQ(version(), quiet);
}

TEST_F(DriftTold, WhatWasAppliedAndIsChangedByHandIsAChangeLikeAnyOther) {
  world.folder.write("app.yaml", World::host("app", "app.test", "one"));
  ASSERT_EQ(world.argos("apply -f " + (world.folder / "app.yaml")).status, 0);
  EVENTUALLY(world.serves("app.test", "one"));
  ASSERT_EQ(world.sql("UPDATE hosts SET domain = 'hand.test'").status, 0);
  EVENTUALLY(world.serves("hand.test", "one"));
  EXPECT_THAT(world.sql("SELECT actor || ' ' || what FROM changes ORDER BY seq DESC LIMIT 1").out,
              HasSubstr("outside changed"));
  EXPECT_TRUE(drift().at("items").as_array().empty());
}

}  // namespace
}  // namespace argos::test
