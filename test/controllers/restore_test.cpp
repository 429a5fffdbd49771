// SPDX-License-Identifier: Apache-2.0
// A restore in a real data folder: what comes back, what stays, and that nothing changes where anything is wrong.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "test/controllers/restore_fixture.hpp"

namespace argos::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

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
  EXPECT_EQ(condition("LastRestore"), "True RestoredBefore");
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

// Who looks closes the store, and everybody looks at everything when it is open again.
TEST_F(RestoreTest, WhileTheDatabaseIsInUseItIsLookedAtNowAndThen) {
  back_up("a.tar.gz");
  auto shell = Database::open(places.database, Database::Mode::read_write).value();
  ASSERT_TRUE(shell.number("SELECT count(*) FROM hosts"));
  int tries = 0;
  store->watch(Kind::host, [&](const Key&, std::string_view) { ++tries; });
  want("a.tar.gz");
  for (int asked = 0; asked < 10; ++asked) {
    controller->mark(controller->key(), "test");
    clock.advance(std::chrono::milliseconds(10));
    run(context, controller->step());
  }
  EXPECT_EQ(tries, 1);
  EXPECT_EQ(condition("Ready"), "False DatabaseInUse");
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

// "Host app changed, then as its manifest says"
std::vector<std::string> changes_in(const boost::json::object& plan) {
  std::vector<std::string> out;
  for (const auto* const list : {&plan.at("objects"), &plan.at("users")}) {
    for (const auto& one : list->as_array())
      out.push_back(std::string(one.at("kind").as_string()) + " " + std::string(one.at("name").as_string()) + " " +
                    std::string(one.at("change").as_string()) +
                    (one.at("manifest").as_bool() ? ", then as its manifest says" : ""));
  }
  return out;
}

TEST_F(RestoreTest, APlanSaysWhatWouldChangeAndChangesNothing) {
  host("same", "same.example.com");
  host("gone", "gone.example.com");
  host("filed", "then.filed.example.com");
  back_up("a.tar.gz");
  host("app", "now.example.com");
  host("later", "later.example.com");
  sql("DELETE FROM hosts WHERE name = 'gone';"
      "UPDATE hosts SET domain = 'filed.example.com', managed_by = 'manifest', owner = 'hosts.yaml' WHERE name = 'filed';"
      "INSERT INTO users (name, role, password_hash, totp) VALUES ('bob', 'viewer', 'x', '');"
      "INSERT INTO sessions (id, token_hash, user, created_at, used_at, confirmed_at) VALUES ('1', 'later', 'bob', 1, 1, 1)");
  JobProgress progress;
  const auto plan = plan_restore(places, {"", "a.tar.gz", {}, "", "", {}}, ring, progress);
  ASSERT_TRUE(plan) << plan.error().text();
  EXPECT_THAT(changes_in(*plan), ::testing::ElementsAre("Host app changed", "Host filed changed, then as its manifest says",
                                                        "Host gone added", "Host later removed", "User bob removed"));
  EXPECT_EQ(plan->at("schema"), (boost::json::value{{"from", schema_version()}, {"to", schema_version()}}));
  EXPECT_EQ(plan->at("keys"), "nothing sealed");
  EXPECT_EQ(plan->at("sessionsEnded"), 1);
  EXPECT_EQ(domain(), "now.example.com");
  for (const auto& entry : fs::directory_iterator(folder.path()))
    EXPECT_THAT(entry.path().string(), ::testing::Not(HasSubstr("plan")));
}

TEST_F(RestoreTest, WhatAPlanOfAKilledRunLeftGoesAndOneThatIsBeingMadeStays) {
  fs::create_directories(places.database + ".restore-plan-killed/staging");
  fs::create_directories(places.database + ".restore-plan-inhand/staging");
  const File used(::open((places.database + ".restore-plan-inhand").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  ASSERT_EQ(::flock(used.get(), LOCK_EX), 0);
  reopen();  // argos starts
  EXPECT_FALSE(fs::exists(places.database + ".restore-plan-killed"));
  EXPECT_TRUE(fs::exists(places.database + ".restore-plan-inhand"));
}

}  // namespace
}  // namespace argos::test
