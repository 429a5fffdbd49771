// SPDX-License-Identifier: Apache-2.0
#include "runtime/store.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include <spdlog/fmt/fmt.h>

#include "runtime/rows.hpp"
#include "test/support/process.hpp"
#include "test/support/support.hpp"

namespace argos {
namespace {

struct StoreTest : testing::Test {
  test::TempFolder folder;
  std::unique_ptr<Store> store = test::ready_store(folder / "argos.db");
  std::vector<Key> marked;

  void SetUp() override {
    store->watch(Kind::host, [this](const Key& key, std::string_view) { marked.push_back(key); });
  }
  // As an operator would: another process, with nothing of ours set up.
  void sqlite3(const std::string& sql) {
    const auto command = "sqlite3 '" + store->path() + "' \"" + sql + "\"";
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
  }
  void put_host(const std::string& name, const Host& host) {
    const auto written = store->write([&](Database& database) -> Result<> {
      auto done = put(database, name, host, ManagedBy::apply, "cli");
      if (!done) return done.error();
      return {};
    });
    ASSERT_TRUE(written) << written.error().message;
  }
  Object<Host> read_host(const std::string& name) {
    std::optional<Object<Host>> out;
    (void)store->read([&](Database& database) -> Result<> {
      out = *read_one<Host>(database, name);
      return {};
    });
    return out.value_or(Object<Host>{});
  }
};

Host some_host(const char* domain = "app.example.com") {
  Host host;
  host.domain = domain;
  host.target_group = "app";
  return host;
}

// Nobody, root neither, opens a program that runs for writing.
TEST(DatabaseOpening, WhatCannotBeWrittenJustNowIsNotTakenForReadingInstead) {
  const test::TempFolder folder;
  const auto file = folder / "sleep";
  std::filesystem::copy_file("/bin/sleep", file);
  const auto reason = [&] {
    const auto opened = Database::open(file, Database::Mode::read_write);
    return opened ? "" : opened.error().reason;
  };
  ASSERT_EQ(reason(), "");
  const test::Process running({file, "1000"}, {}, folder.path(), folder / "log");
  const auto program = [&] {
    std::error_code ignored;
    return std::filesystem::read_symlink("/proc/" + std::to_string(running.pid()) + "/exe", ignored);
  };
  ASSERT_TRUE(test::eventually([&] { return program() == file; })) << "nobody can run it who finds it open for writing";
  EXPECT_TRUE(test::eventually([&] { return reason() == "DatabaseReadOnly"; }));
}

TEST_F(StoreTest, TheFileIsPrivate) {
  struct stat about {};
  ASSERT_EQ(::stat(store->path().c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
}

TEST_F(StoreTest, AnOwnWriteMarksItsRow) {
  put_host("app", some_host());
  EXPECT_EQ(marked, (std::vector<Key>{{Kind::host, "app"}}));
}

TEST_F(StoreTest, EqualRowsAreNotWrittenAndMarkNothing) {
  put_host("app", some_host());
  const auto before = read_host("app").meta.generation;
  marked.clear();
  put_host("app", some_host());
  EXPECT_TRUE(marked.empty());
  EXPECT_EQ(read_host("app").meta.generation, before);
}

TEST_F(StoreTest, AnotherProcessesUpdateIsInTheFeed) {
  put_host("app", some_host());
  const auto before = read_host("app").meta.generation;
  marked.clear();
  sqlite3("UPDATE hosts SET enabled = 0 WHERE name = 'app'");
  store->poll_others();
  EXPECT_EQ(marked, (std::vector<Key>{{Kind::host, "app"}}));
  EXPECT_GT(read_host("app").meta.generation, before);
}

TEST_F(StoreTest, AnotherProcessesDeleteWithoutWhereIsInTheFeed) {
  put_host("a", some_host("a.example.com"));
  put_host("b", some_host("b.example.com"));
  marked.clear();
  sqlite3("DELETE FROM hosts");
  store->poll_others();
  EXPECT_EQ(marked.size(), 2U);
}

TEST_F(StoreTest, AnotherProcessesReplaceIsInTheFeedAndTheSuccessorIsNewer) {
  put_host("app", some_host());
  const auto before = read_host("app").meta.generation;
  marked.clear();
  sqlite3("REPLACE INTO hosts (name, domain) VALUES ('app', 'new.example.com')");
  store->poll_others();
  EXPECT_EQ(marked.back(), (Key{Kind::host, "app"}));
  EXPECT_GT(read_host("app").meta.generation, before) << "a generation is never used twice";
}

TEST_F(StoreTest, AnUpdateThatChangesNothingIsNoChange) {
  put_host("app", some_host());
  marked.clear();
  sqlite3("UPDATE hosts SET domain = domain, enabled = enabled");
  store->poll_others();
  EXPECT_TRUE(marked.empty());
}

TEST_F(StoreTest, ARenamedRowMarksBothNames) {
  put_host("old", some_host());
  marked.clear();
  sqlite3("UPDATE hosts SET name = 'new' WHERE name = 'old'");
  store->poll_others();
  EXPECT_THAT(marked, testing::UnorderedElementsAre(Key{Kind::host, "old"}, Key{Kind::host, "new"}));
}

TEST_F(StoreTest, ARowThatMakesNoSenseIsReadWithItsErrors) {
  put_host("app", some_host());
  sqlite3("UPDATE hosts SET tls_mode = 'autoo' WHERE name = 'app'");
  const auto host = read_host("app");
  ASSERT_EQ(host.errors.size(), 1U);
  EXPECT_EQ(host.errors.front().path, "spec.tls.mode");
  EXPECT_THAT(host.errors.front().hint, testing::HasSubstr("auto"));
}

TEST_F(StoreTest, TheDatabaseRefusesWhatIsNoJson) {
  put_host("app", some_host());
  const auto command = "sqlite3 '" + store->path() + "' \"UPDATE hosts SET aliases = 'x,y'\" 2>/dev/null";
  EXPECT_NE(std::system(command.c_str()), 0);
}

TEST_F(StoreTest, AWriteThatFailsLeavesNothing) {
  const auto written = store->write([&](Database& database) -> Result<> {
    (void)put(database, "app", some_host(), ManagedBy::apply, "cli");
    return Error{"Refused", "changed my mind"};
  });
  EXPECT_EQ(written.error().reason, "Refused");
  EXPECT_EQ(read_host("app").meta.name, "");
  EXPECT_TRUE(marked.empty());
}

TEST_F(StoreTest, AnExceptionInAWriteLeavesNothing) {
  EXPECT_THROW((void)store->write([&](Database& database) -> Result<> {
    (void)put(database, "app", some_host(), ManagedBy::apply, "cli");
    throw std::runtime_error("x");
  }),
               std::runtime_error);
  EXPECT_EQ(read_host("app").meta.name, "");
  put_host("app", some_host());
  EXPECT_EQ(read_host("app").meta.name, "app");
}

TEST_F(StoreTest, AnotherWritersLockComesBackAtOnce) {
  auto other = Database::open(store->path(), Database::Mode::read_write);
  ASSERT_TRUE(other);
  ASSERT_TRUE(other->run("BEGIN IMMEDIATE"));
  const auto begun = std::chrono::steady_clock::now();
  const auto written = store->write([](Database&) -> Result<> { return {}; });
  EXPECT_EQ(written.error().reason, "DatabaseBusy");
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(500));
}

TEST_F(StoreTest, AConnectionThatIsForReadingOnlyIsReplaced) {
  ASSERT_TRUE(store->unguarded([](Database& database) { return database.run("PRAGMA query_only = ON"); }));
  const auto nothing = [](Database& database) { return database.run("DELETE FROM hosts"); };
  EXPECT_EQ(store->write(nothing).error().reason, "DatabaseReadOnly");
  EXPECT_TRUE(store->write(nothing));
}

// Another process, since locks stand between processes: is anybody's shared lock on that database?
bool is_locked(const std::string& database) {
  constexpr off_t kSharedFirst = 0x40000002;  // sqlite.org/src/file/src/os.h
  constexpr off_t kSharedSize = 510;
  const pid_t other = ::fork();
  if (other == 0) {
    const int file = ::open(database.c_str(), O_RDWR | O_CLOEXEC);
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = kSharedFirst;
    lock.l_len = kSharedSize;
    ::_exit(::fcntl(file, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK ? 1 : 0);
  }
  int status = 0;
  ::waitpid(other, &status, 0);
  return WEXITSTATUS(status) == 1;
}

TEST_F(StoreTest, OpenedAnewItTakesNoOtherConnectionsLocks) {
  auto other = Database::open(store->path(), Database::Mode::read_only);
  ASSERT_TRUE(other && other->number("SELECT count(*) FROM hosts"));
  store->close();
  ASSERT_TRUE(is_locked(store->path()));
  ASSERT_TRUE(store->open());
  store->close();
  EXPECT_TRUE(is_locked(store->path()));
}

TEST_F(StoreTest, BecomingReadyMarksEveryWatchedKind) {
  store->set_ready(false);
  EXPECT_EQ(store->not_ready()->reason, "WaitingForDatabase");
  store->set_ready(true);
  EXPECT_EQ(marked, (std::vector<Key>{{Kind::host, ""}}));
}

TEST_F(StoreTest, NothingEmptyIsMadeWhereARestoreLeftOnlyTheOldDatabase) {
  folder.write("other.db.before-restore-20261123-000000", "x");
  Store other(folder / "other.db");
  const auto opened = other.open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().reason, "DatabaseMissing");
  EXPECT_EQ(opened.error().retry, Retry::never);
  EXPECT_FALSE(std::filesystem::exists(folder / "other.db"));
}

TEST(Rows, EveryColumnOfEveryKindIsInTheSchemaAndItsTriggers) {
  const test::TempFolder folder;
  const auto store = test::ready_store(folder / "argos.db");
  for (const auto& names : desired_kinds()) {
    const auto wanted = with_spec(names.kind, []<class Spec>() { return columns<Spec>(); });
    const auto read = store->read([&](Database& database) -> Result<> {
      for (const auto& column : wanted) {
        const auto has = database.number(
            fmt::format("SELECT count(*) FROM pragma_table_info('{}') WHERE name = ?", names.table), cells(column));
        EXPECT_EQ(*has, 1) << names.table << "." << column;
        const auto trigger =
            database.number("SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' AND name = ? AND instr(sql, ?) > 0",
                            cells(std::string(names.table) + "_updated", "new." + column));
        EXPECT_EQ(*trigger, 1) << names.table << "_updated does not look at " << column;
      }
      return {};
    });
    EXPECT_TRUE(read);
  }
}

TEST(Rows, TheSchemasDefaultsAreTheModels) {
  const test::TempFolder folder;
  const auto store = test::ready_store(folder / "argos.db");
  const auto written = store->write([&](Database& database) -> Result<> {
    (void)database.run("INSERT INTO hosts (name, domain, target_group) VALUES ('h', 'app.example.com', 'app')");
    (void)database.run("INSERT INTO target_groups (name) VALUES ('g')");
    (void)database.run("INSERT INTO settings (name) VALUES ('default')");
    EXPECT_EQ((*read_one<Host>(database, "h"))->spec, some_host());
    EXPECT_EQ((*read_one<TargetGroup>(database, "g"))->spec, TargetGroup{});
    (void)database.run("INSERT INTO backup_policies (name) VALUES ('default')");
    EXPECT_EQ((*read_one<Settings>(database, "default"))->spec, Settings{});
    EXPECT_EQ((*read_one<BackupPolicy>(database, "default"))->spec, BackupPolicy{});
    return {};
  });
  EXPECT_TRUE(written);
}

}  // namespace
}  // namespace argos
