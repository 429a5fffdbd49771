// SPDX-License-Identifier: Apache-2.0
// Restores by the real program with a real Caddy: what visitors get, live and from nothing, killed and with calls to the disk that fail.
#include <csignal>
#include <future>
#include <random>

#include "runtime/database.hpp"
#include "test/e2e/world.hpp"
#include "test/support/faulty_disk.hpp"
#include "test/support/own_network.hpp"
#include "test/support/torture.hpp"
#include "test/support/visitors.hpp"

namespace argos::test {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr auto kPatience = 30s;
constexpr int kNever = 1 << 30;  // the calls are only counted
const std::string kMasterKey(64, 'a');

// A host that answers by itself, applied.
std::string applied(const std::string& name, const std::string& body) {
  return "---\n" + World::host(name, name + ".test", body);
}

struct RestoreWorld : ::testing::Test {
  void SetUp() override { ASSERT_EQ(why_no_network, ""); }
  void start() {
    auto environment = disk.environment();
    environment["ARGOS_MASTER_KEY"] = kMasterKey;
    environment["ARGOS_DB_PATH"] = database();
    world.start_argos(environment);
  }
  void kill() {
    if (!world.server) return;
    world.server->signal(SIGKILL);
    world.server->wait();
  }
  void apply(const std::string& manifests) {
    const auto file = world.folder.write("apply.yaml", manifests);
    const auto done = world.argos("apply -f '" + file + "'");
    ASSERT_EQ(done.status, 0) << done.out;
  }
  std::string back_up() {
    const auto made = world.argos("backup now -o json");
    EXPECT_EQ(made.status, 0) << made.out;
    for (const auto& entry : std::filesystem::directory_iterator(data() + "/backups")) {
      if (entry.path().extension() == ".gz") return entry.path().filename().string();
    }
    return "";
  }
  std::string data() const { return world.folder / "data"; }
  std::string database() const { return database_folder + "/argos.db"; }
  bool wanted() const { return std::filesystem::exists(data() + "/.restore_pending"); }
  // Of the file, whoever has it open; what a killed one had begun is rolled back, for which it must be opened for writing.
  std::string text(const std::string& query) const {
    auto opened = Database::open(database(), Database::Mode::read_write, 2000);
    if (!opened) return opened.error().reason;
    const auto rows = opened->query(query);
    if (!rows) return rows.error().reason;
    return rows->empty() ? "" : std::string(rows->front().begin()->value().as_string());
  }
  std::string body_of(const std::string& name) const {
    return text("SELECT caddy_handlers ->> '$[0].body' FROM hosts WHERE name = '" + name + "'");
  }

  // First of all: where Caddy's reloads reset no fresh connections, as in the compose file.
  const std::string why_no_network = enter_own_network();
  World world;
  std::string database_folder = data();
  FaultyDisk disk{data()};
};

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

  Visitors visitors(world.http_port, 4, [](unsigned) {
    return Visitors::Visit{"same.test", [](int status, const std::string& body) { return status == 200 && body == "same"; }};
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

TEST_F(RestoreWorld, WhoWaitsForOneThatIsTakenBackIsToldSo) {
  world.folder.write("data/backups/a.tar.gz", "nobody reads it");
  auto waiting = std::async(std::launch::async, [&] { return world.argos("restore --file a.tar.gz --yes --wait"); });
  EVENTUALLY(wanted());
  EXPECT_EQ(world.argos("restore --cancel").status, 0);
  const auto told = waiting.get();
  EXPECT_NE(told.status, 0);
  EXPECT_THAT(told.out, HasSubstr("taken back"));
}

// ---- killed, and with calls that fail --------------------------------------------------------------------------------------

struct RestoreTorture : RestoreWorld {
  // A database and an archive of an earlier state of it.
  void prepare() {
    start();
    ASSERT_TRUE(
        eventually([&] { return world.api("/readyz").status != 0 && world.argos("get hosts").status == 0; }, kPatience));
    apply(applied("app", "then"));
    archive = back_up();
    ASSERT_NE(archive, "");
    apply(applied("app", "now"));
    kill();
  }
  void want(int id) {
    world.folder.write("data/.restore_pending", R"({"id": "id)" + std::to_string(id) + R"(", "archive": ")" + archive +
                                                    R"(", "requestedAt": "", "requestedBy": "a test"})");
  }
  // One of the two, whole.
  void expect_whole(const std::string& story) const {
    ASSERT_TRUE(std::filesystem::exists(database())) << story;
    EXPECT_EQ(text("PRAGMA integrity_check"), "ok") << story;
    EXPECT_THAT(body_of("app"), ::testing::AnyOf("then", "now", "written later")) << story;
  }
  // Refused, or done; and the live database has no other name.
  void expect_told_truly(int id, const std::string& story) const {
    const bool refused = std::filesystem::exists(data() + "/.restore_failed");
    EXPECT_EQ(text("SELECT value FROM meta WHERE key = 'restore'") != "id" + std::to_string(id), refused) << story;
    EXPECT_EQ(std::filesystem::hard_link_count(database()), 1) << story;
  }
  void until_done(const std::string& story) {
    ASSERT_TRUE(eventually([&] { return !wanted() && world.argos("get hosts").status == 0; }, kPatience))
        << story << world.server->log();
  }

  std::string archive;
};

TEST_F(RestoreTorture, KilledAtAnyMomentItIsDoneOnceAndWhatWasWrittenLaterStays) {
  prepare();
  std::minstd_rand random(static_cast<std::uint32_t>(seed()));
  int calls = 400, halfway = 0;
  for (int round = 0, most = rounds(20, 300); round < most; ++round) {
    start();
    until_done("");
    const int nth = 1 + static_cast<int>(random() % static_cast<unsigned>(calls));
    disk.arm(Fault::kill, round == 0 ? kNever : nth);
    want(round);
    ASSERT_TRUE(eventually([&] { return !world.server->alive() || !wanted(); }, kPatience)) << world.server->log();
    if (round == 0) calls = disk.calls();
    const auto story = disk.story();
    kill();
    disk.disarm();
    halfway += wanted() ? 1 : 0;
    expect_whole(story);
    start();
    until_done(story);
    EXPECT_EQ(body_of("app"), "then") << story;
    EXPECT_EQ(text("SELECT value FROM meta WHERE key = 'restore'"), "id" + std::to_string(round)) << story;
    apply(applied("app", "written later"));
    kill();
    start();  // nothing is wanted any more
    until_done(story);
    EXPECT_EQ(body_of("app"), "written later") << story;
    kill();
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(halfway, 0);
}

TEST_F(RestoreTorture, WhereACallOfTheSwapFailsItIsSaidAsItIs) {
  prepare();
  start();
  until_done("");
  int id = 0;
  for (const auto& call : {"link " + database() + ".before-restore-*", "rename " + database(), "fsync " + data()}) {
    int struck = 0;
    for (bool strikes = true; strikes && !HasFailure(); struck += strikes ? 1 : 0) {
      disk.arm(Fault::fail, struck + 1, {.error = EIO, .only = call});
      want(++id);
      until_done(call);
      strikes = disk.has_struck();
      disk.disarm();
      expect_whole(call);
      expect_told_truly(id, call);
    }
    EXPECT_GT(struck, 0) << call;
  }
}

TEST_F(RestoreTorture, WhileTheDatabaseIsReplacedNobodyWritesWhatWouldBeLost) {
  prepare();
  start();
  until_done("");
  disk.arm(Fault::stop, 1, {.only = "link " + database() + ".before-restore-*"});
  want(1);
  ASSERT_TRUE(eventually([&] { return disk.has_struck(); }, kPatience));
  {
    auto other = Database::open(database(), Database::Mode::read_write);
    ASSERT_TRUE(other);
    const auto written = other->run("INSERT INTO audit_log (actor, action) VALUES ('other', 'Lost')");
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().reason, "DatabaseBusy");
  }
  disk.disarm();
  world.server->signal(SIGCONT);
  until_done("");
  EXPECT_EQ(body_of("app"), "then");
  expect_told_truly(1, "");
}

struct RestoreFault {
  const char* name;
  Fault fault;
  FaultyDisk::Harm harm;
};
std::ostream& operator<<(std::ostream& out, const RestoreFault& fault) { return out << fault.name; }
struct RestoreFaultsTorture : RestoreTorture, ::testing::WithParamInterface<RestoreFault> {};

// The quick form leaps.
TEST_P(RestoreFaultsTorture, OfAnyCallItIsDoneOrRefusedAndNothingIsLost) {
  prepare();
  start();
  until_done("");
  std::minstd_rand random(static_cast<std::uint32_t>(seed()));
  const auto leap = [&] { return torture() ? 1 : 1 + static_cast<int>(random() % 60); };
  int struck = 0, calls = kNever;
  for (int nth = leap(); nth <= calls && !HasFatalFailure(); nth += leap()) {
    disk.arm(GetParam().fault, calls == kNever ? kNever : nth, GetParam().harm);
    want(1000 + nth);
    const bool over = eventually([&] { return !world.server->alive() || !wanted(); }, kPatience);
    const auto story = disk.story();
    if (calls == kNever) calls = disk.calls();
    disk.disarm();
    ASSERT_TRUE(over) << story << world.server->log();
    if (!world.server->alive()) start();
    until_done(story);
    expect_whole(story);
    expect_told_truly(1000 + nth, story);
    ++struck;
  }
  if (torture()) say_rounds(struck);
  EXPECT_GT(struck, 1);
}

INSTANTIATE_TEST_SUITE_P(Each, RestoreFaultsTorture,
                         ::testing::Values(RestoreFault{"no_space", Fault::fail, {ENOSPC}},
                                           RestoreFault{"io_error", Fault::fail, {EIO}}),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace argos::test
