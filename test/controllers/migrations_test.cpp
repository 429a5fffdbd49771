// SPDX-License-Identifier: Apache-2.0
#include "controllers/migrations.hpp"

#include <fstream>
#include <random>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/files.hpp"
#include "test/support/support.hpp"
#include "test/support/torture.hpp"

namespace argos {
namespace {

using testing::HasSubstr;

struct MigrationsTest : testing::Test {
  test::TempFolder folder;
  std::string path = folder / "argos.db";
  boost::asio::io_context context;
  test::ManualClock clock;
  Conditions conditions{clock};
  Workers workers;

  // One pass of the controller over the file as it lies there.
  std::optional<Error> pass(Store& store, std::span<const MigrationStep> steps = migration_steps()) {
    Controller controller(std::make_unique<Migrations>(store, workers, steps), conditions, clock);
    controller.mark(controller.key(), "test");
    test::settle(context, controller);
    const auto* const ready = conditions.find(controller.key(), "Ready");
    if (ready->status == Status::yes) return std::nullopt;
    const bool stalled = conditions.is_true(controller.key(), "Stalled");
    return Error{ready->reason, ready->message, "", stalled ? Retry::never : Retry::backoff};
  }
  void sqlite3(const std::string& sql) {
    ASSERT_EQ(std::system(("sqlite3 '" + path + "' \"" + sql + "\" > /dev/null").c_str()), 0) << sql;
  }
  std::int64_t number(const std::string& sql) {
    auto database = Database::open(path, Database::Mode::read_only);
    return database ? database->number(sql).value() : -1;
  }
};

const std::vector<MigrationStep> kTwoSteps{
    {"001_a.sql", "CREATE TABLE changes (seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT, name TEXT);"},
    {"002_b.sql", "CREATE TABLE b (x); INSERT INTO b VALUES (1);"}};

TEST_F(MigrationsTest, AnEmptyFolderGetsADatabase) {
  Store store(path);
  EXPECT_FALSE(pass(store));
  EXPECT_FALSE(store.not_ready());
  EXPECT_EQ(number("SELECT max(version) FROM schema_migrations"), schema_version());
}

TEST_F(MigrationsTest, ASecondRunAppliesNothing) {
  {
    Store store(path);
    ASSERT_FALSE(pass(store));
  }
  const auto before = number("SELECT count(*) FROM schema_migrations");
  auto database = Database::open(path, Database::Mode::read_write);
  const auto again = migrate(*database, migration_steps());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->applied, 0);
  EXPECT_EQ(number("SELECT count(*) FROM schema_migrations"), before);
}

TEST_F(MigrationsTest, OnlyWhatIsMissingIsApplied) {
  auto database = Database::open(path, Database::Mode::create);
  ASSERT_TRUE(migrate(*database, std::span(kTwoSteps).first(1)));
  const auto rest = migrate(*database, kTwoSteps);
  ASSERT_TRUE(rest);
  EXPECT_EQ(rest->from, 1);
  EXPECT_EQ(rest->to, 2);
  EXPECT_EQ(rest->applied, 1);
}

TEST_F(MigrationsTest, AStepThatFailsLeavesNeitherItsChangesNorItsRecord) {
  const std::vector<MigrationStep> steps{kTwoSteps[0], {"002_bad.sql", "CREATE TABLE b (x); INSERT INTO nowhere VALUES (1);"}};
  auto database = Database::open(path, Database::Mode::create);
  const auto done = migrate(*database, steps);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().reason, "StepFailed");
  EXPECT_THAT(done.error().message, HasSubstr("002_bad.sql"));
  EXPECT_EQ(number("SELECT max(version) FROM schema_migrations"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM sqlite_schema WHERE name = 'b'"), 0);
  EXPECT_TRUE(migrate(*database, kTwoSteps)) << "the mended step applies afterwards";
}

// Killed at seeded moments: the step's change and its record are there together or not at all, and the next run ends it.
using MigrationsTorture = MigrationsTest;

TEST_F(MigrationsTorture, AKillInTheMiddleOfAStepLeavesItWholeOrNotAtAll) {
  constexpr int kRows = 400;
  std::string slow = "CREATE TABLE big (x);";
  for (int i = 0; i < kRows; ++i) slow += "INSERT INTO big VALUES (randomblob(5000));";
  const std::vector<MigrationStep> steps{kTwoSteps[0], {"002_slow.sql", slow}};
  std::minstd_rand random(static_cast<std::uint32_t>(test::seed()));
  int cut_off = 0;
  for (int round = 0, most = test::rounds(20, 500); round < most; ++round) {
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path + suffix);
    const pid_t child = ::fork();
    if (child == 0) {
      auto database = Database::open(path, Database::Mode::create);
      (void)database->script("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;");
      (void)migrate(*database, steps);
      ::_exit(0);
    }
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 25'000));  // the moment of the kill
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);

    auto database = Database::open(path, Database::Mode::create);
    const bool recorded = database->number("SELECT count(*) FROM sqlite_schema WHERE name = 'schema_migrations'").value() > 0 &&
                          database->number("SELECT max(version) FROM schema_migrations").value() == 2;
    const bool there = database->number("SELECT count(*) FROM sqlite_schema WHERE name = 'big'").value() > 0;
    EXPECT_EQ(recorded, there);
    EXPECT_EQ(there ? database->number("SELECT count(*) FROM big").value() : kRows, kRows);
    cut_off += recorded ? 0 : 1;
    EXPECT_TRUE(migrate(*database, steps));
    EXPECT_EQ(database->number("SELECT count(*) FROM big").value(), kRows);
  }
  RecordProperty("cut_off", cut_off);
}

TEST_F(MigrationsTest, ANewerSchemaIsNotTouched) {
  {
    Store store(path);
    ASSERT_FALSE(pass(store));
  }
  sqlite3(
      "INSERT INTO schema_migrations VALUES (999, '999_later.sql', 'x'); CREATE TABLE from_the_future (x); PRAGMA "
      "wal_checkpoint(TRUNCATE);");
  const auto before = sha256_hex(*read_file(path));
  Store store(path);
  const auto error = pass(store);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->reason, "SchemaNewer");
  EXPECT_EQ(error->retry, Retry::never);
  EXPECT_THAT(error->message, HasSubstr("999"));
  EXPECT_THAT(error->message, HasSubstr(std::to_string(schema_version())));
  EXPECT_TRUE(store.not_ready());
  EXPECT_EQ(sha256_hex(*read_file(path)), before);
}

TEST_F(MigrationsTest, WhatIsNoDatabaseIsCorruptAndNotTouched) {
  folder.write("argos.db", std::string(10'000, 'x'));
  Store store(path);
  const auto error = pass(store);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->reason, "DatabaseCorrupt");
  EXPECT_EQ(error->retry, Retry::never);
  EXPECT_THAT(error->message, HasSubstr(path));
  EXPECT_EQ(*read_file(path), std::string(10'000, 'x'));
}

TEST_F(MigrationsTest, APageOverwrittenInTheMiddleIsCorrupt) {
  {
    Store store(path);
    ASSERT_FALSE(pass(store));
  }
  sqlite3(
      "INSERT INTO hosts (name, domain) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) SELECT "
      "'h' || i, 'd' || i FROM n;"
      "PRAGMA wal_checkpoint(TRUNCATE);");
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(std::filesystem::file_size(path) / 2));
    file << std::string(8192, '\xff');
  }
  Store store(path);
  const auto error = pass(store);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->reason, "DatabaseCorrupt");
}

TEST_F(MigrationsTest, ADatabaseThatIsMendedIsTakenUpAtTheNextLook) {
  folder.write("argos.db", std::string(10'000, 'x'));
  Store store(path);
  ASSERT_TRUE(pass(store));
  std::filesystem::remove(path);
  EXPECT_FALSE(pass(store));
}

}  // namespace
}  // namespace argos
