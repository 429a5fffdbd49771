// SPDX-License-Identifier: Apache-2.0
// What keeps an argos: its .env, its schema and the way back, its volumes.
#include <sys/stat.h>

#include <boost/json.hpp>

#include "runtime/backup_rows.hpp"
#include "runtime/lock.hpp"
#include "runtime/restore_files.hpp"
#include "test/cli/child.hpp"

namespace argos::test {
namespace {

using ::testing::HasSubstr;

struct KeepingTest : ::testing::Test {
  Ran argos(std::vector<std::string> arguments) {
    return run({std::move(arguments), {{"ARGOS_DATA_DIR", folder.path().string()}}, "", folder.path().string()});
  }
  void hold(const std::string& name, BackupKind kind, const std::string& created, const std::string& verified = "True") {
    BackupRow row;
    row.filename = name;
    row.kind = kind;
    row.created_at = created;
    row.verified = verified;
    row.sha256 = std::string(64, 'a');
    const auto store = ready_store(folder / "argos.db");
    ASSERT_TRUE(store->write([&](Database& database) { return put_backup(database, row); }));
  }

  TempFolder folder;
};

TEST_F(KeepingTest, InitMakesSecretsOnceAndForTheOwnerAlone) {
  const auto made = argos({"init"});
  EXPECT_EQ(made.status, 0) << made.err;
  const auto text = *read_file(folder / ".env");
  EXPECT_THAT(text, ::testing::ContainsRegex("ARGOS_MASTER_KEY=[0-9a-f]{64}\n"));
  EXPECT_THAT(text, ::testing::ContainsRegex("ARGOS_SESSION_SECRET=[0-9a-f]{64}\n"));
  EXPECT_THAT(text, ::testing::ContainsRegex("CROWDSEC_BOUNCER_API_KEY=[0-9a-f]{64}\n"));
  EXPECT_THAT(text, ::testing::ContainsRegex("CROWDSEC_CADDY_API_KEY=[0-9a-f]{64}\n"));
  struct stat held {};
  ::stat((folder / ".env").c_str(), &held);
  EXPECT_EQ(held.st_mode & 0777, 0600);
  EXPECT_THAT(made.out, ::testing::Not(HasSubstr(text.substr(text.find("KEY=") + 4, 64))));
  EXPECT_EQ(argos({"init"}).status, 1);
  EXPECT_EQ(*read_file(folder / ".env"), text);
  EXPECT_EQ(argos({"init", "--env", folder / "other"}).status, 0);
  EXPECT_NE(*read_file(folder / "other"), text);
}

TEST_F(KeepingTest, StatusListsEveryStepOfTheSchema) {
  EXPECT_EQ(argos({"migrate", "status"}).status, 1);  // there is no database
  ready_store(folder / "argos.db").reset();
  const auto said = argos({"migrate", "status", "-o", "json"});
  ASSERT_EQ(said.status, 0) << said.err;
  const auto items = boost::json::parse(said.out).at("items").as_array();
  ASSERT_EQ(items.size(), migration_steps().size());
  EXPECT_EQ(items[0].at("name"), "001_desired_state.sql");
  EXPECT_TRUE(items[0].at("appliedAt").is_string());
}

TEST_F(KeepingTest, RollbackWantsTheNewestGoodArchiveFromBeforeAnUpgrade) {
  ready_store(folder / "argos.db").reset();
  EXPECT_THAT(argos({"migrate", "rollback"}).err, HasSubstr("no archive was made before an upgrade"));
  hold("older.tar.gz", BackupKind::pre_upgrade, "2026-11-01T00:00:00.000Z");
  hold("newer.tar.gz", BackupKind::pre_upgrade, "2026-11-02T00:00:00.000Z");
  hold("rotten.tar.gz", BackupKind::pre_upgrade, "2026-11-03T00:00:00.000Z", "False");
  hold("manual.tar.gz", BackupKind::manual, "2026-11-04T00:00:00.000Z");
  {
    const auto running = Lock::take(folder / "argos.lock");
    const auto refused = argos({"migrate", "rollback"});
    EXPECT_EQ(refused.status, 1);
    EXPECT_THAT(refused.err, HasSubstr("this argos runs"));
  }
  EXPECT_EQ(argos({"migrate", "rollback"}).status, 0);
  const auto marker = read_marker({folder.path().string(), folder / "argos.db", folder / "backups"});
  ASSERT_TRUE(marker && *marker);
  EXPECT_EQ((*marker)->archive, folder / "backups/newer.tar.gz");
  EXPECT_EQ((*marker)->sha256, std::string(64, 'a'));
}

TEST_F(KeepingTest, VolumesAreNamedAsInTheComposeFileAndCountedEachForItself) {
  folder.write("argos.db", std::string(1000, 'x'));
  folder.write("backups/a.tar.gz", std::string(500, 'x'));
  const auto said = argos({"volume", "size", "-o", "json"});
  ASSERT_EQ(said.status, 0) << said.err;
  std::map<std::string, boost::json::value> bytes;
  const auto listed = boost::json::parse(said.out);
  for (const auto& one : listed.at("items").as_array()) bytes[std::string(one.at("name").as_string())] = one.at("bytes");
  EXPECT_EQ(bytes.size(), 8);
  EXPECT_EQ(bytes.at("argos_data"), 1000);
  EXPECT_EQ(bytes.at("argos_backups"), 500);
  EXPECT_TRUE(bytes.at("crowdsec_data").is_null());
  EXPECT_THAT(argos({"volume", "list"}).out, HasSubstr("argos_panel_data"));
}

}  // namespace
}  // namespace argos::test
