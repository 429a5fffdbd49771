// SPDX-License-Identifier: Apache-2.0
// `argos up`: one command, its own Caddy, nothing left behind.
#include <charconv>
#include <csignal>
#include <sys/stat.h>

#include "runtime/files.hpp"
#include "test/e2e/world.hpp"
#include "test/support/program.hpp"

namespace argos::test {
namespace {

using testing::HasSubstr;

struct Up : testing::Test {
  World world;  // for its folder, ports and requests; its own Caddy and argos are not started
  std::string data = world.folder / "data";

  void SetUp() override { world.manifest("app.yaml", World::host("app", "app.test", "one")); }
  void TearDown() override {
    if (world.server && world.server->alive()) stop(SIGINT);
  }
  void start(std::map<std::string, std::string> environment = {}) {
    std::filesystem::remove(world.folder / "argos.log");
    environment.merge(std::map<std::string, std::string>{{"ARGOS_MANIFESTS_DIR", world.folder / "manifests"},
                                                         {"ARGOS_LISTEN", "127.0.0.1:0"},
                                                         {"ARGOS_LOG_LEVEL", "debug"},
                                                         {"ARGOS_HTTP_PORT", std::to_string(world.http_port)},
                                                         {"ARGOS_HTTPS_PORT", std::to_string(world.https_port)}});
    world.server = std::make_unique<Process>(std::vector<std::string>{argos_binary(), "up", "--data", data},
                                             std::move(environment), world.folder.path(), world.folder / "argos.log");
  }
  std::string stop(int number) {
    world.server->signal(number);
    return world.server->wait();
  }
  pid_t caddy_pid() {
    pid_t pid = 0;
    const auto read = read_file(data + "/caddy.pid");
    const std::string text = read ? *read : "";
    std::from_chars(text.data(), text.data() + text.size(), pid);
    return pid;
  }
  // A process whose parent died may stay a zombie where nobody reaps it.
  static bool lives(pid_t pid) {
    const auto stat = read_file("/proc/" + std::to_string(pid) + "/stat");
    return stat && stat->find(") Z ") == std::string::npos;
  }
};

TEST_F(Up, AHostAnswersAndTheAddressesAreTold) {
  start();
  EVENTUALLY(world.serves("app.test", "one"));
  EVENTUALLY(world.server->log().find("http://app.test:" + std::to_string(world.http_port)) != std::string::npos);
  EVENTUALLY(world.server->log().find("user admin, first password in " + data) != std::string::npos);
}

TEST_F(Up, CtrlCLeavesNothingRunning) {
  start();
  EVENTUALLY(world.serves("app.test", "one"));
  const auto pid = caddy_pid();
  ASSERT_TRUE(lives(pid));
  EXPECT_EQ(stop(SIGINT), "exit status 0");
  EXPECT_FALSE(lives(pid));
  EXPECT_EQ(world.get("app.test").status, 0);
}

TEST_F(Up, ItsCaddyIsStartedAgainWhenItDies) {
  start();
  EVENTUALLY(world.serves("app.test", "one"));
  const auto pid = caddy_pid();
  ASSERT_EQ(::kill(pid, SIGKILL), 0);
  EVENTUALLY(caddy_pid() != pid && world.serves("app.test", "one"));
}

TEST_F(Up, AForeignConfigurationThatMovesTheAdminEndpointIsPutRight) {
  start();
  EVENTUALLY(world.serves("app.test", "one"));
  const auto elsewhere = R"({"admin":{"listen":"127.0.0.1:)" + std::to_string(world.admin_port) + R"("}})";
  ASSERT_EQ(http("unix://" + data + "/caddy-admin.sock", "/load", {}, "POST", elsewhere).status, 200);
  EVENTUALLY(world.serves("app.test", "one"));
  EXPECT_EQ(http(world.admin, "/config/").status, 0) << "nobody listens there any more";
}

TEST_F(Up, SecretsAreMadeOnceAndPrivate) {
  start();
  EVENTUALLY(world.serves("app.test", "one"));
  const auto first = read_file(world.folder / ".env").value();
  EXPECT_THAT(first, HasSubstr("ARGOS_MASTER_KEY="));
  struct stat about {};
  ASSERT_EQ(::stat((world.folder / ".env").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
  stop(SIGINT);
  start();
  EVENTUALLY(world.serves("app.test", "one"));
  EXPECT_EQ(read_file(world.folder / ".env").value(), first);
  const auto key = first.substr(first.find("ARGOS_MASTER_KEY=") + 17, 64);
  EXPECT_THAT(world.server->log(), testing::Not(HasSubstr(key)));
}

// What is in .env is no part of any environment; what argos was started with is wiped once it is read.
TEST_F(Up, NoSecretIsInTheEnvironmentOfItsCaddyNorStaysInItsOwn) {
  const std::string hex = "5ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2";
  start({{"ARGOS_MASTER_KEY", hex},
         {"ARGOS_MASTER_KEY_PREVIOUS", hex},
         {"ARGOS_METRICS_TOKEN", hex},
         {"ARGOS_INITIAL_ADMIN_PASSWORD", hex},
         {"CROWDSEC_BOUNCER_API_KEY", hex}});
  EVENTUALLY(world.serves("app.test", "one"));
  const auto made = read_file(world.folder / ".env").value();
  const auto session = made.substr(made.find("ARGOS_SESSION_SECRET=") + 21, 64);
  for (const auto pid : {caddy_pid(), world.server->pid()}) {
    const auto seen = read_file("/proc/" + std::to_string(pid) + "/environ");
    if (!seen) continue;  // argos' own: for root alone
    EXPECT_THAT(*seen, HasSubstr("PATH="));
    for (const auto& secret : {hex, session}) EXPECT_THAT(*seen, testing::Not(HasSubstr(secret)));
  }
  EXPECT_THAT(read_file("/proc/" + std::to_string(caddy_pid()) + "/environ").value(), testing::Not(HasSubstr("ARGOS_")));
  EXPECT_THAT(read_file("/proc/" + std::to_string(caddy_pid()) + "/limits").value(),
              testing::ContainsRegex("Max core file size +0 +0 "));
}

TEST_F(Up, KilledItLeavesVisitorsServedAndTheNextOneTakesOver) {
  start();
  EVENTUALLY(world.serves("app.test", "one"));
  const auto left = caddy_pid();
  stop(SIGKILL);
  EXPECT_TRUE(world.serves("app.test", "one"));
  start();
  EVENTUALLY(caddy_pid() != left && world.serves("app.test", "one"));
  EXPECT_FALSE(lives(left));
}

TEST_F(Up, ASecondOneInTheSameFolderHarmsNothing) {
  start();
  EVENTUALLY(world.serves("app.test", "one"));
  const auto pid = caddy_pid();
  const auto second = shell("cd '" + world.folder.path().string() + "' && '" + argos_binary() + "' up --data data");
  EXPECT_EQ(second.status, 1);
  EXPECT_THAT(second.out, HasSubstr("pid " + std::to_string(world.server->pid())));
  EXPECT_EQ(caddy_pid(), pid);
  EXPECT_TRUE(world.serves("app.test", "one"));
}

}  // namespace
}  // namespace argos::test
