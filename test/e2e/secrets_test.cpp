// SPDX-License-Identifier: Apache-2.0
// The master key, with real processes: rotated, mistyped, lost, missing; and that it is seen nowhere.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include <boost/json.hpp>

#include "runtime/files.hpp"
#include "test/e2e/vault.hpp"
#include "test/e2e/world.hpp"
#include "test/support/program.hpp"

namespace argos::test {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kOld = kMasterKeys[0], kNew = kMasterKeys[1];

struct SecretsE2e : testing::Test {
  World world;
  const std::unique_ptr<Process>& server = world.server;
  Vault vault{world.folder / "data/argos.db"};

  void start(const std::string& current, const std::vector<std::string>& previous = {}) {
    if (server) stop();
    auto environment = master_keys(current, previous);
    environment["ARGOS_LOG_LEVEL"] = "trace";
    world.start_argos(environment);
    world.until_argos_answers();
  }
  void stop() {
    logs += server->log();
    server->signal(SIGTERM);
    server->wait();
  }
  // With these keys in its environment, as where nothing runs.
  Shell argos_with(const std::string& current, const std::vector<std::string>& previous, const std::string& arguments) {
    std::string words;
    for (const auto& [name, value] : master_keys(current, previous)) words += name + "=" + value + " ";
    return shell("ARGOS_DATA_DIR='" + (world.folder / "data") + "' " + words + "'" + argos_binary() + "' " + arguments);
  }
  std::string check(const std::string& field) {
    const auto ran = world.argos("key check -o json");
    boost::system::error_code bad;
    const auto report = boost::json::parse(ran.out, bad);
    if (bad || !report.is_object()) return ran.out;
    if (const auto* const held = report.as_object().if_contains(field)) return boost::json::serialize(*held);
    return std::string(report.at("verdict").at(field).as_string());
  }
  // By /readyz, which may wait for others besides.
  bool is_waited_for() const { return world.probe("/readyz").body.find(R"("secrets")") != std::string::npos; }
  bool is(const std::string& reason) { return check("reason") == reason; }

  std::string logs;
};

TEST_F(SecretsE2e, ANewKeyWithTheOldOneAsPreviousIsAllThatARotationTakes) {
  for (int number = 0; number < 50; ++number) vault.hold(number, kOld);
  start(kOld);
  EVENTUALLY(is("UnderCurrentKey"));
  start(kNew, {kOld});
  EVENTUALLY(is("UnderCurrentKey"));
  const auto told = world.argos("key check");
  EXPECT_EQ(told.status, 0);
  EXPECT_THAT(told.out, HasSubstr("all 100 sealed values are under the current key (ARGOS_MASTER_KEY_PREVIOUS may go"));
  EXPECT_EQ(check("previousMayGo"), "true");
  start(kNew);
  EVENTUALLY(is("UnderCurrentKey"));
  EXPECT_TRUE(vault.is_under(kNew));
  EXPECT_EQ(vault.damage({kNew}), "");
}

TEST_F(SecretsE2e, AFormerKeyMayGoOnceNeitherRowsNorArchivesNeedIt) {
  vault.hold(1, kOld);
  start(kOld);
  EVENTUALLY(is("UnderCurrentKey"));
  for (int times = 0; times < 2; ++times) ASSERT_EQ(world.argos("backup now").status, 0) << server->log();
  start(kNew, {kOld});
  EVENTUALLY(is("UnderCurrentKey"));
  ASSERT_EQ(world.argos("backup now").status, 0) << server->log();
  const auto archives = [&] {
    std::map<std::string, std::int64_t> out;
    const auto keys = boost::json::parse(check("keys"));
    for (const auto& key : keys.as_array()) out[std::string(key.at("role").as_string())] = key.at("archives").as_int64();
    return out;
  };
  EXPECT_EQ(archives(), (std::map<std::string, std::int64_t>{{"current", 1}, {"previous", 2}}));
  EXPECT_EQ(check("previousMayGo"), "false");
  const auto told = world.argos("key check");
  EXPECT_EQ(told.status, 0) << "no row needs it";
  EXPECT_THAT(told.out, HasSubstr("keep ARGOS_MASTER_KEY_PREVIOUS for the 2 archives that were made under its keys"));
  stop();
  EXPECT_THAT(argos_with(kNew, {kOld}, "key check").out, HasSubstr("for the 2 archives")) << "with nothing running too";

  start(kNew, {kOld});
  const auto list = boost::json::parse(world.argos("backup list -o json").out);
  for (const auto& item : list.at("items").as_array()) {
    const auto name = std::string(item.at("metadata").at("name").as_string());
    if (item.at("status").at("masterKeyId").as_string() == KeyRing(kNew, {}).current_id()) continue;
    EXPECT_EQ(http("unix://" + (world.folder / "data/argos.sock"), "/api/v1/backups/" + name, "", "DELETE").status, 204);
  }
  EVENTUALLY(check("previousMayGo") == "true");
  EXPECT_THAT(world.argos("key check").out, HasSubstr("ARGOS_MASTER_KEY_PREVIOUS may go"));
}

TEST_F(SecretsE2e, KeyCheckAnswersTheSameWithNothingRunning) {
  vault.hold(1, kOld);
  EXPECT_EQ(argos_with(kOld, {}, "key check").status, 0);
  const auto rotating = argos_with(kNew, {kOld}, "key check");
  EXPECT_EQ(rotating.status, 3) << rotating.out;
  EXPECT_THAT(rotating.out, HasSubstr("2 of 2 sealed values are under former keys (keep ARGOS_MASTER_KEY_PREVIOUS"));
  EXPECT_THAT(rotating.out, HasSubstr("Certificate/c1"));
  const auto wrong = argos_with(kNew, {}, "key check -o yaml");
  EXPECT_EQ(wrong.status, 3);
  EXPECT_THAT(wrong.out, HasSubstr("reason: WrongMasterKey"));
  const auto without = argos_with("", {}, "key check");
  EXPECT_EQ(without.status, 3);
  EXPECT_THAT(without.out, HasSubstr("2 sealed values cannot be read (set ARGOS_MASTER_KEY as it was"));
}

TEST_F(SecretsE2e, AWrongKeyIsNotReadyAndLeavesAllAsItIsWhileHostsAreServed) {
  vault.hold(1, kOld);
  const auto before = vault.bytes();
  world.manifest("app.yaml", World::host("app", "app.test", "hello"));
  world.start_caddy();
  start(kNew);
  EVENTUALLY(world.serves("app.test", "hello") && is("WrongMasterKey"));
  EXPECT_EQ(world.argos("key check").status, 3);
  EXPECT_EQ(world.probe("/readyz").status, 503);
  EXPECT_TRUE(is_waited_for());
  EXPECT_THAT(world.argos("doctor").out, HasSubstr("master key"));
  start("");
  EVENTUALLY(world.probe("/readyz").status == 200 && is("MasterKeyNotConfigured"));
  EXPECT_EQ(world.argos("key accept").status, 1);
  EXPECT_EQ(vault.bytes(), before);
  start(kOld);
  EVENTUALLY(world.probe("/readyz").status == 200 && is("UnderCurrentKey"));
  EXPECT_EQ(vault.bytes(), before);
}

TEST_F(SecretsE2e, ALostKeyIsAcceptedOnceAndTheRestStaysUnreadable) {
  vault.hold(1, kOld);
  const auto before = vault.bytes();
  start(kNew);
  EVENTUALLY(is("WrongMasterKey") && is_waited_for());
  const auto accepted = world.argos("key accept");
  EXPECT_EQ(accepted.status, 0) << accepted.out;
  EVENTUALLY(!is_waited_for() && is("Unreadable"));
  EXPECT_THAT(world.sql("SELECT action, name FROM audit_log").out, HasSubstr("KeyAccepted|" + KeyRing(kNew, {}).current_id()));
  EXPECT_THAT(world.argos("key accept").out, HasSubstr("nothing to accept"));
  start(kNew);
  EVENTUALLY(is("Unreadable"));
  EXPECT_EQ(vault.bytes(), before);
}

TEST_F(SecretsE2e, AKeyIsAcceptedWithNothingRunningToo) {
  vault.hold(1, kOld);
  EXPECT_EQ(argos_with("", {}, "key accept").status, 1);
  const auto accepted = argos_with(kNew, {}, "key accept");
  EXPECT_EQ(accepted.status, 0) << accepted.out;
  EXPECT_THAT(accepted.out, HasSubstr(KeyRing(kNew, {}).current_id()));
  start(kNew);
  EVENTUALLY(is("Unreadable"));
}

TEST_F(SecretsE2e, NeitherKeyNorSecretIsSeenAnywhere) {
  for (int number = 0; number < 3; ++number) vault.hold(number, kOld);
  start(kNew, {kOld});
  EVENTUALLY(is("UnderCurrentKey"));
  auto seen = world.argos("config").out + argos_with(kNew, {kOld}, "config -o json").out + world.argos("status -o json").out +
              world.argos("key check -o json").out + world.argos("explain controller secrets").out + world.argos("doctor").out +
              world.probe("/metrics").body + world.api("/api/v1/history").body;
  stop();
  seen += logs;
  ASSERT_THAT(logs, HasSubstr(" trace "));
  for (const auto& secret : {kOld, kNew, std::string("the private key of")}) EXPECT_THAT(seen, Not(HasSubstr(secret)));
}

// Read by root: what argos was started with is wiped once it is read.
TEST_F(SecretsE2e, TheKeysAreWipedFromTheEnvironmentOfARunningArgos) {
  start(kNew, {kOld});
  const auto environment = read_file("/proc/" + std::to_string(server->pid()) + "/environ");
  if (!environment) GTEST_SKIP() << environment.error().text();
  EXPECT_THAT(*environment, HasSubstr("ARGOS_DATA_DIR="));
  for (const auto& key : {kOld, kNew}) EXPECT_THAT(*environment, Not(HasSubstr(key)));
}

TEST_F(SecretsE2e, NoCoreIsWrittenAndNobodyElseOfTheSameUserReadsItsMemory) {
  if (::geteuid() != 0) {
    start(kNew);
  } else {
    shell("chmod -R o+rwX '" + world.folder.path().string() + "'");
    constexpr int kNobody = 65534;
    world.start_argos_as(kNobody);
    world.until_argos_answers();
  }
  const auto proc = "/proc/" + std::to_string(server->pid());
  const auto limits = read_file(proc + "/limits").value();
  EXPECT_TRUE(testing::Matches(testing::ContainsRegex("Max core file size +0 +0 "))(limits)) << limits;
  struct stat memory {};
  ASSERT_EQ(::stat((proc + "/mem").c_str(), &memory), 0);
  EXPECT_EQ(memory.st_uid, 0U) << "of a process that may be dumped it is the user's";
}

}  // namespace
}  // namespace argos::test
