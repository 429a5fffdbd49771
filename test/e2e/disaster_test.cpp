// SPDX-License-Identifier: Apache-2.0
// The machine is gone; an archive is left, and .env or not. By the real program, with a real Caddy and Pebble as the CA.
#include <csignal>
#include <fstream>

#include "runtime/restore_files.hpp"
#include "test/e2e/certificates.hpp"
#include "test/support/caddy.hpp"
#include "test/support/pebble.hpp"

namespace argos::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Disaster : ::testing::Test {
  void SetUp() override {
    ASSERT_EQ(world.argos("init --env '" + env() + "'").status, 0);
    start();
    world.until_ready();
    world.folder.write("password", "correct horse battery\n");
    ASSERT_EQ(world.argos("user add alice --role admin --password-file '" + (world.folder / "password") + "'").status, 0);
    ASSERT_TRUE(world.apply(
        {CertificateWorld::host_of("plain", "plain.test", "none"), CertificateWorld::host_of("acme", "acme.test", "auto")}));
    ASSERT_TRUE(world.bring({"own"}));
    EVENTUALLY(serves_plain() && world.shows("own") && issued());
    ASSERT_EQ(log_in(), 200);
    ASSERT_EQ(world.argos("backup now").status, 0);
    for (const auto& entry : fs::directory_iterator(world.folder / "data/backups")) fs::copy_file(entry.path(), saved());
  }

  std::string env() const { return world.folder / ".env"; }
  std::string saved() const { return world.folder / "saved.tar.gz"; }
  void start() {
    world.start_caddy();
    std::map<std::string, std::string> environment{{"ARGOS_ACME_CA_URL", pebble.directory()},
                                                   {"ARGOS_ACME_CA_ROOT", pebble.ca()},
                                                   {"ARGOS_LISTEN", "127.0.0.1:" + std::to_string(panel_port)}};
    std::ifstream file(env());
    for (std::string line; std::getline(file, line);) {
      const auto at = line.find('=');
      if (line.starts_with("ARGOS_") && at != std::string::npos) environment[line.substr(0, at)] = line.substr(at + 1);
    }
    world.start_argos(environment);
  }
  // Everything but .env and the archive.
  void destroy() {
    for (auto* const process : {world.server.get(), world.caddy.get()}) {
      process->signal(SIGKILL);
      process->wait();
    }
    for (const auto* const name : {"data", "caddy-data", "caddy-config", "log"}) fs::remove_all(world.folder / name);
    for (const auto* const name : {"data", "log"}) fs::create_directories(world.folder / name);
  }

  bool serves_plain() const { return world.serves("plain.test", "plain"); }
  bool issued() const { return world.condition("hosts/acme", "Valid").starts_with("True Valid by Pebble"); }
  std::string acme() const { return shown(world.https_port, "acme.test"); }
  int log_in() const {
    return http("http://127.0.0.1:" + std::to_string(panel_port), "/api/v1/login", {}, "POST",
                R"({"user": "alice", "password": "correct horse battery"})")
        .status;
  }
  std::string audited(const std::string& action) const {
    return world.sql("SELECT count(*) FROM audit_log WHERE action = '" + action + "'").out;
  }
  void expect_what_is_not_sealed_is_back() const {
    EXPECT_THAT(world.argos("get hosts").out, ::testing::AllOf(HasSubstr("plain"), HasSubstr("acme"), HasSubstr("own")));
    EXPECT_THAT(world.argos("user list").out, HasSubstr("alice"));
    EXPECT_EQ(audited("UserAdded"), "2\n");  // the initial admin, and alice
    EXPECT_EQ(audited("BackupTaken"), "0\n");  // the archive is from before that
    EXPECT_EQ(audited("Restored"), "1\n");
    EXPECT_EQ(log_in(), 200);
  }

  CertificateWorld world;
  Pebble pebble{world.folder, world.http_port, world.https_port};
  int panel_port = free_port();
};

TEST_F(Disaster, WithTheEnvAndAnArchiveEverythingIsBack) {
  const auto before = acme();
  destroy();
  const auto wanted = world.argos("restore --file '" + saved() + "' --yes");
  ASSERT_EQ(wanted.status, 0) << wanted.out;
  start();
  EVENTUALLY(serves_plain() && world.shows("own"));
  EVENTUALLY(issued());
  EXPECT_NE(acme(), before);
  world.until_ready();
  expect_what_is_not_sealed_is_back();
  EXPECT_THAT(world.argos("get certificates").out, HasSubstr("own"));
  EXPECT_THAT(world.condition("certificates/own", "Decryptable"), StartsWith("True"));
}

TEST_F(Disaster, WithoutTheMasterKeyTheRestIsBackAndTheCertificateOnceItIsBroughtAgain) {
  destroy();
  fs::remove(env());
  ASSERT_EQ(world.argos("init --env '" + env() + "'").status, 0);
  ASSERT_EQ(world.argos("restore --file '" + saved() + "' --yes").status, 0);
  start();
  const auto failed = world.folder / "data/.restore_failed";
  EVENTUALLY(fs::exists(failed));
  EXPECT_THAT(contents(failed), ::testing::AllOf(HasSubstr("WrongMasterKey"), HasSubstr("--without-secrets")));
  ASSERT_EQ(world.argos("restore --file '" + saved() + "' --yes --without-secrets --wait --timeout 30s").status, 0);
  EVENTUALLY(serves_plain() && issued());
  expect_what_is_not_sealed_is_back();
  EVENTUALLY(world.condition("certificates/own", "Decryptable").starts_with("False WrongMasterKey"));
  EXPECT_FALSE(world.shows("own"));
  ASSERT_EQ(world.argos("key accept").status, 0);
  EVENTUALLY(world.bring({"own"}));
  EVENTUALLY(world.shows("own"));
  world.until_ready();
}

}  // namespace
}  // namespace argos::test
