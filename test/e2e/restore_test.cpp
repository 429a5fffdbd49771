// SPDX-License-Identifier: Apache-2.0
// Restores by the real program with a real Caddy: what visitors get, live and from nothing, and what those hear who wait.
#include <future>

#include "test/e2e/restore_world.hpp"
#include "test/support/archives.hpp"
#include "test/support/program.hpp"
#include "test/support/visitors.hpp"

namespace argos::test {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(RestoreWorld, VisitorsOfWhatBothDatabasesWantNeverNoticeAndTheRestIsServedAsItWas) {
  world.start_caddy();
  start();
  world.until_ready();
  apply(applied("same", "same") + applied("app", "then") + applied("gone", "gone"));
  EVENTUALLY(world.serves("app.test", "then") && world.serves("gone.test", "gone"));
  const auto archive = back_up();
  ASSERT_EQ(world.argos("delete host gone").status, 0);
  apply(applied("app", "now") + applied("later", "later"));
  EVENTUALLY(world.serves("app.test", "now") && world.serves("later.test", "later") && !world.serves("gone.test", "gone"));

  Visitors visitors(world.http_port, 4, [](unsigned number) {
    if (number % 2 == 0)
      return Visitors::Visit{"same.test", [](int status, const std::string& body) { return status == 200 && body == "same"; }};
    return Visitors::Visit{
        "app.test", [](int status, const std::string& body) { return status == 200 && (body == "now" || body == "then"); }};
  });
  const auto restored = world.argos("restore --file " + archive + " --yes --wait --timeout 30s");
  EXPECT_EQ(restored.status, 0) << restored.out;
  EVENTUALLY(world.serves("app.test", "then") && world.serves("gone.test", "gone") && !world.serves("later.test", "later"));
  visitors.stop();
  EXPECT_GT(visitors.requests(), 0);
  EXPECT_THAT(visitors.failures(), IsEmpty());

  ASSERT_EQ(world.argos("restore --undo --yes --wait --timeout 30s").status, 0);
  EVENTUALLY(world.serves("app.test", "now") && world.serves("later.test", "later"));
}

TEST_F(RestoreWorld, FromAnEmptyFolderAnArchiveAndItsKeyEverythingIsServedAgain) {
  world.start_caddy();
  start();
  world.until_ready();
  apply(applied("app", "then"));
  ASSERT_EQ(world.argos("user add alice --role admin").status, 0);
  const auto archive = back_up();
  std::filesystem::copy_file(data() + "/backups/" + archive, world.folder / "saved.tar.gz");
  kill();
  world.caddy->signal(SIGKILL);
  world.caddy->wait();
  std::filesystem::remove_all(data());
  std::filesystem::create_directories(data());
  const auto wanted = world.argos("restore --file '" + (world.folder / "saved.tar.gz") + "' --yes");
  ASSERT_EQ(wanted.status, 0) << wanted.out;
  world.start_caddy();
  start();
  EVENTUALLY(world.serves("app.test", "then"));
  world.until_ready();
  EXPECT_THAT(world.argos("user list").out, HasSubstr("alice"));
  EXPECT_EQ(text("SELECT count(*) || '' FROM audit_log WHERE action = 'Restored'"), "1");
  EXPECT_THAT(world.server->log(), HasSubstr("manual cert reconcile"));
}

struct RestoreLayout : RestoreWorld, ::testing::WithParamInterface<const char*> {
  RestoreLayout() { database_folder = world.folder / GetParam(); }
};

TEST_P(RestoreLayout, ABadArchiveIntoAnEmptyFolderTakesNothingFromVisitors) {
  std::filesystem::create_directories(database_folder);
  world.start_caddy();
  start();
  world.until_ready();
  apply(applied("app", "then"));
  EVENTUALLY(world.serves("app.test", "then"));
  kill();
  std::filesystem::remove_all(data());
  std::filesystem::remove_all(database_folder);
  std::filesystem::create_directories(database_folder);
  world.folder.write("data/backups/bad.tar.gz", "no archive at all, whatever its name says");
  world.folder.write("data/.restore_pending", "bad.tar.gz");
  start();
  EVENTUALLY(std::filesystem::exists(data() + "/.restore_failed") && world.probe("/healthz").status == 200);
  EVENTUALLY(world.probe("/readyz").body.find("RestoreRefused") != std::string::npos);
  EXPECT_TRUE(world.serves("app.test", "then"));
  EXPECT_FALSE(std::filesystem::exists(database()));

  // One that is wanted and taken back decides nothing.
  kill();
  EXPECT_EQ(world.argos("restore --file bad.tar.gz --yes").status, 0);
  EXPECT_EQ(world.argos("restore --cancel").status, 0);
  EXPECT_TRUE(std::filesystem::exists(data() + "/.restore_failed"));
}

INSTANTIATE_TEST_SUITE_P(Each, RestoreLayout, ::testing::Values("data", "database"),
                         [](const auto& each) { return std::string(each.param); });

TEST_F(RestoreWorld, WhoWaitsAtATerminalSeesHowFarItIs) {
  start();
  world.until_argos_answers();
  apply(applied("app", "then"));
  const auto archive = back_up();
  std::future<Shell> waiting;
  auto shell = std::make_optional(Database::open(database(), Database::Mode::read_write).value());
  ASSERT_TRUE(shell->number("SELECT count(*) FROM hosts"));  // so that there is something to wait for
  const auto seen = world.folder / "seen";
  waiting = std::async(std::launch::async, [&] {
    return test::shell("ARGOS_DATA_DIR='" + data() + "' script -qefc \"'" + argos_binary() + "' restore --file " + archive +
                       " --yes --wait\" '" + seen + "' </dev/null");
  });
  EVENTUALLY(bytes_of_file(seen).find("carrying") != std::string::npos);
  shell.reset();
  EXPECT_EQ(waiting.get().status, 0);
  EXPECT_THAT(bytes_of_file(seen), HasSubstr("restored"));
}

TEST_F(RestoreWorld, WhoWaitsForOneThatIsTakenBackIsToldSo) {
  world.folder.write("data/backups/a.tar.gz", "nobody reads it");
  auto waiting = std::async(std::launch::async, [&] { return world.argos("restore --file a.tar.gz --yes --wait"); });
  EVENTUALLY(wanted());
  EXPECT_EQ(world.argos("restore --cancel").status, 0);
  const auto told = waiting.get();
  EXPECT_NE(told.status, 0);
  EXPECT_THAT(told.out, HasSubstr("taken back"));
}

}  // namespace
}  // namespace argos::test
