// SPDX-License-Identifier: Apache-2.0
// What of the database that is replaced is in the one that takes its place.
#include "test/controllers/restore_fixture.hpp"

namespace argos::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

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

// Each entry is there once, and under its number, whichever way it came.
TEST_F(RestoreTest, HowOftenSomethingIsRestoredAndTakenBackTheLogHasEachEntryOnce) {
  back_up("a.tar.gz");
  host("app", "now.example.com");
  sql("INSERT INTO audit_log (actor, action) VALUES ('alice', 'SomethingLater')");
  const auto id = number("SELECT id FROM audit_log WHERE action = 'SomethingLater'");
  const auto seq = number("SELECT seq FROM changes WHERE after ->> '$.domain' = 'now.example.com' AND actor = 'alice'");
  for (int round = 0; round < 3; ++round) {
    clock.advance(std::chrono::seconds(1));
    restore("a.tar.gz");
    clock.advance(std::chrono::seconds(1));
    restore(before_restore_files(places).front());
    EXPECT_EQ(domain(), "now.example.com");
    EXPECT_EQ(number("SELECT sum(id) FROM audit_log WHERE action = 'SomethingLater'"), id);
    EXPECT_EQ(number("SELECT sum(seq) FROM changes WHERE after ->> '$.domain' = 'now.example.com' AND actor = 'alice'"), seq);
    EXPECT_EQ(number("SELECT count(*) FROM audit_log WHERE action = 'Restored'"), 2 * (round + 1));
    EXPECT_EQ(number("SELECT count(*) FROM changes WHERE origin LIKE '%before the restore%before the restore%'"), 0);
  }
}

// An archive of another argos: its numbers say nothing of the order.
TEST_F(RestoreTest, WhereNumbersMeanOthersTheTimeSaysWhatIsNewer) {
  const auto other = folder / "other.db";
  {
    const auto elsewhere = ready_store(other);
    ASSERT_TRUE(elsewhere->write(Actor{"bob", ""}, [](Database& database) {
      return database.script(
          "INSERT INTO hosts (name, domain) VALUES ('app', 'theirs.example.com');"
          "UPDATE changes SET at = '2026-11-22T00:00:00.000Z'; UPDATE audit_log SET at = '2026-11-22T00:00:00.000Z';"
          "INSERT INTO audit_log (at, actor, action) VALUES ('2026-11-22T00:00:00.000Z', 'bob', 'Theirs')");
    }));
  }
  sql("INSERT INTO audit_log (at, actor, action) VALUES ('2026-11-20T00:00:00.000Z', 'alice', 'Older'),"
      " ('2026-11-24T00:00:00.000Z', 'alice', 'Newer')");
  pack("a.tar.gz", other, schema_version());
  restore("a.tar.gz");
  EXPECT_EQ(domain(), "theirs.example.com");
  EXPECT_EQ(text("SELECT group_concat(action) FROM (SELECT * FROM audit_log WHERE actor IN ('alice', 'bob') ORDER BY id)"),
            "Theirs,Newer");
}

// What takes long is done before the swap, which adds what was written since.
TEST_F(RestoreTest, TheLogIsCarriedOverAheadOfTheSwapAndWhatIsWrittenMeanwhileInIt) {
  back_up("a.tar.gz");
  sql("INSERT INTO audit_log (actor, action) VALUES ('alice', 'Before')");
  JobProgress progress;
  const RestoreMarker marker{"1", "a.tar.gz", {}, "", "", {}};
  auto staged = stage({places, marker, places.staged(), true}, ring, progress).value();
  ASSERT_TRUE(prepare_swap(places, marker, staged, progress));
  EXPECT_EQ(progress.phase, JobPhase::carrying);
  const auto in_staging = [&] {
    return open_staged(places.staged())
        ->number("SELECT count(*) FROM audit_log WHERE actor = 'alice' AND action = 'Before'")
        .value();
  };
  EXPECT_EQ(in_staging(), 1);
  sql("INSERT INTO audit_log (actor, action) VALUES ('alice', 'Meanwhile')");
  ASSERT_TRUE(prepare_swap(places, marker, staged, progress));
  EXPECT_EQ(in_staging(), 1);
  sql("INSERT INTO audit_log (actor, action) VALUES ('alice', 'AtLast')");
  store->close();
  ASSERT_TRUE(swap_in(places, marker, staged, clock.wall()));
  reopen();
  EXPECT_EQ(text("SELECT group_concat(action) FROM (SELECT * FROM audit_log WHERE actor = 'alice' ORDER BY id)"),
            "Before,Meanwhile,AtLast");
}

TEST_F(RestoreTest, RecoveryCodesThatWereReplacedSinceStayReplaced) {
  sql("INSERT INTO users (name, role, password_hash, totp) VALUES ('alice', 'admin', 'x', 'y'), ('bob', 'admin', 'x', 'y');"
      "INSERT INTO recovery_codes (user, code_hash) VALUES ('alice', 'former'), ('bob', 'own')");
  back_up("a.tar.gz");
  sql("DELETE FROM recovery_codes WHERE user = 'alice';"
      "INSERT INTO recovery_codes (user, code_hash) VALUES ('alice', 'new'), ('later', 'x')");
  restore("a.tar.gz");
  EXPECT_EQ(text("SELECT group_concat(user || ' ' || code_hash) FROM (SELECT * FROM recovery_codes ORDER BY user)"),
            "alice new,bob own");
}

TEST_F(RestoreTest, WhoWantedItIsInTheAuditLogOnce) {
  back_up("a.tar.gz");
  auto shell = std::make_optional(Database::open(places.database, Database::Mode::read_write).value());
  ASSERT_TRUE(shell->number("SELECT count(*) FROM hosts"));  // so that it is not done at once
  want(R"({"id": "7", "archive": "a.tar.gz", "requestedAt": "2026-11-23T00:00:00Z", "requestedBy": "alice"})");
  for (int boot = 0; boot < 2; ++boot) {
    reopen();
    controller->mark(controller->key(), "test");
    for (int steps = 0; steps < 3; ++steps) run(context, controller->step());
    EXPECT_EQ(condition("Ready"), "False DatabaseInUse");
  }
  shell.reset();
  reopen();
  settle_all();
  EXPECT_EQ(
      text("SELECT group_concat(actor || ' ' || action) FROM (SELECT * FROM audit_log WHERE kind = 'Backup' ORDER BY id)"),
      "alice RestoreRequested,alice Restored");
}

// ---- sealed ----------------------------------------------------------------------------------------------------------------

TEST_F(RestoreTest, WhatAFormerKeySealedIsUnderTheOneOfNowWhenItTakesItsPlace) {
  const SecretName name{"User", "bob", "totp"};
  sql("INSERT INTO users (name, role, password_hash, totp) VALUES ('bob', 'admin', 'x', '" +
      ring.seal(name, "a secret").value() + "')");
  back_up("a.tar.gz");
  ring = KeyRing(std::string(64, 'b'), {std::string(64, 'a')});
  const auto entries = number("SELECT count(*) FROM audit_log");
  restore("a.tar.gz");
  const auto envelope = text("SELECT totp FROM users");
  EXPECT_EQ(key_id_of(envelope).value_or(""), ring.current_id());
  EXPECT_EQ(ring.open(name, envelope)->text(), "a secret");
  EXPECT_EQ(number("SELECT count(*) FROM audit_log WHERE action NOT IN ('RestoreRequested', 'Restored')"), entries);
  EXPECT_EQ(number("SELECT count(*) FROM acting"), 0);
}

// ---- of a database that cannot be read -------------------------------------------------------------------------------------

TEST_F(RestoreTest, WhereNothingCouldBeCarriedOverItIsSaid) {
  back_up("a.tar.gz");
  store.reset();
  folder.write("argos.db", std::string(8192, 'x'));
  store = std::make_unique<Store>(places.database);
  controller = std::make_unique<Controller>(
      std::make_unique<Restore>(*store, conditions, reports, clock, ring, Restore::Options{places}), conditions, clock);
  restore("a.tar.gz");
  EXPECT_EQ(condition("LastRestore"), "True NothingCarriedOver");
  EXPECT_THAT(conditions.find(controller->key(), "LastRestore")->message,
              HasSubstr("the database that was replaced cannot be read"));
  EXPECT_EQ(text("SELECT detail ->> '$.notCarried' FROM audit_log WHERE action = 'Restored'"),
            "the database that was replaced cannot be read");
}

TEST_F(RestoreTest, OneWhoseLogIsDamagedIsReplacedAllTheSame) {
  back_up("a.tar.gz");
  host("app", "now.example.com");
  for (int at = 0; at < 300; ++at)
    sql("INSERT INTO audit_log (actor, action) VALUES ('alice', '" + std::string(200, 'x') + "')");
  const auto page = number("SELECT rootpage FROM sqlite_schema WHERE name = 'audit_log'");
  store.reset();
  ASSERT_EQ(shell("sqlite3 '" + places.database + "' 'PRAGMA wal_checkpoint(TRUNCATE)' && dd if=/dev/zero of='" +
                  places.database + "' bs=4096 seek=" + std::to_string(page - 1) + " count=1 conv=notrunc status=none")
                .status,
            0);
  reopen();
  restore("a.tar.gz");
  EXPECT_EQ(condition("LastRestore"), "True NothingCarriedOver");
  EXPECT_EQ(domain(), "then.example.com");
  EXPECT_EQ(text("SELECT detail ->> '$.notCarried' FROM audit_log WHERE action = 'Restored'"),
            "the database that was replaced cannot be read");
}

}  // namespace
}  // namespace argos::test
