// SPDX-License-Identifier: Apache-2.0
// `argos restore` where no argos runs: what it says, what it leaves behind, and when it refuses.
#include <boost/json.hpp>

#include "controllers/backup_proof.hpp"
#include "runtime/restore_files.hpp"
#include "runtime/version.hpp"
#include "test/cli/child.hpp"

namespace argos::test {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

struct RestoreCommand : ::testing::Test {
  RestoreCommand() {
    fs::create_directories(places.backups);
    store = ready_store(places.database);
    sql("INSERT INTO hosts (name, domain) VALUES ('app', 'then.example.com'), ('gone', 'gone.example.com')");
    auto job = archive_job({places.database, places.backups, "", {}}, BackupKind::manual, "", std::chrono::system_clock::now());
    job.name = "a.tar.gz";
    JobProgress progress;
    (void)write_archive(job, progress).value();
  }
  void sql(const std::string& text) {
    ASSERT_TRUE(store->write(Actor{"alice", ""}, [&](Database& database) { return database.script(text); }));
  }
  Ran argos(std::vector<std::string> arguments, const std::string& input = "") {
    arguments.insert(arguments.begin(), "restore");
    return run({std::move(arguments), {{"ARGOS_DATA_DIR", folder.path().string()}}, input, folder.path().string()});
  }
  std::optional<RestoreMarker> wanted() const { return read_marker(places).value(); }
  std::size_t archives() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(places.backups), fs::directory_iterator()));
  }

  TempFolder folder;
  RestorePlaces places{folder.path().string(), folder / "argos.db", folder / "backups"};
  std::unique_ptr<Store> store;
};

TEST_F(RestoreCommand, OneThatIsWantedCanBeTakenBack) {
  EXPECT_EQ(argos({"--cancel"}).out, "no restore is wanted\n");
  const auto asked = argos({"--file", "a.tar.gz", "--yes", "--sha256", std::string(64, 'a')});
  EXPECT_EQ(asked.status, 0) << asked.err;
  ASSERT_TRUE(wanted());
  EXPECT_EQ(wanted()->archive, places.backups + "/a.tar.gz");
  EXPECT_EQ(wanted()->sha256, std::string(64, 'a'));
  EXPECT_THAT(wanted()->id, MatchesRegex("[0-9a-f]{16}"));
  const auto waited = argos({"--file", "a.tar.gz", "--yes", "--wait", "--timeout", "1ms"});
  EXPECT_EQ(waited.status, 4);
  EXPECT_THAT(waited.err, HasSubstr("argos does not run: it is done when it starts"));
  EXPECT_EQ(argos({"--cancel"}).out, "the restore is taken back\n");
  EXPECT_FALSE(wanted());
}

TEST_F(RestoreCommand, AnArchiveOnStdinIsKeptAndOneThatIsNotWholeIsNot) {
  const auto archive = *read_file(places.backups + "/a.tar.gz");
  const auto asked = argos({"--file", "-", "--yes"}, archive);
  EXPECT_EQ(asked.status, 0) << asked.err;
  ASSERT_TRUE(wanted());
  EXPECT_THAT(wanted()->archive, MatchesRegex(places.backups + "/uploaded-[0-9a-f]{8}.tar.gz"));
  EXPECT_EQ(*read_file(wanted()->archive), archive);
  EXPECT_EQ(argos({"--cancel"}).status, 0);
  const auto refused = argos({"--file", "-", "--yes"}, archive.substr(0, archive.size() / 2));
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.err, HasSubstr("end"));
  EXPECT_FALSE(wanted());
  EXPECT_EQ(archives(), 2U);
}

TEST_F(RestoreCommand, ADryRunSaysWhatWouldChange) {
  sql("UPDATE hosts SET domain = 'now.example.com', managed_by = 'manifest' WHERE name = 'app';"
      "DELETE FROM hosts WHERE name = 'gone'; INSERT INTO hosts (name, domain) VALUES ('later', 'later.example.com');"
      "INSERT INTO users (name, role, password_hash) VALUES ('bob', 'viewer', 'x');"
      "INSERT INTO sessions (id, token_hash, user, created_at, used_at, confirmed_at) VALUES ('1', 'x', 'bob', 1, 1, 1)");
  const auto said = argos({"--file", "a.tar.gz", "--dry-run"});
  EXPECT_EQ(said.status, 0) << said.err;
  EXPECT_THAT(said.out, AllOf(HasSubstr("from " + places.backups + "/a.tar.gz, made at 20"), HasSubstr("schema "),
                              HasSubstr("master key: nothing sealed"),
                              ::testing::ContainsRegex("changed +Host +app +then as its manifest says"),
                              ::testing::ContainsRegex("added +Host +gone"), ::testing::ContainsRegex("removed +Host +later"),
                              ::testing::ContainsRegex("removed +User +bob"), HasSubstr("1 sessions would end")));
  const auto json = boost::json::parse(argos({"--file", "a.tar.gz", "--dry-run", "-o", "json"}).out);
  EXPECT_EQ(json.at("objects").as_array().size(), 3U);
  EXPECT_FALSE(wanted());
  EXPECT_EQ(argos({"--file", "-", "--dry-run"}, *read_file(places.backups + "/a.tar.gz")).status, 0);
  EXPECT_FALSE(wanted());
}

TEST_F(RestoreCommand, OverNothingADryRunSaysThatAllOfItComes) {
  store.reset();
  fs::remove(places.database);
  EXPECT_THAT(argos({"--file", "a.tar.gz", "--dry-run"}).out,
              HasSubstr("there is no database here: all of it comes from the archive"));
}

TEST_F(RestoreCommand, WhatIsMisusedOrNotThereIsRefusedAndNothingIsWanted) {
  EXPECT_EQ(argos({"--file", "a.tar.gz"}).status, 2);
  EXPECT_THAT(argos({"--file", "a.tar.gz"}).err, HasSubstr("add --yes to do it, or --dry-run"));
  EXPECT_EQ(argos({}).status, 2);
  EXPECT_EQ(argos({"--undo", "--cancel"}).status, 2);
  EXPECT_EQ(argos({"--file", "missing.tar.gz", "--yes"}).status, 1);
  EXPECT_THAT(argos({"--undo", "--yes"}).err, HasSubstr("no database that a restore replaced is here"));
  folder.write("backups/bad.tar.gz", "no archive");
  EXPECT_THAT(argos({"--file", "bad.tar.gz", "--dry-run"}).err, Not(::testing::IsEmpty()));
  EXPECT_EQ(argos({"--file", "bad.tar.gz", "--dry-run"}).status, 1);
  EXPECT_FALSE(wanted());
}

TEST_F(RestoreCommand, CaddysFilesComeIntoAFolderOfTheirOwn) {
  folder.write("caddy/certificates/app.crt", "a certificate");
  auto job = archive_job({places.database, places.backups, folder / "caddy", {}}, BackupKind::manual, "",
                         std::chrono::system_clock::now());
  job.name = "with-caddy.tar.gz";
  JobProgress progress;
  ASSERT_TRUE(write_archive(job, progress));
  const auto said = argos({"--file", "with-caddy.tar.gz", "--extract-caddy", folder / "out"});
  EXPECT_EQ(said.status, 0) << said.err;
  EXPECT_EQ(*read_file(folder / "out/certificates/app.crt"), "a certificate");
  EXPECT_FALSE(wanted());
}

}  // namespace
}  // namespace argos::test
