// SPDX-License-Identifier: Apache-2.0
#include "controllers/history.hpp"

#include <spdlog/fmt/fmt.h>

#include "runtime/revisions.hpp"
#include "test/support/support.hpp"

namespace argos {
namespace {

struct HistoryTest : testing::Test {
  test::TempFolder folder;
  boost::asio::io_context context;
  test::ManualClock clock;
  Conditions conditions{clock};
  std::unique_ptr<Store> store = test::ready_store(folder / "argos.db");
  Controller controller{std::make_unique<History>(*store, clock), conditions, clock};

  void sql(const std::string& text) {
    auto other = Database::open(store->path(), Database::Mode::read_write, 1000);
    const auto done = other->script(text);
    ASSERT_TRUE(done) << done.error().text();
  }
  std::int64_t number(const std::string& query) {
    auto other = Database::open(store->path(), Database::Mode::read_only, 1000);
    return *other->number(query);
  }
  std::int64_t kept() { return number("SELECT count(*) FROM changes"); }
  std::int64_t newest() { return number("SELECT max(seq) FROM changes"); }
  void limit(int most) { sql(fmt::format("INSERT INTO settings (name, history_limit) VALUES ('default', {})", most)); }
  // So many changes of one host.
  void edits(int count, const std::string& name = "app") {
    sql(fmt::format(
        "INSERT OR IGNORE INTO hosts (name, domain) VALUES ('{}', 'a.test');"
        "CREATE TEMP TABLE n AS WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < {}) SELECT i FROM c;"
        "CREATE TEMP TRIGGER t AFTER DELETE ON n BEGIN UPDATE hosts SET domain = old.i || '.test' WHERE name = '{}'; END;"
        "DELETE FROM n;",
        name, count, name));
  }
  void look() {
    clock.advance(History::kRest);
    controller.mark(controller.key(), "test");
    test::settle(context, controller);
  }
};

TEST_F(HistoryTest, TheOldestGoUntilTheLimitIsKept) {
  limit(100);
  edits(500);
  const auto last = newest();
  look();
  EXPECT_EQ(newest(), last);
  EXPECT_EQ(kept(), 101) << "a hundred, and the settings' own, which is their last";
  EXPECT_EQ(number("SELECT count(*) FROM changes WHERE kind = 'hosts' AND seq > " + std::to_string(last - 100)), 100);
}

TEST_F(HistoryTest, MoreThanOneBatchIsTakenInSeveralTransactions) {
  limit(100);
  edits(3 * History::kBatch);
  controller.mark(controller.key(), "test");
  ASSERT_TRUE(test::run(context, controller.step()));
  EXPECT_EQ(kept(), 3 * History::kBatch + 2 - History::kBatch);
  test::settle(context, controller);
  EXPECT_EQ(kept(), 101);
}

TEST_F(HistoryTest, ThatACertificatesFilesWereWrittenTakesNoChangesPlace) {
  limit(100);
  sql("INSERT INTO host_manual_certs (name, host) VALUES ('cert', 'app')");
  const auto created = newest();
  sql("INSERT INTO certificate_files VALUES ('cert', 'aaaaaaaaaaaa', 'app', 1, '[]', '', '', 1)");
  edits(500);
  look();
  EXPECT_EQ(number("SELECT max(seq) FROM changes WHERE kind = 'host_manual_certs'"), created);
}

TEST_F(HistoryTest, WithinTheLimitNothingIsWritten) {
  limit(100);
  edits(50);
  look();
  const auto count = kept();
  auto other = Database::open(store->path(), Database::Mode::read_only, 1000);
  const auto version = *other->number("PRAGMA data_version");
  look();
  EXPECT_EQ(*other->number("PRAGMA data_version"), version) << "it committed something";
  EXPECT_EQ(kept(), count);
}

TEST_F(HistoryTest, WithoutSettingsTheDefaultHolds) {
  edits(10'100);
  look();
  EXPECT_EQ(kept(), 10'000);
}

TEST_F(HistoryTest, SettingsThatMakeNoSenseDeleteNothing) {
  limit(3);
  edits(500);
  look();
  EXPECT_EQ(kept(), 502);
}

TEST_F(HistoryTest, TheLastChangeOfWhatExistsStays) {
  edits(3, "quiet");
  edits(1, "gone");
  sql("DELETE FROM hosts WHERE name = 'gone'; INSERT INTO suspensions (kind, name, since) VALUES ('hosts', 'quiet', 0)");
  limit(100);
  edits(200);
  look();
  EXPECT_EQ(number("SELECT count(*) FROM changes WHERE name = 'gone'"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM changes WHERE name = 'quiet'"), 1) << "its last change, not its suspension";
  EXPECT_EQ(number("SELECT max(what = 'changed') FROM changes WHERE name = 'quiet'"), 1);
  EXPECT_EQ(number("SELECT max(seq) FROM changes WHERE name = 'quiet'"), 4) << "created, then changed three times";
}

TEST_F(HistoryTest, NumbersAreNeverUsedAgain) {
  limit(100);
  edits(300);
  const auto last = newest();
  look();
  edits(1, "next");
  EXPECT_GT(newest(), last);
}

TEST_F(HistoryTest, ItDoesNotWakeItself) {
  int woken = 0;
  for (const auto& names : desired_kinds()) store->watch(names.kind, [&](const Key&, std::string_view) { ++woken; });
  limit(100);
  edits(300);
  store->poll();
  const int before = woken;
  look();
  store->poll();
  EXPECT_EQ(woken, before);
}

TEST_F(HistoryTest, NobodyMissesAChangeBecauseItIsOldAlready) {
  std::set<std::string> seen;
  store->watch(Kind::host, [&](const Key& key, std::string_view) { seen.insert(key.name); });
  limit(100);
  edits(1, "early");
  sql("DELETE FROM hosts WHERE name = 'early'");
  edits(300);
  look();
  EXPECT_TRUE(seen.contains("early"));
}

TEST_F(HistoryTest, ItLooksAtMostOnceASecond) {
  limit(100);
  edits(150);
  look();
  edits(50);
  controller.mark(controller.key(), "test");
  test::settle(context, controller);
  EXPECT_GT(kept(), 101);
  clock.advance(History::kRest);
  test::settle(context, controller);
  EXPECT_EQ(kept(), 101);
}

}  // namespace
}  // namespace argos
