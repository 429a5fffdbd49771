// SPDX-License-Identifier: Apache-2.0
// `argos backup …` against a running argos.
#include <algorithm>
#include <csignal>
#include <filesystem>

#include <unistd.h>

#include <boost/json.hpp>

#include "test/e2e/world.hpp"
#include "test/support/archives.hpp"

namespace argos::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

struct BackupCommands : testing::Test {
  BackupCommands() {
    world.start_argos({{"ARGOS_MASTER_KEY", std::string(64, 'a')}});
    world.until_argos_answers();
  }
  std::string only_archive() const {
    const auto list = boost::json::parse(world.argos("backup list -o json").out);
    return std::string(list.at("items").at(0).at("metadata").at("name").as_string());
  }
  World world;
};

TEST_F(BackupCommands, MakeListVerifyAndPrune) {
  const auto made = world.argos("backup now --note 'before the move'");
  ASSERT_EQ(made.status, 0) << made.out << world.server->log();
  EXPECT_THAT(made.out, HasSubstr("argos-backup-"));
  const auto name = only_archive();
  const auto file = world.folder / ("data/backups/" + name);
  EXPECT_THAT(world.argos("backup list").out,
              AllOf(HasSubstr(name), HasSubstr("manual"), HasSubstr("before the move"), HasSubstr("True")));
  EXPECT_THAT(world.argos("get backups").out, HasSubstr(name));
  EXPECT_THAT(world.argos("describe backup " + name).out, AllOf(HasSubstr("dbSha256"), HasSubstr("Decryptable")));
  EXPECT_EQ(world.argos("backup verify " + name).status, 0);
  EXPECT_EQ(world.argos("backup verify --all").status, 0);
  EXPECT_EQ(world.argos("backup verify").status, 2);
  EXPECT_EQ(world.argos("backup verify nothing.tar.gz").status, 1);
  EXPECT_THAT(world.argos("backup prune --dry-run").out,
              AllOf(HasSubstr(name), HasSubstr("keep"), HasSubstr("manual archives are not deleted")));
  EXPECT_THAT(world.argos("backup prune").out, HasSubstr("0 deleted, 1 kept"));
  EXPECT_THAT(world.argos("key check").out, HasSubstr("ARCHIVES"));
  std::ofstream(file, std::ios::binary | std::ios::app) << "x";
  const auto bad = world.argos("backup verify --all");
  EXPECT_EQ(bad.status, 1);
  EXPECT_THAT(bad.out, HasSubstr(name + ": TrailingBytes"));
}

TEST_F(BackupCommands, TheApiHandsOutAndDeletesAnArchive) {
  ASSERT_EQ(world.argos("backup now").status, 0) << world.server->log();
  const auto name = only_archive();
  const auto file = world.folder / ("data/backups/" + name);
  const auto answer = world.api("/api/v1/backups/" + name + "/archive");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, bytes_of_file(file));
  EXPECT_THAT(world.probe("/metrics").body,
              AllOf(HasSubstr("argos_backup_last_success_timestamp_seconds"), HasSubstr("argos_backup_size_bytes")));
  const auto asked = http("unix://" + (world.folder / "data/argos.sock"), "/api/v1/backups?wait=20s", "", "POST", "{}");
  EXPECT_EQ(asked.status, 202);
  EXPECT_EQ(boost::json::parse(asked.body).at("state"), "done");
  EXPECT_EQ(http("unix://" + (world.folder / "data/argos.sock"), "/api/v1/backups/" + name, "", "DELETE").status, 204);
  EXPECT_EQ(world.api("/api/v1/backups/" + name).status, 404);
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(BackupCommands, InsideIsWhatIsPromisedAndNothingElse) {
  const std::string secret = "kept out of every archive", master_key(64, 'a');
  for (const auto* const file : {".env", "manual-certs/app.0123456789ab.key", "geoip/city.mmdb", "log/access.log",
                                 "crowdsec/db", "caddy-found-20261101T000000Z.json", "backups/another.tar.gz"})
    world.folder.write(std::string("data/") + file, secret);
  world.folder.write("data/caddy/acme/account.json", "{}");
  ASSERT_EQ(world.argos("backup now").status, 0) << world.server->log();
  const auto list = boost::json::parse(world.argos("backup list -o json").out).at("items").as_array();
  const auto local = std::ranges::find_if(list, [](const auto& item) { return item.at("status").at("origin") == "local"; });
  ASSERT_NE(local, list.end());
  const auto found = untarred(world.folder / ("data/backups/" + std::string(local->at("metadata").at("name").as_string())));
  std::vector<std::string> names;
  for (const auto& [name, bytes] : found) {
    names.push_back(name);
    EXPECT_THAT(bytes, testing::Not(HasSubstr(secret))) << name;
    EXPECT_THAT(bytes, testing::Not(HasSubstr(master_key))) << name;
  }
  EXPECT_THAT(names, testing::ElementsAre("argos.db", "caddy/acme/account.json", "metadata.json"));
}

// An old archive is read again no faster than 32 MiB a second, so there is time to see how far it is.
TEST_F(BackupCommands, HowFarItIsAndHowLongItTakesYetIsTold) {
  ASSERT_EQ(world.sql("CREATE TABLE filling (bytes BLOB); INSERT INTO filling VALUES (randomblob(60000000))").status, 0);
  ASSERT_EQ(world.argos("backup now").status, 0) << world.server->log();
  const auto events = world.folder / "events";
  const auto socket = world.folder / "data/argos.sock";
  Process listener({"curl", "-sN", "--unix-socket", socket, "http://argos/api/v1/events"}, {{"PATH", "/usr/bin:/bin"}},
                   world.folder.path(), events);
  ASSERT_TRUE(eventually([&] { return listener.log().find("event:") != std::string::npos; }));
  ASSERT_EQ(world.sql("UPDATE backups SET verified_at = 1").status, 0);
  world.folder.write("data/backups/a-note", "argos looks when something is new in its folder");
  boost::json::value running;
  EXPECT_TRUE(eventually([&] {
    running = boost::json::parse(world.api("/api/v1/backups").body).at("report").at("running");
    return running.is_object() && running.at("etaSeconds").is_number();
  })) << world.server->log();
  EXPECT_EQ(running.at("phase"), "read");
  EXPECT_GT(running.at("doneBytes").to_number<std::int64_t>(), 0);
  EXPECT_GT(running.at("totalBytes").to_number<std::int64_t>(), running.at("doneBytes").to_number<std::int64_t>());
  EXPECT_TRUE(eventually([&] {
    const auto told = listener.log();
    return told.find("BackingUp") != std::string::npos && told.find(" s left") != std::string::npos;
  })) << listener.log();
  listener.signal(SIGKILL);
  listener.wait();
  // Nobody is to search all of that for secrets.
  EXPECT_EQ(world.sql("DROP TABLE filling; VACUUM").status, 0);
  std::filesystem::remove_all(world.folder / "data/backups");
}

TEST_F(BackupCommands, APolicyIsAnObjectLikeAnyOther) {
  world.manifest("policy.yaml",
                 "apiVersion: argos.edge/v1\nkind: BackupPolicy\nmetadata: {name: default}\nspec: {schedule: '* * * * *', "
                 "retention: {days: 3}}\n");
  ASSERT_TRUE(eventually([&] { return world.condition("backuppolicies/default", "Ready").starts_with("True"); }))
      << world.server->log();
  EXPECT_THAT(world.argos("get backuppolicies").out, HasSubstr("* * * * *"));
  world.manifest("policy.yaml",
                 "apiVersion: argos.edge/v1\nkind: BackupPolicy\nmetadata: {name: default}\nspec: {schedule: '0 0 31 2 *'}\n");
  ASSERT_TRUE(eventually([&] { return world.api("/api/v1/manifests").body.find("never comes") != std::string::npos; }));
}

// Whatever the moment at which it looks, an off-site tool copies whole archives.
TEST_F(BackupCommands, RcloneAndResticTakeWholeArchivesOnly) {
  const auto from = world.folder / "data/backups", to = world.folder / "elsewhere", repository = world.folder / "restic";
  const auto restic = "RESTIC_PASSWORD=x restic -q -r '" + repository + "' ";
  ASSERT_EQ(shell(restic + "init").status, 0);
  std::atomic<bool> over = false;
  std::thread maker([&] {
    for (int round = 0; round < 6; ++round) world.argos("backup now");
    over = true;
  });
  int copies = 0;
  for (bool last = false; !last; ++copies) {
    last = over;
    const auto copied = shell("rclone copy '" + from + "' '" + to + "' --exclude '.*'");
    EXPECT_TRUE(copied.status == 0 || copies == 0) << copied.out;  // the folder comes with the first archive
    if (copies % 3 == 0 || last) (void)shell(restic + "backup --exclude '.*.partial' '" + from + "'");
  }
  maker.join();
  ASSERT_EQ(shell(restic + "restore latest --target '" + (world.folder / "restored") + "'").status, 0);
  const auto count_good = [](const std::string& folder) {
    int good = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (!entry.is_regular_file()) continue;
      JobProgress progress;
      const auto read = read_archive(entry.path().string(), progress);
      EXPECT_FALSE(read.problem) << entry.path() << ": " << read.problem->text();
      ++good;
    }
    return good;
  };
  EXPECT_EQ(count_good(to), 6);
  EXPECT_EQ(count_good(world.folder / "restored"), 6);
  EXPECT_GT(copies, 1);
}

// As in the containers: argos is 65534, Caddy is root, whose folders are 0700 and files 0600.
struct BackupAsNobody : testing::Test {
  BackupAsNobody() {
    for (const auto* const file : {"acme/account.json", "certificates/a.crt", "certificates/a.key"})
      world.folder.write(std::string("data/caddy/") + file, "secret");
  }
  void start(const std::string& closed) {
    const bool root = ::geteuid() == 0;
    const auto data = world.folder / "data", manifests = world.folder / "manifests";
    std::filesystem::permissions(world.folder.path(), std::filesystem::perms::all);
    ASSERT_EQ(
        shell("chmod -R a+rX '" + manifests + "'; chmod 0600 '" + data + "'/caddy/*/*; " +
              (root ? "chown -R 65534:65534 '" + data + "'; chown -R 0:0 '" + data + "/caddy'; chmod 0700 " : "chmod 0 ") +
              closed)
            .status,
        0);
    root ? world.start_argos_as(65534) : world.start_argos();
    world.until_argos_answers();
  }
  ~BackupAsNobody() override { shell("chmod -R u+rwX '" + (world.folder / "data/caddy") + "'"); }
  // Of the controller.
  boost::json::value condition(std::string_view type) const {
    const auto status = boost::json::parse(world.api("/api/v1/status").body);
    for (const auto& controller : status.at("controllers").as_array()) {
      if (controller.at("name") != "backups") continue;
      for (const auto& held : controller.at("conditions").as_array()) {
        if (held.at("type") == boost::json::string(type)) return held;
      }
    }
    return {};
  }
  void expect_denied(const std::string& share) {
    ASSERT_EQ(world.argos("backup now").status, 0) << world.server->log();
    ASSERT_TRUE(eventually([&] { return condition("CaddyDataCaptured").at("reason") == "PermissionDenied"; }))
        << condition("CaddyDataCaptured");
    const auto captured = condition("CaddyDataCaptured");
    EXPECT_EQ(captured.at("status"), "False");
    EXPECT_THAT(std::string(captured.at("message").as_string()), HasSubstr(share + " of Caddy's files"));
    EXPECT_EQ(condition("Ready").at("status"), "True");
  }
  World world;
};

TEST_F(BackupAsNobody, CaddysWholeFolderIsClosed) {
  start("'" + (world.folder / "data/caddy") + "'");
  expect_denied("0 of 1");
}

TEST_F(BackupAsNobody, CaddysFoldersAreClosedEach) {
  start("'" + (world.folder / "data/caddy") + "'/*");
  expect_denied("0 of 2");
}

TEST_F(BackupAsNobody, CaddysFilesAreClosedEach) {
  start("'" + (world.folder / "data/caddy") + "'/*/*");
  expect_denied("0 of 3");
}

TEST(BackupBeforeUpgrade, IsMadeAndHoldsTheFormerSchema) {
  World world;
  const auto path = world.folder / "data/argos.db";
  {
    auto old = Database::open(path, Database::Mode::create);
    const auto steps = migration_steps();
    ASSERT_TRUE(migrate(*old, steps.first(steps.size() - 1)));
    ASSERT_TRUE(old->run("INSERT INTO hosts (name, domain) VALUES ('app', 'app.example.com')"));
  }
  world.start_argos();
  world.until_argos_answers();
  ASSERT_TRUE(eventually([&] { return world.argos("backup list").out.find("pre-upgrade") != std::string::npos; }))
      << world.server->log();
  const auto list = boost::json::parse(world.argos("backup list -o json").out).at("items").at(0);
  EXPECT_EQ(list.at("status").at("origin"), "local");
  const auto name = std::string(list.at("metadata").at("name").as_string());
  const auto found = untarred(world.folder / ("data/backups/" + name));
  world.folder.write("old.db", found.at("argos.db"));
  auto old = Database::open(world.folder / "old.db", Database::Mode::read_only);
  EXPECT_LT(*old->number("SELECT max(version) FROM schema_migrations"), schema_version());
  EXPECT_EQ(*old->number("SELECT count(*) FROM hosts"), 1);
}

TEST(BackupBeforeUpgrade, WithoutItThereIsNoUpgrade) {
  World world;
  const auto path = world.folder / "data/argos.db";
  {
    auto old = Database::open(path, Database::Mode::create);
    const auto steps = migration_steps();
    ASSERT_TRUE(migrate(*old, steps.first(steps.size() - 1)));
  }
  world.folder.write("data/backups", "no folder");
  world.start_argos();
  ASSERT_TRUE(eventually([&] { return world.api("/api/v1/status").body.find("PreUpgradeBackupFailed") != std::string::npos; }))
      << world.server->log();
  auto old = Database::open(path, Database::Mode::read_only);
  EXPECT_LT(*old->number("SELECT max(version) FROM schema_migrations"), schema_version());
  std::filesystem::remove(world.folder / "data/backups");
  world.until_argos_answers();
}

}  // namespace
}  // namespace argos::test
