// SPDX-License-Identifier: Apache-2.0
#include "controllers/drift.hpp"

#include <boost/json.hpp>
#include <spdlog/fmt/fmt.h>

#include "test/support/support.hpp"

namespace argos {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

struct DriftTest : testing::Test {
  test::TempFolder folder;
  boost::asio::io_context context;
  test::ManualClock clock;
  Conditions conditions{clock};
  Reports reports;
  std::unique_ptr<Store> store = test::ready_store(folder / "argos.db");
  Database other = *Database::open(folder / "argos.db", Database::Mode::read_write, 1000);
  Controller controller{std::make_unique<DriftKeeper>(*store, conditions, reports, clock), conditions, clock};
  const Key app{Kind::host, "app"};

  void sql(const std::string& statement) { ASSERT_TRUE(other.script(statement)) << statement; }
  void look() {
    controller.mark(controller.key(), "test");
    test::settle(context, controller);
  }
  std::int64_t count(const std::string& what) { return *other.number("SELECT count(*) FROM " + what); }
  std::int64_t now() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(clock.wall().time_since_epoch()).count();
  }
  void suspend_app(const std::string& note = "") {
    sql(
        fmt::format("INSERT OR IGNORE INTO hosts (name, domain) VALUES ('app', 'app.test');"
                    "INSERT INTO suspensions (kind, name, since, note, actor) VALUES ('hosts', 'app', {}, '{}', 'alice')",
                    now(), note));
  }
  void fill(int rows, int open, std::int64_t last_seen) {
    sql(
        fmt::format("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) "
                    "INSERT INTO findings (surface, path, wanted, found, action, first_seen, last_seen, open) "
                    "SELECT 'caddy', '/{}/{}/' || i, '', '', 'healed', 0, {} + i, {} FROM n",
                    rows, open, last_seen, last_seen, open));
  }
};

TEST_F(DriftTest, WhatIsSuspendedSaysBySinceWhyAndHowToGiveItBack) {
  suspend_app("moving it");
  sql("INSERT INTO suspensions (kind, name, since) VALUES ('controllers', 'caddy', 0)");
  conditions.set({Kind::controller, "caddy"}, {"Ready", Status::yes, "Reconciled", "", 0, {}});
  look();
  const auto* const held = conditions.find(app, "Suspended");
  ASSERT_NE(held, nullptr);
  EXPECT_EQ(held->status, Status::yes);
  EXPECT_EQ(held->reason, "Suspended");
  EXPECT_EQ(held->message, "by alice since 2026-11-23T00:00:00.000Z: moving it; argos resume host/app gives it back");
  EXPECT_EQ(held->observed_generation, static_cast<std::uint64_t>(*other.number("SELECT generation FROM hosts")));
  EXPECT_THAT(conditions.find({Kind::controller, "caddy"}, "Suspended")->message, HasSubstr("by outside since 1970"));
  EXPECT_TRUE(conditions.is_true({Kind::controller, "caddy"}, "Ready"));
}

TEST_F(DriftTest, TheReminderDecidesNothingAndGoesWithTheSuspension) {
  conditions.set(app, {"Accepted", Status::yes, "Accepted", "", 1, {}});
  conditions.set(app, {"Programmed", Status::yes, "Programmed", "", 1, {}});
  suspend_app();
  look();
  EXPECT_TRUE(conditions.is_true(app, "Ready"));
  sql("DELETE FROM suspensions");
  look();
  EXPECT_EQ(conditions.find(app, "Suspended"), nullptr);
  EXPECT_TRUE(conditions.is_true(app, "Ready"));
}

TEST_F(DriftTest, ASuspensionWithATimeIsResumedWhenItIsOverAndNotBefore) {
  suspend_app("moving it");
  sql(fmt::format("UPDATE suspensions SET until = {}", now() + 7'200'000));
  look();
  EXPECT_EQ(conditions.find(app, "Suspended")->message,
            "by alice since 2026-11-23T00:00:00.000Z until 2026-11-23T02:00:00.000Z: moving it; argos resume host/app gives it "
            "back before that");
  clock.advance(2h - 1ms);
  test::settle(context, controller);
  EXPECT_EQ(count("suspensions"), 1);
  clock.advance(1ms);
  test::settle(context, controller);
  EXPECT_EQ(count("suspensions"), 0) << "nobody woke it but the time";
  EXPECT_EQ(conditions.find(app, "Suspended"), nullptr);
  EXPECT_EQ(count("changes WHERE what = 'resumed' AND name = 'app' AND actor = 'drift'"), 1);
}

TEST_F(DriftTest, OneThatWasOverWhileNobodyLookedIsResumedAtTheFirstLook) {
  suspend_app();
  sql("UPDATE suspensions SET until = since");
  look();
  EXPECT_EQ(count("suspensions"), 0);
  EXPECT_EQ(conditions.find(app, "Suspended"), nullptr);
}

TEST_F(DriftTest, ANewTimeIsOnTheFeedAndCounts) {
  suspend_app();
  const auto before = count("changes WHERE what = 'suspended'");
  sql(fmt::format("UPDATE suspensions SET until = {}", now() + 60'000));
  EXPECT_EQ(count("changes WHERE what = 'suspended'"), before + 1);
}

TEST_F(DriftTest, ASuspensionOfWhatIsGoneIsTakenAway) {
  suspend_app();
  sql("INSERT INTO suspensions (kind, name, since) VALUES ('controllers', 'nobody', 0), ('controllers', 'drift', 0)");
  look();
  EXPECT_EQ(count("suspensions"), 1);
  sql("DELETE FROM hosts");
  look();
  EXPECT_EQ(count("suspensions"), 0);
  EXPECT_EQ(count("changes WHERE what = 'resumed' AND name = 'app' AND actor = 'drift'"), 1);
}

TEST_F(DriftTest, AnObjectThatItsManifestStillDeclaresIsNotGone) {
  suspend_app();
  sql("INSERT INTO remembered VALUES ('manifest/hosts/app', '{}'); DELETE FROM hosts");
  look();
  EXPECT_EQ(count("suspensions"), 1);
  EXPECT_TRUE(conditions.of(app).empty()) << "what has no row has no condition";
}

TEST_F(DriftTest, ClosedFindingsGoAfterThirtyDaysAndOpenOnesStay) {
  const auto day = 24LL * 3600 * 1000;
  fill(3, 0, now() - 31 * day);
  fill(2, 1, now() - 31 * day);
  fill(4, 0, now() - 29 * day);
  look();
  EXPECT_EQ(count("findings"), 6);
  EXPECT_EQ(count("findings WHERE open = 1"), 2);
}

TEST_F(DriftTest, BeyondAThousandTheOldestClosedOnesGoFiveHundredAtATime) {
  fill(1700, 0, now());
  fill(10, 1, now() - 5000);
  look();
  EXPECT_EQ(count("findings"), 1210);
  clock.advance(1s);
  test::settle(context, controller);
  EXPECT_EQ(count("findings"), 1000);
  EXPECT_EQ(count("findings WHERE open = 1"), 10);
  EXPECT_EQ(*other.number("SELECT min(last_seen) FROM findings WHERE open = 0"), now() - 1000 + 711) << "the newest are kept";
}

TEST_F(DriftTest, PublishesWhatIsOpenWhatIsSuspendedAndThePolicy) {
  fill(1, 1, 5);
  suspend_app("x");
  sql("INSERT INTO settings (name, drift_caddy) VALUES ('default', 'report')");
  look();
  const auto& report = *reports.find("drift");
  EXPECT_EQ(report.at("open"), 1);
  EXPECT_EQ(report.at("items").as_array().size(), 1U);
  EXPECT_EQ(report.at("suspended").at(0).at("object"), "host/app");
  EXPECT_EQ(report.at("policy").at("caddy"), "report");
  EXPECT_EQ(report.at("policy").at("manifests"), "heal");
}

TEST_F(DriftTest, WithNothingToDoNothingIsWritten) {
  suspend_app();
  fill(10, 0, now());
  look();
  const auto before = *other.number("PRAGMA data_version");
  look();
  EXPECT_EQ(*other.number("PRAGMA data_version"), before);
}

}  // namespace
}  // namespace argos
