// SPDX-License-Identifier: Apache-2.0
// A restore in a real data folder: what comes back, what stays, and that nothing changes where anything is wrong.
#include "controllers/restore.hpp"

#include <sys/stat.h>

#include <boost/json.hpp>

#include "controllers/backup_proof.hpp"
#include "controllers/restore_plan.hpp"
#include "runtime/files.hpp"
#include "runtime/rows.hpp"
#include "test/support/process.hpp"
#include "test/support/support.hpp"

namespace argos::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct RestoreTest : ::testing::Test {
  RestoreTest() {
    fs::create_directories(places.backups);
    reopen();
    host("app", "then.example.com");
  }

  void reopen() {
    store = ready_store(places.database);
    controller = std::make_unique<Controller>(
        std::make_unique<Restore>(*store, conditions, reports, clock, ring, Restore::Options{places}), conditions, clock);
  }
  void host(const std::string& name, const std::string& domain) {
    sql("REPLACE INTO hosts (name, domain) VALUES ('" + name + "', '" + domain + "')");
  }
  // As argos itself, so that nothing is on record as made from outside.
  void sql(const std::string& text) {
    const auto done = store->write(Actor{"alice", "a test"}, [&](Database& database) { return database.script(text); });
    if (!done) throw std::runtime_error(done.error().text());
  }
  std::int64_t number(const std::string& query) {
    std::int64_t out = 0;
    const auto read = store->read([&](Database& database) -> Result<> {
      const auto found = database.number(query);
      if (!found) return found.error();
      out = *found;
      return {};
    });
    if (!read) throw std::runtime_error(read.error().text());
    return out;
  }
  std::string text(const std::string& query) {
    std::string out;
    (void)store->read([&](Database& database) -> Result<> {
      const auto rows = database.query(query);
      if (!rows) return rows.error();
      if (!rows->empty()) out = rows->front().begin()->value().as_string();
      return {};
    });
    return out;
  }
  std::string domain() { return text("SELECT domain FROM hosts WHERE name = 'app'"); }

  void back_up(const std::string& name) {
    auto job = archive_job({places.database, places.backups, "", {}}, BackupKind::manual, ring.current_id(), clock.wall());
    job.name = name;
    JobProgress progress;
    const auto made = write_archive(job, progress);
    if (!made) throw std::runtime_error(made.error().text());
  }
  // An archive of any argos.db, made by tar.
  void pack(const std::string& name, const std::string& database, int schema) {
    folder.write("pack/argos.db", "");
    fs::copy_file(database, folder / "pack/argos.db", fs::copy_options::overwrite_existing);
    const auto hash = sha256_hex(*read_file(database));
    const boost::json::value metadata{{"format", 1},
                                      {"argosVersion", "0"},
                                      {"gitCommit", ""},
                                      {"schemaVersion", schema},
                                      {"kind", "manual"},
                                      {"note", ""},
                                      {"createdAt", "2026-11-23T00:00:00Z"},
                                      {"caddyFiles", 0},
                                      {"dbSha256", hash},
                                      {"dbBytes", static_cast<std::int64_t>(fs::file_size(database))},
                                      {"masterKeyId", ""}};
    folder.write("pack/metadata.json", boost::json::serialize(metadata));
    ASSERT_EQ(
        shell("tar -czf '" + places.backups + "/" + name + "' -C '" + (folder / "pack") + "' argos.db metadata.json").status,
        0);
  }

  void want(const std::string& text) { folder.write(".restore_pending", text); }
  void settle_all() {
    controller->mark(controller->key(), "test");
    settle(context, *controller);
  }
  void restore(const std::string& text) {
    want(text);
    settle_all();
  }
  bool wanted() const { return fs::exists(places.marker()); }
  std::string condition(const char* type) const {
    const auto* const found = conditions.find(controller->key(), type);
    return found == nullptr ? "" : std::string(to_string(found->status)) + " " + found->reason;
  }

  TempFolder folder;
  RestorePlaces places{folder.path().string(), folder / "argos.db", folder / "backups"};
  boost::asio::io_context context;
  ManualClock clock;
  Conditions conditions{clock};
  Reports reports;
  KeyRing ring{std::string(64, 'a'), {}};
  std::unique_ptr<Store> store;
  std::unique_ptr<Controller> controller;
};

TEST_F(RestoreTest, BringsBackWhatWasAndKeepsWhatItReplaces) {
  back_up("a.tar.gz");
  host("app", "now.example.com");
  host("later", "later.example.com");
  restore("a.tar.gz\n");
  EXPECT_EQ(domain(), "then.example.com");
  EXPECT_EQ(number("SELECT count(*) FROM hosts"), 1);
  EXPECT_FALSE(wanted());
  EXPECT_EQ(condition("LastRestore"), "True Restored");
  EXPECT_EQ(condition("Ready"), "True Reconciled");
  const auto kept = before_restore_files(places);
  ASSERT_THAT(kept, SizeIs(1));
  auto replaced = Database::open(kept.front(), Database::Mode::read_only);
  EXPECT_EQ(replaced->number("SELECT count(*) FROM hosts WHERE domain LIKE '%.example.com'").value(), 2);
  struct stat held {};
  ::stat(places.database.c_str(), &held);
  EXPECT_EQ(held.st_mode & 0777, 0600);
  EXPECT_FALSE(fs::exists(places.staging()));
}

TEST_F(RestoreTest, EveryControllerLooksAgainAndNoTagOfBeforeFits) {
  back_up("a.tar.gz");
  const auto epoch = text("SELECT value FROM meta WHERE key = 'epoch'");
  host("app", "now.example.com");
  const auto generation = number("SELECT generation FROM hosts WHERE name = 'app'");
  std::vector<Key> marked;
  store->watch(Kind::host, [&](const Key& key, std::string_view) { marked.push_back(key); });
  restore("a.tar.gz");
  EXPECT_THAT(marked, ::testing::Contains(Key{Kind::host, ""}));
  EXPECT_NE(text("SELECT value FROM meta WHERE key = 'epoch'"), epoch);
  EXPECT_GT(number("SELECT generation FROM hosts WHERE name = 'app'"), generation);
}

TEST_F(RestoreTest, HistoryAndAuditLogGoOnAndTheRestoreIsOnRecord) {
  back_up("a.tar.gz");
  host("app", "now.example.com");
  sql("INSERT INTO audit_log (actor, action) VALUES ('alice', 'SomethingLater')");
  const auto last = number("SELECT max(seq) FROM changes");
  restore("a.tar.gz");
  EXPECT_EQ(
      number(
          "SELECT count(*) FROM changes WHERE after ->> '$.domain' = 'now.example.com' AND origin LIKE '%before the restore%'"),
      1);
  EXPECT_EQ(number("SELECT count(*) FROM changes WHERE actor = 'restore' AND what = 'changed' AND before ->> '$.domain' = "
                   "'now.example.com' AND after ->> '$.domain' = 'then.example.com'"),
            1);
  EXPECT_EQ(number("SELECT count(*) FROM audit_log WHERE action = 'SomethingLater' AND origin LIKE '%before the restore%'"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM audit_log WHERE action = 'Restored'"), 1);
  EXPECT_GT(number("SELECT generation FROM hosts"), last);
  EXPECT_EQ(number("SELECT count(*) - count(DISTINCT seq) FROM changes"), 0);
}

TEST_F(RestoreTest, WhatWasDeletedSinceIsCreatedAndWhatWasCreatedSinceIsDeletedOnRecord) {
  host("gone", "gone.example.com");
  back_up("a.tar.gz");
  sql("DELETE FROM hosts WHERE name = 'gone'");
  host("later", "later.example.com");
  restore("a.tar.gz");
  EXPECT_EQ(
      text("SELECT group_concat(name || ' ' || what) FROM (SELECT * FROM changes WHERE actor = 'restore' AND kind = 'hosts' "
           "ORDER BY name)"),
      "gone created,later deleted");
}

TEST_F(RestoreTest, ASessionIsOneWhereItIsInBothAndARevokedTokenStaysRevoked) {
  sql("INSERT INTO users (name, role, password_hash) VALUES ('alice', 'admin', 'x');"
      "INSERT INTO sessions (id, token_hash, user, created_at, used_at, confirmed_at) VALUES ('1', 'both', 'alice', 1, 1, 1), "
      "('2', 'ended since', 'alice', 1, 1, 1);"
      "INSERT INTO api_tokens (id, name, token_hash, role, created_at) VALUES ('t', 'revoked', 'h', 'viewer', 1), ('u', "
      "'kept', 'i', "
      "'viewer', 1)");
  back_up("a.tar.gz");
  sql("DELETE FROM sessions WHERE id = '2';"
      "INSERT INTO sessions (id, token_hash, user, created_at, used_at, confirmed_at) VALUES ('3', 'later', 'alice', 1, 1, 1);"
      "DELETE FROM api_tokens WHERE id = 't'");
  restore("a.tar.gz");
  EXPECT_EQ(text("SELECT group_concat(token_hash) FROM sessions"), "both");
  EXPECT_EQ(text("SELECT group_concat(name) FROM api_tokens"), "kept");
}

TEST_F(RestoreTest, ARecoveryCodeThatWasUsedSinceStaysUsed) {
  sql("INSERT INTO users (name, role, password_hash, totp) VALUES ('alice', 'admin', 'x', 'y'), ('bob', 'admin', 'x', 'y');"
      "INSERT INTO recovery_codes (user, code_hash, used_at) VALUES ('alice', 'a', 0), ('alice', 'b', 0), ('alice', 'c', 3), "
      "('bob', "
      "'a', 0)");
  back_up("a.tar.gz");
  sql("UPDATE recovery_codes SET used_at = 5 WHERE user = 'alice' AND code_hash = 'a'");
  restore("a.tar.gz");
  EXPECT_EQ(
      text("SELECT group_concat(user || code_hash || used_at) FROM (SELECT * FROM recovery_codes ORDER BY user, code_hash)"),
      "alicea5,aliceb0,alicec3,boba0");
}

TEST_F(RestoreTest, WhatIsSeenIsOfNow) {
  sql("INSERT INTO requests (verb, kind, name) VALUES ('renew', 'hosts', 'app'); INSERT INTO accepted VALUES ('hosts', 'app', "
      "'then')");
  back_up("a.tar.gz");
  sql("DELETE FROM requests; DELETE FROM accepted; INSERT INTO accepted VALUES ('hosts', 'app', 'now');"
      "INSERT INTO login_throttles (scope, subject, until) VALUES ('address', '192.0.2.1', 5)");
  restore("a.tar.gz");
  EXPECT_EQ(number("SELECT count(*) FROM requests"), 0);
  EXPECT_EQ(text("SELECT spec FROM accepted"), "now");
  EXPECT_EQ(number("SELECT count(*) FROM login_throttles"), 1);
}

// ---- once ------------------------------------------------------------------------------------------------------------------

TEST_F(RestoreTest, AMarkerWrittenByHandGetsAnIdBeforeAnythingElse) {
  want("nothing.tar.gz\n");
  controller->mark(controller->key(), "test");
  back_up("nothing.tar.gz");
  auto other = Database::open(places.database, Database::Mode::read_write);  // so that it cannot be done at once
  ASSERT_TRUE(other->number("SELECT count(*) FROM hosts"));
  for (int steps = 0; steps < 3; ++steps) run(context, controller->step());
  const auto marker = read_marker(places);
  ASSERT_TRUE(marker && *marker);
  EXPECT_THAT((*marker)->id, SizeIs(16));
  EXPECT_THAT(*read_file(places.marker()), HasSubstr("{"));
}

TEST_F(RestoreTest, ADatabaseThatCarriesTheIdIsNotRestoredTwice) {
  back_up("a.tar.gz");
  const std::string marker = R"({"id": "7", "archive": "a.tar.gz", "requestedAt": "", "requestedBy": "x"})";
  restore(marker);
  host("app", "written.later.example.com");
  restore(marker);
  EXPECT_EQ(domain(), "written.later.example.com");
  EXPECT_FALSE(wanted());
  EXPECT_THAT(before_restore_files(places), SizeIs(1));
}

TEST_F(RestoreTest, WhileAnotherProgramHasTheDatabaseOpenItWaitsAndThenGoesOn) {
  back_up("a.tar.gz");
  host("app", "now.example.com");
  auto shell = std::make_optional(Database::open(places.database, Database::Mode::read_write).value());
  ASSERT_TRUE(shell->number("SELECT count(*) FROM hosts"));
  want("a.tar.gz");
  controller->mark(controller->key(), "test");
  for (int steps = 0; steps < 3; ++steps) run(context, controller->step());
  EXPECT_EQ(condition("Ready"), "False DatabaseInUse");
  EXPECT_EQ(domain(), "now.example.com");
  host("app", "written.meanwhile.example.com");
  EXPECT_TRUE(wanted());
  shell.reset();
  clock.advance(std::chrono::minutes(10));
  settle_all();
  EXPECT_EQ(domain(), "then.example.com");
  EXPECT_EQ(number("SELECT count(*) FROM changes WHERE after ->> '$.domain' = 'written.meanwhile.example.com'"), 1);
}

TEST_F(RestoreTest, TakenBackItIsNotDone) {
  back_up("a.tar.gz");
  host("app", "now.example.com");
  want("a.tar.gz");
  controller->mark(controller->key(), "test");
  run(context, controller->step());  // prepared
  fs::remove(places.marker());
  settle_all();
  EXPECT_EQ(domain(), "now.example.com");
  EXPECT_FALSE(fs::exists(places.staging()));
}

TEST_F(RestoreTest, WhileItIsPreparedItSaysHowFarItIsAndThenNoMore) {
  back_up("a.tar.gz");
  EXPECT_EQ(condition("Restoring"), "");
  std::vector<std::string> said;
  conditions.listen_said([&](const Key&, const Condition& one) {
    if (one.type == "Restoring") said.push_back(std::string(to_string(one.status)) + " " + one.message);
  });
  restore("a.tar.gz");
  ASSERT_THAT(said, SizeIs(::testing::Ge(2U)));
  EXPECT_THAT(said.front(), HasSubstr(": 0 %"));
  EXPECT_EQ(said.back(), "False ");
  EXPECT_TRUE(reports.find("restore")->at("progress").is_null());
}

TEST_F(RestoreTest, WhatARestoreReplacedComesBackByTheSameWay) {
  back_up("a.tar.gz");
  host("app", "now.example.com");
  restore("a.tar.gz");
  restore(before_restore_files(places).front());
  EXPECT_EQ(domain(), "now.example.com");
  EXPECT_THAT(before_restore_files(places), SizeIs(2));
}

// A second name of the live database, as one leaves that was killed just before the swap.
TEST_F(RestoreTest, TheLiveDatabaseIsNoneThatWasReplacedWhateverItsSecondName) {
  const auto second = places.database + ".before-restore-20261127-000000";
  fs::create_hard_link(places.database, second);
  EXPECT_THAT(before_restore_files(places), IsEmpty());
  host("app", "now.example.com");
  restore(second);
  EXPECT_EQ(condition("LastRestore"), "False NotReplaced");
  EXPECT_EQ(domain(), "now.example.com");
  back_up("a.tar.gz");
  restore("a.tar.gz");
  EXPECT_THAT(before_restore_files(places), ::testing::ElementsAre(second));
}

// The new one lies on another file system, from where no rename leads into the folder.
TEST_F(RestoreTest, WhereTheNewDatabaseCannotBePutIntoPlaceTheLiveOneKeepsOneName) {
  back_up("a.tar.gz");
  host("app", "now.example.com");
  std::string elsewhere = "/dev/shm/argos-test-XXXXXX";
  ASSERT_NE(::mkdtemp(elsewhere.data()), nullptr);
  JobProgress progress;
  const RestoreMarker marker{"1", "a.tar.gz", {}, "", "", {}};
  const auto staged = stage({places, marker, elsewhere + "/staging/argos.db", true}, ring, progress);
  ASSERT_TRUE(staged) << staged.error().text();
  store->close();
  EXPECT_FALSE(swap_in(places, marker, *staged, clock.wall()));
  fs::remove_all(elsewhere);
  EXPECT_EQ(fs::hard_link_count(places.database), 1);
  for (const auto& entry : fs::directory_iterator(folder.path()))
    EXPECT_THAT(entry.path().string(), ::testing::Not(HasSubstr("before-restore")));
  reopen();
  EXPECT_EQ(domain(), "now.example.com");
}

TEST_F(RestoreTest, TheNewestThreeOfThoseThatWereReplacedAreKept) {
  back_up("a.tar.gz");
  for (int at = 0; at < 5; ++at) {
    clock.advance(std::chrono::seconds(1));
    restore("a.tar.gz");
  }
  const auto kept = before_restore_files(places);
  ASSERT_THAT(kept, SizeIs(3));
  EXPECT_THAT(kept.front(), HasSubstr("000005"));
}

// ---- where there is none, or one that nobody can read ----------------------------------------------------------------------

TEST_F(RestoreTest, IntoAnEmptyFolderItIsTheFirstDatabase) {
  sql("INSERT INTO sessions (id, token_hash, user, created_at, used_at, confirmed_at) VALUES ('1', 'x', 'alice', 1, 1, 1)");
  back_up("a.tar.gz");
  store.reset();
  fs::remove(places.database);
  store = std::make_unique<Store>(places.database);
  controller = std::make_unique<Controller>(
      std::make_unique<Restore>(*store, conditions, reports, clock, ring, Restore::Options{places}), conditions, clock);
  want("a.tar.gz");
  const auto opened = store->open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().reason, "RestorePending");
  settle_all();
  EXPECT_EQ(domain(), "then.example.com");
  EXPECT_EQ(number("SELECT count(*) FROM sessions"), 1);
  EXPECT_THAT(before_restore_files(places), IsEmpty());
}

TEST_F(RestoreTest, RefusedWithNoDatabaseThereNoEmptyOneIsMade) {
  store.reset();
  fs::remove(places.database);
  store = std::make_unique<Store>(places.database);
  controller = std::make_unique<Controller>(
      std::make_unique<Restore>(*store, conditions, reports, clock, ring, Restore::Options{places}), conditions, clock);
  restore("missing.tar.gz");
  const auto opened = store->open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().reason, "RestoreRefused");
  EXPECT_FALSE(fs::exists(places.database));
}

TEST_F(RestoreTest, ADatabaseThatNobodyCanReadIsReplacedAndKept) {
  back_up("a.tar.gz");
  store.reset();
  folder.write("argos.db", std::string(8192, 'x'));
  folder.write("argos.db-wal", "what is left of a log");
  store = std::make_unique<Store>(places.database);
  controller = std::make_unique<Controller>(
      std::make_unique<Restore>(*store, conditions, reports, clock, ring, Restore::Options{places}), conditions, clock);
  restore("a.tar.gz");
  EXPECT_EQ(domain(), "then.example.com");
  ASSERT_THAT(before_restore_files(places), SizeIs(1));
  EXPECT_EQ(*read_file(before_restore_files(places).front()), std::string(8192, 'x'));
}

TEST_F(RestoreTest, WhereItsLogCannotBeMovedAwayItStaysWithIt) {
  back_up("a.tar.gz");
  store.reset();
  folder.write("argos.db", std::string(8192, 'x'));
  folder.write("argos.db-wal", "what is left of a log");
  fs::create_directories(folder / "argos.db-shm");  // cannot be deleted as a file
  store = std::make_unique<Store>(places.database);
  controller = std::make_unique<Controller>(
      std::make_unique<Restore>(*store, conditions, reports, clock, ring, Restore::Options{places}), conditions, clock);
  restore("a.tar.gz");
  EXPECT_EQ(condition("LastRestore"), "False CannotWrite");
  EXPECT_EQ(fs::hard_link_count(places.database), 1);
  EXPECT_EQ(*read_file(places.database + "-wal"), "what is left of a log");
}

TEST_F(RestoreTest, AnOlderSchemaIsMigrated) {
  const auto old = folder / "old.db";
  {
    auto database = Database::open(old, Database::Mode::create);
    ASSERT_TRUE(migrate(*database, migration_steps().first(3)));
    ASSERT_TRUE(database->run("INSERT INTO hosts (name, domain) VALUES ('app', 'old.example.com')"));
  }
  pack("old.tar.gz", old, 3);
  restore("old.tar.gz");
  EXPECT_EQ(domain(), "old.example.com");
  EXPECT_EQ(number("SELECT max(version) FROM schema_migrations"), schema_version());
}

// ---- refused ---------------------------------------------------------------------------------------------------------------

struct Hostile {
  std::string name, reason;
  std::string make;  // a shell command in a folder with a good argos.db and metadata.json, that leaves bad.tar.gz
};
struct RestoreRefuses : RestoreTest, ::testing::WithParamInterface<Hostile> {};

TEST_P(RestoreRefuses, AndNothingChanges) {
  back_up("good.tar.gz");
  host("app", "now.example.com");
  store->close();
  const auto before = *read_file(places.database);
  reopen();
  fs::create_directories(folder / "make");
  const auto made = shell("cd '" + (folder / "make") + "' && tar xzf ../backups/good.tar.gz && " + GetParam().make +
                          " && mv bad.tar.gz ../backups/");
  ASSERT_EQ(made.status, 0) << made.out;
  restore("bad.tar.gz");
  EXPECT_EQ(condition("LastRestore"), "False " + GetParam().reason);
  const auto refusal = read_refusal(places);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->reason, GetParam().reason) << refusal->message;
  EXPECT_FALSE(wanted());
  EXPECT_FALSE(fs::exists(places.staging()));
  EXPECT_THAT(before_restore_files(places), IsEmpty());
  EXPECT_EQ(domain(), "now.example.com");
  EXPECT_FALSE(fs::exists(folder / "evil"));
  store->close();
  EXPECT_EQ(*read_file(places.database), before);
}

// Packs what lies there, with the metadata that its argos.db wants.
std::string packed(const std::string& first, const std::string& members = "argos.db metadata.json") {
  return first +
         " && h=$(sha256sum argos.db | cut -d' ' -f1) && s=$(stat -c %s argos.db) && sed -E \"s/(\\\"dbSha256\\\": "
         "?\\\")[0-9a-f]*/"
         "\\1$h/; s/(\\\"dbBytes\\\": ?)[0-9]*/\\1$s/\" metadata.json > m && mv m metadata.json && tar czf bad.tar.gz " +
         members;
}

// Put into the schema's table itself, as no statement of SQL would.
std::string smuggled(const std::string& row) {
  return packed("sqlite3 argos.db '.dbconfig defensive off' 'PRAGMA writable_schema=ON' \"INSERT INTO sqlite_schema VALUES (" +
                row + ")\"");
}

INSTANTIATE_TEST_SUITE_P(
    Each, RestoreRefuses,
    ::testing::Values(
        Hostile{"not_gzip", "Corrupt", "head -c 500 /dev/zero > bad.tar.gz"}, Hostile{"empty", "Truncated", ": > bad.tar.gz"},
        Hostile{"truncated", "Truncated", "head -c 3000 ../backups/good.tar.gz > bad.tar.gz"},
        Hostile{"trailing", "TrailingBytes", "(cat ../backups/good.tar.gz; echo more) > bad.tar.gz"},
        Hostile{"traversal", "UnexpectedMember",
                "echo x > evil && tar czf bad.tar.gz -P --transform='s,^evil,../evil,' evil argos.db metadata.json"},
        Hostile{"absolute", "UnexpectedMember",
                "echo x > evil && tar czf bad.tar.gz -P --transform='s,^evil,/tmp/evil,' evil argos.db metadata.json"},
        Hostile{"link", "UnexpectedMember",
                "rm argos.db && ln -s /etc/passwd argos.db && tar czf bad.tar.gz argos.db metadata.json"},
        Hostile{"hard_link", "UnexpectedMember", "ln argos.db two && tar czf bad.tar.gz argos.db two metadata.json"},
        Hostile{"pipe", "UnexpectedMember",
                "mkdir caddy && mkfifo caddy/pipe && tar czf bad.tar.gz argos.db caddy metadata.json"},
        Hostile{"twice", "UnexpectedMember",
                "tar cf bad.tar argos.db metadata.json && tar rf bad.tar argos.db && gzip bad.tar"},
        Hostile{"no_database", "DatabaseMissing", "tar czf bad.tar.gz metadata.json"},
        Hostile{"no_metadata", "MetadataMissing", "tar czf bad.tar.gz argos.db"},
        Hostile{"another_database", "DatabaseDiffers", "printf x >> argos.db && tar czf bad.tar.gz argos.db metadata.json"},
        Hostile{"no_sqlite", "NotADatabase", packed("head -c 20000 /dev/urandom > argos.db")},
        Hostile{"foreign_database", "NotADatabase", packed("rm argos.db && sqlite3 argos.db 'CREATE TABLE t (x)'")},
        Hostile{"damaged", "DatabaseCorrupt",
                packed("p=$(sqlite3 argos.db \"SELECT rootpage FROM sqlite_schema WHERE name = 'hosts'\") && dd if=/dev/zero "
                       "of=argos.db "
                       "bs=4096 seek=$((p - 1)) count=1 conv=notrunc status=none")},
        Hostile{"trigger", "ForeignSchema",
                packed("sqlite3 argos.db 'CREATE TRIGGER t AFTER INSERT ON hosts BEGIN DELETE FROM users; END'")},
        Hostile{"view", "ForeignSchema", packed("sqlite3 argos.db 'CREATE VIEW v AS SELECT 1'")},
        Hostile{"trigger_by_sqlites_name", "ForeignSchema",
                smuggled(
                    "'trigger', 'sqlite_evil', 'hosts', 0, 'CREATE TRIGGER sqlite_evil AFTER INSERT ON hosts BEGIN DELETE FROM "
                    "users; END'")},
        Hostile{"view_by_sqlites_name", "ForeignSchema",
                smuggled("'view', 'sqlite_evil', 'sqlite_evil', 0, 'CREATE VIEW sqlite_evil AS SELECT 1'")},
        Hostile{"less", "ForeignSchema", packed("sqlite3 argos.db 'DROP INDEX changes_of_object'")},
        Hostile{"newer", "SchemaNewer",
                packed("sqlite3 argos.db \"INSERT INTO schema_migrations VALUES (9999, 'later', '')\"")}),
    [](const auto& each) { return each.param.name; });

TEST_F(RestoreTest, WhatSqliteCountsForItsPlansIsNoForeignSchema) {
  sql("ANALYZE");
  back_up("a.tar.gz");
  host("app", "now.example.com");
  restore("a.tar.gz");
  EXPECT_EQ(condition("LastRestore"), "True Restored");
  EXPECT_EQ(domain(), "then.example.com");
}

TEST_F(RestoreTest, AnArchiveThatIsNotTheOneThatWasNamedIsRefused) {
  back_up("a.tar.gz");
  host("app", "now.example.com");
  restore(R"({"id": "1", "archive": "a.tar.gz", "sha256": ")" + std::string(64, '0') +
          R"(", "requestedAt": "", "requestedBy": ""})");
  EXPECT_EQ(condition("LastRestore"), "False ArchiveDiffers");
  EXPECT_EQ(domain(), "now.example.com");
}

TEST_F(RestoreTest, WithTheWrongKeyItIsDoneOnlyIfToldTo) {
  const auto sealed = ring.seal({"User", "bob", "totp"}, "a secret").value();
  sql("INSERT INTO users (name, role, password_hash, totp) VALUES ('bob', 'admin', 'x', '" + sealed + "')");
  back_up("a.tar.gz");
  sql("DELETE FROM users");
  ring = KeyRing(std::string(64, 'b'), {});
  restore("a.tar.gz");
  EXPECT_EQ(condition("LastRestore"), "False WrongMasterKey");
  EXPECT_THAT(read_refusal(places)->hint, HasSubstr("--without-secrets"));
  EXPECT_EQ(number("SELECT count(*) FROM users"), 0);
  ring = KeyRing(std::string(64, 'b'), {std::string(64, 'a')});
  restore("a.tar.gz");
  EXPECT_EQ(number("SELECT count(*) FROM users"), 1);
  ring = KeyRing("", {});
  restore("a.tar.gz");
  EXPECT_EQ(condition("LastRestore"), "False MasterKeyNotConfigured");
  restore(R"({"id": "9", "archive": "a.tar.gz", "requestedAt": "", "requestedBy": "", "withoutSecrets": true})");
  EXPECT_EQ(condition("LastRestore"), "True Restored");
  EXPECT_EQ(text("SELECT totp FROM users"), sealed);
}

TEST_F(RestoreTest, AMarkerThatMakesNoSenseIsRefused) {
  restore("{\"archive\": 7}");
  EXPECT_EQ(condition("LastRestore"), "False MarkerInvalid");
  EXPECT_FALSE(wanted());
}

// ---- foretold --------------------------------------------------------------------------------------------------------------

TEST_F(RestoreTest, APlanSaysWhatWouldChangeAndChangesNothing) {
  host("same", "same.example.com");
  back_up("a.tar.gz");
  host("app", "now.example.com");
  host("later", "later.example.com");
  sql("INSERT INTO users (name, role, password_hash) VALUES ('bob', 'viewer', 'x')");
  JobProgress progress;
  const auto plan = plan_restore(places, {"", "a.tar.gz", {}, "", "", {}}, ring, progress);
  ASSERT_TRUE(plan) << plan.error().text();
  std::vector<std::string> said;
  for (const auto* const list : {&plan->at("objects"), &plan->at("users")}) {
    for (const auto& one : list->as_array())
      said.push_back(std::string(one.at("kind").as_string()) + " " + std::string(one.at("name").as_string()) + " " +
                     std::string(one.at("change").as_string()));
  }
  EXPECT_THAT(said, ::testing::ElementsAre("Host app changed", "Host later removed", "User bob removed"));
  EXPECT_EQ(domain(), "now.example.com");
  for (const auto& entry : fs::directory_iterator(folder.path()))
    EXPECT_THAT(entry.path().string(), ::testing::Not(HasSubstr("plan")));
}

}  // namespace
}  // namespace argos::test
