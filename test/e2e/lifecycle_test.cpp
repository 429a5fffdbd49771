// SPDX-License-Identifier: Apache-2.0
// Starting, stopping, and what is said when that cannot go well.
#include <csignal>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "runtime/files.hpp"
#include "test/e2e/world.hpp"
#include "test/support/program.hpp"

namespace argos::test {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

struct Lifecycle : testing::Test {
  World world;
};

TEST_F(Lifecycle, WithoutACaddyItSaysWhatItWaitsForAndConvergesOnceThereIsOne) {
  world.manifest("app.yaml", World::host("app", "app.test", "one"));
  world.start_argos();
  world.until_argos_answers();
  // Every other controller has had its first pass by then.
  Answer answer;
  EVENTUALLY((answer = world.probe("/readyz")).body.find(R"("waiting":["caddy"],"why":{"caddy":"CaddyUnreachable)") !=
             std::string::npos);
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(world.argos("status").status, 1);
  world.start_caddy();
  EVENTUALLY(world.serves("app.test", "one"));
  world.until_ready();
  EXPECT_EQ(world.argos("status").status, 0);
}

TEST_F(Lifecycle, SigtermEndsItWithStatusZeroInTime) {
  world.start_caddy();
  world.start_argos();
  world.until_ready();
  const auto begun = std::chrono::steady_clock::now();
  world.server->signal(SIGTERM);
  EXPECT_EQ(world.server->wait(), "exit status 0") << world.server->log();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 10s);
  EXPECT_FALSE(std::filesystem::exists(world.folder / "data/argos.sock"));
}

TEST_F(Lifecycle, SigtermEndsItInTimeEvenWhileCaddyHangs) {
  world.start_caddy();
  world.start_argos();
  world.until_ready();
  world.caddy->signal(SIGSTOP);
  world.manifest("app.yaml", World::host("app", "app.test", "one"));
  EVENTUALLY(world.server->log().find("host/app created") != std::string::npos);
  const auto begun = std::chrono::steady_clock::now();
  world.server->signal(SIGTERM);
  EXPECT_EQ(world.server->wait(), "exit status 0") << world.server->log();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 10s);
}

TEST_F(Lifecycle, ASecondOneSaysWhoHoldsTheFolderAndExitsWithOne) {
  world.start_argos();
  world.until_argos_answers();
  const auto pid = world.server->pid();
  Process second({argos_binary(), "serve"}, {{"ARGOS_DATA_DIR", world.folder / "data"}, {"ARGOS_LISTEN", "127.0.0.1:0"}},
                 world.folder.path(), world.folder / "second.log");
  EXPECT_EQ(second.wait(), "exit status 1");
  EXPECT_THAT(second.log(), HasSubstr("pid " + std::to_string(pid)));
  EXPECT_EQ(world.probe("/healthz").status, 200);
}

TEST_F(Lifecycle, SystemdIsToldWhenItServesAndWhenItStops) {
  const auto path = world.folder / "notify.sock";
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  std::string told;
  const auto hears = [&](const std::string& word) {
    char text[256];
    const auto got = ::recv(socket, text, sizeof text, MSG_DONTWAIT);
    if (got > 0) told.append(text, static_cast<std::size_t>(got));
    return told.find(word) != std::string::npos;
  };
  world.start_argos({{"NOTIFY_SOCKET", path}});
  EVENTUALLY(hears("READY=1"));
  world.server->signal(SIGTERM);
  EVENTUALLY(hears("STOPPING=1"));
  ::close(socket);
}

// What may not be touched: argos answers, says why, and Caddy runs on as it is.
struct Untouched : Lifecycle {
  void SetUp() override {
    world.manifest("app.yaml", World::host("app", "app.test", "one"));
    world.start_caddy();
    world.start_argos();
    world.until_ready();
    ASSERT_TRUE(world.serves("app.test", "one"));
    world.server->signal(SIGTERM);
    ASSERT_EQ(world.server->wait(), "exit status 0");
    config = world.caddy_config();
    writes = world.caddy_writes();
  }
  void stalls_with(const std::string& reason, const std::string& words) {
    EVENTUALLY(world.probe("/healthz").status == 200);
    EVENTUALLY(world.probe("/readyz").body.find(reason) != std::string::npos);
    EXPECT_EQ(world.probe("/healthz").status, 200);
    EXPECT_EQ(world.probe("/readyz").status, 503);
    const auto status = world.argos("status -o json").out;
    EXPECT_THAT(status, HasSubstr(reason));
    EXPECT_THAT(status, HasSubstr(words));
    EXPECT_EQ(world.caddy_config(), config);
    EXPECT_EQ(world.caddy_writes(), writes);
    EXPECT_TRUE(world.serves("app.test", "one"));
  }
  std::string config;
  int writes = 0;
};

TEST_F(Untouched, ANewerSchema) {
  ASSERT_EQ(world
                .sql("INSERT INTO schema_migrations VALUES (999, '999_later.sql', 'x'); DELETE FROM hosts; PRAGMA "
                     "wal_checkpoint(TRUNCATE);")
                .status,
            0);
  world.start_argos();
  stalls_with("SchemaNewer", "999");
}

TEST_F(Untouched, ACorruptDatabase) {
  for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(world.folder / "data/argos.db" + suffix);
  world.folder.write("data/argos.db", std::string(50'000, 'x'));
  world.start_argos();
  stalls_with("DatabaseCorrupt", "argos.db");
  EXPECT_EQ(read_file(world.folder / "data/argos.db").value(), std::string(50'000, 'x'));
}

TEST_F(Untouched, AReadOnlyDatabase) {
  // Root writes through any mode, so argos runs as nobody, who may write the folder but not the file.
  if (::geteuid() == 0) {
    constexpr int kNobody = 65534;
    std::filesystem::permissions(world.folder.path(), std::filesystem::perms::all);
    ASSERT_EQ(shell("chown -R 65534:65534 '" + (world.folder / "data") + "' && chown root:root '" +
                    (world.folder / "data/argos.db") + "' && chmod 0444 '" + (world.folder / "data/argos.db") +
                    "' && chmod -R a+rX '" + (world.folder / "manifests") + "'")
                  .status,
              0);
    world.start_argos_as(kNobody);
  } else {
    ASSERT_EQ(shell("chmod 0444 '" + (world.folder / "data/argos.db") + "'").status, 0);
    world.start_argos();
  }
  stalls_with("DatabaseReadOnly", "argos.db");
}

TEST_F(Lifecycle, AMalformedVariableIsOneLineAndStatusTwo) {
  Process bad({argos_binary(), "serve"}, {{"ARGOS_HTTP_PORT", "eighty"}}, world.folder.path(), world.folder / "bad.log");
  EXPECT_EQ(bad.wait(), "exit status 2");
  const auto log = bad.log();
  EXPECT_THAT(log, HasSubstr("ARGOS_HTTP_PORT"));
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1) << log;
}

}  // namespace
}  // namespace argos::test
