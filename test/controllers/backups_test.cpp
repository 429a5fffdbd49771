// SPDX-License-Identifier: Apache-2.0
#include "test/controllers/backups_fixture.hpp"

#include "test/support/small_disk.hpp"

namespace argos {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct BackupsTest : test::BackupsFixture {};

TEST_F(BackupsTest, OneThatIsAskedForIsMadeProvenAndOnRecord) {
  const auto id = ask_for("backup", "", {{"note", "before the move"}});
  look();
  const auto made = rows();
  ASSERT_EQ(made.size(), 1U);
  const auto& row = made.front();
  EXPECT_EQ(files(), std::vector{row.filename});
  const auto found = test::untarred(path(row.filename));
  const auto metadata = parse_archive_metadata(found.at("metadata.json")).value();
  EXPECT_EQ(metadata.note, "before the move");
  EXPECT_EQ(row.note, "before the move");
  EXPECT_EQ(metadata.kind, BackupKind::manual);
  EXPECT_EQ(row.kind, BackupKind::manual);
  EXPECT_EQ(row.origin, "local");
  EXPECT_EQ(row.db_sha256, sha256_hex(found.at("argos.db")));
  EXPECT_EQ(row.sha256, sha256_hex(test::bytes_of_file(path(row.filename))));
  EXPECT_EQ(row.size_bytes, static_cast<std::int64_t>(std::filesystem::file_size(path(row.filename))));
  EXPECT_EQ(row.created_at, metadata.created_at);
  EXPECT_EQ(row.master_key_id, ring.current_id());
  EXPECT_EQ(metadata.master_key_id, ring.current_id());
  EXPECT_EQ(metadata.schema_version, schema_version());
  EXPECT_EQ(request(id).state, RequestState::done);
  EXPECT_EQ(request(id).progress.at("archive"), row.filename.c_str());
  EXPECT_EQ(number("SELECT count(*) FROM audit_log WHERE action = 'BackupTaken' AND actor = 'alice'"), 1);
  EXPECT_EQ(condition("Ready"), "True Reconciled");
  EXPECT_EQ(condition("LastBackup"), "True Succeeded");
  EXPECT_EQ(condition("BackingUp"), "False Idle");
  EXPECT_EQ(condition_of({Kind::backup, row.filename}, "Verified"), "True Whole");
  EXPECT_EQ(condition_of({Kind::backup, row.filename}, "Decryptable"), "True NothingSealed");
  EXPECT_EQ(condition_of({Kind::backup, row.filename}, "Ready"), "True Ready");
}

TEST_F(BackupsTest, NoBackupYetIsNoError) {
  look();
  EXPECT_THAT(files(), IsEmpty());
  EXPECT_EQ(condition("Ready"), "True Reconciled");
  EXPECT_EQ(condition("Fresh"), "Unknown NoBackupYet");
}

TEST_F(BackupsTest, TheScheduleIsFollowedInUtcAndOnceForAllThatWasMissed) {
  set_policy(schedule("0 2 * * *"));  // it is midnight
  look();
  later(2h - 1s);
  EXPECT_THAT(rows(), IsEmpty());
  later(1s);
  ASSERT_EQ(rows().size(), 1U);
  EXPECT_EQ(rows().front().kind, BackupKind::scheduled);
  EXPECT_EQ(number("SELECT count(*) FROM audit_log WHERE action = 'BackupTaken' AND origin = 'schedule'"), 1);
  later(1min);
  EXPECT_EQ(rows().size(), 1U);
  later(24h);
  EXPECT_EQ(rows().size(), 2U);
  clock.advance(3 * 24h);  // argos is down
  start();
  look();
  EXPECT_EQ(rows().size(), 3U);
  later(1h);
  EXPECT_EQ(rows().size(), 3U);
}

TEST_F(BackupsTest, AChangedScheduleTakesEffectAtOnce) {
  set_policy(schedule("0 2 * * *"));
  look();
  later(10h);
  ASSERT_EQ(rows().size(), 1U);
  set_policy(schedule("30 10 * * *"));
  look();
  EXPECT_EQ(rows().size(), 1U) << "a new schedule has missed nothing";
  later(30min);
  EXPECT_EQ(rows().size(), 2U);
  auto off = schedule("* * * * *");
  off.enabled = false;
  set_policy(off);
  look();
  later(1h);
  EXPECT_EQ(rows().size(), 2U);
  EXPECT_EQ(condition("Fresh"), "Unknown NotScheduled");
}

TEST_F(BackupsTest, ThePolicySaysThatItIsInForce) {
  set_policy(schedule("0 2 * * *"));
  look();
  const Key key{Kind::backup_policy, "default"};
  EXPECT_EQ(condition_of(key, "Ready"), "True Ready");
  EXPECT_THAT(conditions.find(key, "Programmed")->message, HasSubstr("2026-11-23T02:00"));
  write([](Database& database) { return database.run("UPDATE backup_policies SET schedule = 'sometimes'"); });
  look();
  EXPECT_EQ(condition_of(key, "Ready"), "False Invalid");
  EXPECT_THAT(conditions.find(key, "Accepted")->message, HasSubstr("sometimes"));
  EXPECT_EQ(condition("RetentionApplied"), "False PolicyInvalid");
  later(2h);
  EXPECT_EQ(rows().size(), 1U) << "the last good one stays in force";
}

TEST_F(BackupsTest, ArchivesThatAppearAreTakenIn) {
  put_archive("2026-11-20T02:00:00.000Z", BackupKind::pre_upgrade);
  std::ofstream(path("broken.tar.gz")) << "no archive";
  std::ofstream(path("notes.txt")) << "not looked at";
  look();
  const auto found = rows();
  ASSERT_EQ(found.size(), 2U);
  for (const auto& row : found) {
    EXPECT_EQ(row.origin, "adopted");
    const bool broken = row.filename == "broken.tar.gz";
    EXPECT_EQ(row.kind, broken ? BackupKind::orphan : BackupKind::pre_upgrade);
    EXPECT_EQ(condition_of({Kind::backup, row.filename}, "Verified"), broken ? "False Corrupt" : "True Whole");
  }
  EXPECT_EQ(audited("BackupAdopted"), 2);
  EXPECT_EQ(condition("Ready"), "True Reconciled") << "an archive in trouble is its own trouble";
}

TEST_F(BackupsTest, ANoteThatSomebodyWroteByHandIsNoReasonToFail) {
  const auto id = ask_for("backup", "", {{"note", std::string(5000, 'n')}});
  look();
  EXPECT_EQ(request(id).state, RequestState::done);
  EXPECT_THAT(rows().front().note, HasSubstr("nnnn"));
}

TEST_F(BackupsTest, ARowGoesWithItsFile) {
  put_archive("2026-11-20T02:00:00.000Z");
  look();
  const auto name = rows().front().filename;
  std::filesystem::remove(path(name));
  look();
  EXPECT_THAT(rows(), IsEmpty());
  EXPECT_EQ(audited("BackupGone"), 1);
  EXPECT_TRUE(conditions.of({Kind::backup, name}).empty());
}

TEST_F(BackupsTest, LeftoversOfDeadRunsAreRemoved) {
  std::ofstream(path(".argos-backup-20261101-000000.tar.gz.partial")) << "x";
  std::ofstream(folder / "argos.db.snapshot") << "x";
  look();
  EXPECT_THAT(files(), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(folder / "argos.db.snapshot"));
}

TEST_F(BackupsTest, OldOnesAreReadAgainAndRotIsFound) {
  put_archive("2026-11-20T02:00:00.000Z");
  look();
  const auto name = rows().front().filename;
  const auto before = std::filesystem::last_write_time(path(name));
  auto bytes = test::bytes_of_file(path(name));
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 4);
  std::ofstream(path(name), std::ios::binary) << bytes;
  std::filesystem::last_write_time(path(name), before);
  later(23h);
  EXPECT_EQ(condition_of({Kind::backup, name}, "Verified"), "True Whole");
  later(2h);
  EXPECT_EQ(condition_of({Kind::backup, name}, "Verified").substr(0, 6), "False ");
  EXPECT_EQ(audited("BackupDamaged"), 1);
}

TEST_F(BackupsTest, VerifyReadsOneOrAll) {
  put_archive("2026-11-20T02:00:00.000Z");
  put_archive("2026-11-21T02:00:00.000Z");
  look();
  const auto name = rows().front().filename;
  const auto before = std::filesystem::last_write_time(path(name));
  auto bytes = test::bytes_of_file(path(name));
  bytes[4] = 1;  // the time in gzip's header: nothing within tells
  std::ofstream(path(name), std::ios::binary) << bytes;
  std::filesystem::last_write_time(path(name), before);
  const auto good = ask_for("verify", rows().back().filename);
  const auto all = ask_for("verify");
  const auto none = ask_for("verify", "nothing.tar.gz");
  look();
  EXPECT_EQ(request(good).state, RequestState::done);
  EXPECT_EQ(request(all).state, RequestState::failed);
  EXPECT_EQ(request(all).reason, "Damaged");
  EXPECT_THAT(request(all).message, HasSubstr(name + ": ContentChanged"));
  EXPECT_EQ(request(none).reason, "NotFound");
}

TEST_F(BackupsTest, WhatThePolicyLetsGoGoesAndTheNewestGoodOneStays) {
  for (const auto* const day : {"09", "10", "11", "20", "21", "22"})
    put_archive(std::string("2026-11-") + day + "T02:00:00.000Z");
  put_archive("2026-10-01T02:00:00.000Z", BackupKind::manual);
  look();
  EXPECT_EQ(rows().size(), 7U) << "all but the manual one are younger than 14 days";
  auto policy = schedule("0 2 * * *");
  policy.retention.days = 7;
  set_policy(policy);
  look();
  EXPECT_EQ(files().size(), 7U) << "somebody has just brought them, perhaps to restore one";
  a_day_passes();
  look();
  EXPECT_EQ(files().size(), 4U);
  EXPECT_EQ(rows().size(), 4U);
  EXPECT_EQ(audited("BackupExpired"), 3);
  const auto asked = ask_for("prune");
  look();
  EXPECT_EQ(request(asked).message, "0 deleted, 4 kept");
}

TEST_F(BackupsTest, AnArchiveFromTheFutureHoldsRetention) {
  for (const auto* const day : {"01", "02", "03", "04", "05", "22"})
    put_archive(std::string("2026-11-") + day + "T02:00:00.000Z");
  put_archive("2036-11-01T02:00:00.000Z");
  auto policy = schedule("0 2 * * *");
  policy.retention.days = 1;
  set_policy(policy);
  look();
  EXPECT_EQ(files().size(), 7U);
  EXPECT_EQ(condition("RetentionApplied"), "False Held");
  const auto asked = ask_for("prune");
  look();
  EXPECT_EQ(request(asked).reason, "RetentionHeld");
}

TEST_F(BackupsTest, AClockThatLeapsDeletesNothingForADay) {
  for (const auto* const day : {"17", "18", "19", "20", "21", "22"})
    put_archive(std::string("2026-11-") + day + "T02:00:00.000Z");
  auto policy = schedule("0 2 31 12 *");
  policy.retention.days = 7;
  set_policy(policy);
  look();
  a_day_passes();
  clock.leap(24h * 20);
  look();
  EXPECT_EQ(condition("RetentionApplied"), "False ClockLeapt");
  policy.retention.days = 1;
  set_policy(policy);
  look();
  EXPECT_EQ(files().size(), 6U);
  later(25h);
  EXPECT_EQ(files().size(), 3U);
  EXPECT_EQ(condition("RetentionApplied"), "True Applied");
}

TEST_F(BackupsTest, OverdueIsSaid) {
  set_policy(schedule("0 2 * * *"));
  put_archive("2026-11-22T12:00:00.000Z");
  look();
  EXPECT_EQ(condition("Fresh"), "True AsPromised");
  std::filesystem::remove_all(folder / "backups");
  std::ofstream(folder / "backups") << "no folder";  // nothing can be made
  later(4h);
  EXPECT_EQ(condition("Ready").substr(0, 6), "False ");
}

TEST_F(BackupsTest, AFullDiskIsSaidAndLeavesNothingAndIsTriedAgain) {
  const test::SmallDisk disk(folder / "backups", 8);
  if (!disk.mounted()) GTEST_SKIP() << "only root can have a small disk";
  set_policy(schedule("0 2 * * *"));
  look();
  clock.advance(2h);
  controller->mark(controller->key(), "test", Span{});
  test::run(context, controller->step());
  EXPECT_EQ(condition("Ready"), "False NoSpace");
  EXPECT_EQ(condition("LastBackup"), "False NoSpace");
  EXPECT_THAT(files(), IsEmpty());
  disk.grow(4000);
  later(10min);
  EXPECT_EQ(rows().size(), 1U);
  EXPECT_EQ(condition("Ready"), "True Reconciled");
}

// The clock stands still: no back-off ends.
TEST_F(BackupsTest, WhoAsksDoesNotWaitForWhatFailed) {
  set_policy(schedule("0 2 * * *"));
  look();
  const test::SmallDisk disk(folder / "backups", 8);
  if (!disk.mounted()) GTEST_SKIP() << "only root can have a small disk";
  clock.advance(2h);
  for (int failed = 0; failed < 4; ++failed) {
    controller->mark(controller->key(), "test", Span{});
    test::run(context, controller->step());
    ASSERT_EQ(condition("Ready"), "False NoSpace");
  }
  store->watch(Kind::request, [&](const Key&, std::string_view why) { controller->mark(controller->key(), why); });
  const auto first = ask_for("backup"), second = ask_for("backup"), prune = ask_for("prune");
  test::settle(context, *controller);
  EXPECT_EQ(request(first).reason, "NoSpace");
  EXPECT_EQ(request(second).reason, "NoSpace") << "nor for the one before it";
  EXPECT_EQ(request(prune).state, RequestState::done) << "it may be what makes room";
  EXPECT_EQ(condition("Ready"), "False NoSpace") << "what the schedule wants is still owed";
  disk.grow(4000);
  const auto third = ask_for("backup");
  test::settle(context, *controller);
  EXPECT_EQ(request(third).state, RequestState::done);
}

TEST_F(BackupsTest, CaddysDataIsAPartOfIts) {
  folder.write("caddy/acme/account.json", "{}");
  ask_for("backup");
  look();
  EXPECT_EQ(condition("CaddyDataCaptured"), "True Captured");
  EXPECT_EQ(rows().front().caddy_files, 1);
  auto without = schedule("0 2 * * *");
  without.include_caddy_data = false;
  set_policy(without);
  clock.advance(1s);
  ask_for("backup");
  look();
  EXPECT_EQ(rows().front().caddy_files, 0);
  EXPECT_EQ(condition("CaddyDataCaptured"), "Unknown NotWanted");
}

TEST_F(BackupsTest, HowManyOfCaddysFilesAreLeftOutIsCountedBeyondThoseThatAreNamed) {
  folder.write("caddy/acme/account.json", "{}");
  for (int number = 0; number < 250; ++number)
    std::filesystem::create_symlink("elsewhere", folder / ("caddy/link" + std::to_string(number)));
  ask_for("backup");
  look();
  EXPECT_EQ(rows().front().caddy_skipped.size(), 100U);
  EXPECT_EQ(rows().front().caddy_left_out, 250);
  EXPECT_EQ(condition("CaddyDataCaptured"), "False NotAFile");
  EXPECT_THAT(conditions.find(controller->key(), "CaddyDataCaptured")->message, HasSubstr("1 of 251 of Caddy's files"));
}

// From another argos, with a key of its own.
TEST_F(BackupsTest, WhatLiesSealedInAnArchiveThatCameIsReallyOpened) {
  const KeyRing theirs{std::string(64, '3'), {}};
  std::filesystem::create_directories(folder / "elsewhere");
  auto other = test::ready_store(folder / "elsewhere/argos.db");
  ASSERT_TRUE(seal_key(*other, theirs, "app"));
  ASSERT_TRUE(seal_key(*other, ring, "api"));
  auto job = archive_job({folder / "elsewhere/argos.db", folder / "backups", "", {}}, BackupKind::manual, ring.current_id(),
                         clock.wall());
  job.name = free_archive_name(job.folder, clock.wall());
  JobProgress progress;
  ASSERT_TRUE(write_archive(job, progress));
  look();
  const Key archive{Kind::backup, job.name};
  EXPECT_EQ(condition_of(archive, "Verified"), "True Whole");
  EXPECT_EQ(condition_of(archive, "Decryptable"), "False MasterKeyUnknown") << "though its metadata names a key that is known";
  EXPECT_THAT(conditions.find(archive, "Decryptable")->message, HasSubstr(theirs.current_id()));
  ring = KeyRing(std::string(64, '1'), {std::string(64, '3')});
  start();
  look();
  EXPECT_EQ(condition_of(archive, "Decryptable"), "True SecretsOpen");
  EXPECT_FALSE(std::filesystem::exists(folder / "argos.db.trial"));
}

TEST_F(BackupsTest, ASecretThatItsOwnKeyDoesNotOpenIsSaid) {
  ASSERT_TRUE(seal_key(*store, ring, "app"));
  ASSERT_TRUE(seal_key(*store, ring, "api", "somebody else's"));
  ask_for("backup");
  look();
  const auto name = rows().front().filename;
  EXPECT_EQ(condition_of({Kind::backup, name}, "Verified"), "True Whole");
  EXPECT_EQ(condition_of({Kind::backup, name}, "Decryptable"), "False BrokenEnvelope");
  EXPECT_THAT(conditions.find({Kind::backup, name}, "Decryptable")->message, HasSubstr("1 of 2"));
}

TEST_F(BackupsTest, WhatCannotBeTriedIsUnknownAndTriedAgainWhenItIsReadAgain) {
  put_archive("2026-11-20T02:00:00.000Z");  // what is in it is no database
  look();
  const Key archive{Kind::backup, rows().front().filename};
  EXPECT_EQ(condition_of(archive, "Decryptable"), "Unknown NotADatabase");
  write([](Database& database) { return database.run("UPDATE backups SET secrets_outcome = 'NoSpace'"); });
  look();
  EXPECT_EQ(condition_of(archive, "Decryptable"), "Unknown NoSpace");
  later(25h);
  EXPECT_EQ(condition_of(archive, "Decryptable"), "Unknown NotADatabase");
}

// Half a gibibyte of zeros: long enough that the next look at who waits comes in the middle of it.
struct BackupsLongRead : BackupsTest {
  BackupsLongRead() { test::make_bomb(path("a-bomb.tar.gz"), 512U << 20U); }
};

TEST_F(BackupsLongRead, ABackupThatIsAskedForDoesNotWaitForAnArchiveThatIsTakenIn) {
  controller->mark(controller->key(), "test", Span{});
  step_and_meanwhile([&] { ask_for("backup"); });
  EXPECT_THAT(audit_trail(), IsEmpty()) << "it is put off";
  test::run(context, controller->step());
  EXPECT_THAT(audit_trail(), ElementsAre(HasSubstr("BackupTaken")));
}

TEST_F(BackupsLongRead, OneThatTakesLongLetsOthersGoFirst) {
  controller->mark(controller->key(), "test", Span{});
  step_and_meanwhile([&] {
    put_archive("2026-11-20T02:00:00.000Z");
    clock.advance(Backups::kFirstSlice + 1s);
  });
  look();
  EXPECT_THAT(audit_trail(), ElementsAre("BackupAdopted argos-backup-20261120-020000.tar.gz", "BackupAdopted a-bomb.tar.gz"));
}

TEST_F(BackupsTest, AnArchiveUnderAnotherKeySaysSo) {
  ASSERT_TRUE(seal_key(*store, ring, "app"));
  ask_for("backup");
  look();
  const auto name = rows().front().filename;
  EXPECT_EQ(condition_of({Kind::backup, name}, "Decryptable"), "True SecretsOpen");
  ring = KeyRing(std::string(64, '2'), {});
  start();
  look();
  EXPECT_EQ(condition_of({Kind::backup, name}, "Decryptable"), "False MasterKeyUnknown");
  EXPECT_EQ(condition_of({Kind::backup, name}, "Ready"), "False MasterKeyUnknown");
  ring = KeyRing(std::string(64, '2'), {std::string(64, '1')});
  start();
  look();
  EXPECT_EQ(condition_of({Kind::backup, name}, "Ready"), "True Ready");
}

// Killed between the archive's name and its row: the request has been answered by it, and no second one is made.
TEST_F(BackupsTest, WhatAKilledRunHadFinishedIsItsOwn) {
  const auto id = ask_for("backup");
  write([&](Database& database) -> Result<> {
    if (auto taken = take(database, id, {{"createdAt", "2026-11-22T23:59:00.000Z"}}); !taken) return taken;
    return database.run("REPLACE INTO remembered VALUES ('backups/making', '2026-11-22T23:59:00.000Z')");
  });
  put_archive("2026-11-22T23:59:00.000Z", BackupKind::manual);
  look();
  ASSERT_EQ(rows().size(), 1U);
  EXPECT_EQ(rows().front().origin, "local");
  EXPECT_EQ(request(id).state, RequestState::done);
  EXPECT_EQ(number("SELECT count(*) FROM remembered WHERE key = 'backups/making'"), 0);
}

TEST_F(BackupsTest, AStopEndsWhatIsInHandAndItIsTakenUpAgain) {
  leaving = true;
  const auto id = ask_for("backup");
  look();
  EXPECT_THAT(files(), IsEmpty());
  EXPECT_EQ(request(id).state, RequestState::pending);
  leaving = false;
  start();
  look();
  EXPECT_EQ(request(id).state, RequestState::done);
}

TEST_F(BackupsTest, ARestoreEndsWhatIsInHandAndItIsTakenUpAfterwards) {
  const Key restore{Kind::controller, "restore"};
  bool begun = false;
  conditions.listen([&](const Key&, const Condition& one) {
    if (one.type != "BackingUp" || one.status != Status::yes || begun) return;
    begun = true;
    conditions.set(restore, {"Restoring", Status::yes, "Working", "", 0, {}});
  });
  const auto id = ask_for("backup");
  look();
  EXPECT_TRUE(begun);
  EXPECT_THAT(files(), IsEmpty());
  EXPECT_NE(request(id).state, RequestState::done);
  conditions.set(restore, {"Restoring", Status::no, "Idle", "", 0, {}});
  look();
  EXPECT_EQ(request(id).state, RequestState::done);
}

TEST_F(BackupsTest, ADamagedDatabaseGetsNoArchive) {
  write([](Database& database) -> Result<> {
    if (auto off = database.run("PRAGMA defer_foreign_keys=ON"); !off) return off;
    return {};
  });
  ASSERT_TRUE(store->unguarded([](Database& database) {
    return database.script(
        "PRAGMA foreign_keys=OFF; CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (a REFERENCES a (id));"
        "INSERT INTO b VALUES (7); PRAGMA foreign_keys=ON;");
  }));
  const auto id = ask_for("backup");
  look();
  EXPECT_EQ(request(id).reason, "SnapshotUnsound");
  EXPECT_THAT(files(), IsEmpty());
}

// Sound to SQLite, and no database that this argos could work with.
TEST_F(BackupsTest, ASchemaThatIsNotKnownGetsNoArchive) {
  ASSERT_TRUE(store->unguarded(
      [](Database& database) { return database.run("INSERT INTO schema_migrations VALUES (999, 'later', 'soon')"); }));
  const auto id = ask_for("backup");
  look();
  EXPECT_EQ(request(id).reason, "SchemaNewer");
  EXPECT_THAT(files(), IsEmpty());
}

TEST_F(BackupsTest, WhatNoConfigurationCanBeMadeOfGetsNoArchive) {
  ASSERT_TRUE(store->unguarded([](Database& database) { return database.script("DROP TABLE target_groups"); }));
  const auto id = ask_for("backup");
  look();
  EXPECT_EQ(request(id).state, RequestState::failed);
  EXPECT_THAT(request(id).message, HasSubstr("target_groups"));
  EXPECT_THAT(files(), IsEmpty());
}

TEST_F(BackupsTest, NothingIsWrittenWhereAllIsWell) {
  ask_for("backup");
  look();
  const auto version = number("PRAGMA data_version"), changes = number("SELECT max(seq) FROM changes");
  look();
  look();
  EXPECT_EQ(number("PRAGMA data_version"), version);
  EXPECT_EQ(number("SELECT max(seq) FROM changes"), changes);
}

TEST_F(BackupsTest, TheArchiveFromBeforeAnUpgradeIsOnRecord) {
  BackupPlaces places{folder / "argos.db", folder / "backups", "", {}};
  const auto before = backup_before_upgrade(places, ring.current_id(), clock, made_before);
  ASSERT_TRUE(before(8, 9));
  look();
  ASSERT_EQ(rows().size(), 1U);
  EXPECT_EQ(rows().front().kind, BackupKind::pre_upgrade);
  EXPECT_EQ(rows().front().origin, "local");
  EXPECT_EQ(rows().front().note, "before schema 8 -> 9");
}

const WallTime kMonday = parse_rfc3339("2026-11-23T00:00:00Z").value();

TEST(BackupSchedule, AClockSetBackAnHourNeitherRepeatsNorSkips) {
  BackupPolicy hourly;
  hourly.schedule = "0 * * * *";
  FollowedSchedule followed{"0 * * * *", kMonday + 5h + 5s};
  const auto back = judge_schedule(hourly, followed, kMonday + 4h + 10s);
  EXPECT_FALSE(back.due);
  EXPECT_FALSE(back.follow);
  EXPECT_FALSE(judge_schedule(hourly, followed, kMonday + 5h + 59min).due);
  EXPECT_TRUE(judge_schedule(hourly, followed, kMonday + 6h).due);
  const auto far = judge_schedule(hourly, followed, kMonday - 24h * 30);
  ASSERT_TRUE(far.follow) << "nobody waits a month for a clock";
  EXPECT_EQ(far.follow->since, kMonday - 24h * 30);
  EXPECT_FALSE(far.due);
}

TEST(BackupSchedule, WhatIsRememberedComesBack) {
  const FollowedSchedule followed{"0 2 * * *", kMonday};
  const auto back = FollowedSchedule::read(followed.to_json());
  EXPECT_EQ(back.schedule, followed.schedule);
  EXPECT_EQ(back.since, followed.since);
  for (const auto* const text : {"", "{}", "[]", R"({"schedule": 1, "since": "x"})"})
    EXPECT_EQ(FollowedSchedule::read(text).schedule, "") << text;
}

TEST(BackupSchedule, FreshnessFollowsTheSchedule) {
  BackupPolicy policy;
  BackupRow row;
  row.filename = "a";
  row.created_at = "2026-11-23T02:00:05.000Z";
  row.verified = "True";
  const FollowedSchedule followed{policy.schedule, kMonday};
  EXPECT_EQ(judge_freshness(policy, {row}, followed, kMonday + 26h).status, Status::yes);
  EXPECT_EQ(judge_freshness(policy, {row}, followed, kMonday + 28h).reason, "Overdue");
  row.verified = "False";
  EXPECT_EQ(judge_freshness(policy, {row}, followed, kMonday + 2h).reason, "NoBackupYet");
  EXPECT_EQ(judge_freshness(policy, {row}, followed, kMonday + 4h).reason, "Overdue");
}

}  // namespace
}  // namespace argos
