// SPDX-License-Identifier: Apache-2.0
// Restores that are killed, on disks that fail or fill up, of archives that vanish: either database, whole, and nothing is lost.
#include <atomic>
#include <fstream>
#include <optional>
#include <random>
#include <thread>

#include "runtime/restore_files.hpp"
#include "test/e2e/restore_world.hpp"
#include "test/support/small_disk.hpp"
#include "test/support/torture.hpp"

namespace argos::test {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr int kNever = 1 << 30;  // the calls are only counted

// ---- killed ----------------------------------------------------------------------------------------------------------------

// Changes one host again and again, over the API.
class RestlessWriter {
 public:
  RestlessWriter(std::string socket, std::string prefix) : socket_(std::move(socket)), prefix_(std::move(prefix)) {
    thread_ = std::thread([this] { work(); });
  }
  ~RestlessWriter() { stop(); }
  RestlessWriter(const RestlessWriter&) = delete;
  RestlessWriter& operator=(const RestlessWriter&) = delete;
  bool has_begun() const { return begun_; }
  // What argos said that it has.
  std::vector<std::string> stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
    return acknowledged_;
  }

 private:
  void work() {
    for (int number = 0; !stopping_; ++number) {
      const auto form = prefix_ + std::to_string(number);
      const auto answer = http(socket_, "/api/v1/apply", {}, "POST",
                               R"({"objects": [{"kind": "Host", "metadata": {"name": "busy"}, "spec": {"domain": "busy.test",)"
                               R"( "tls": {"mode": "none"}, "caddyHandlers": [{"handler": "static_response", "body": ")" +
                                   form + R"("}]}}]})");
      if (answer.status == 200 && answer.body.find("refused") == std::string::npos) acknowledged_.push_back(form);
      begun_ = !acknowledged_.empty();
      std::this_thread::sleep_for(5ms);  // between two changes
    }
  }

  std::string socket_, prefix_;
  std::atomic<bool> stopping_ = false, begun_ = false;
  std::vector<std::string> acknowledged_;
  std::thread thread_;
};

// Who is about while it is killed: nobody; somebody who writes; an idle shell on the live database; argos itself only begins, over
// the log that a kill has left.
enum class About { nobody, writer, shell, boot };

struct RestoreKills : RestoreTorture {
  // The calls that begin a step each.
  std::vector<std::string> steps() const {
    const auto staged = database() + ".restore-staging/argos.db";
    return {"open " + staged,
            "write " + staged,
            "fsync " + staged,
            "link " + database() + ".before-restore-*",
            "rename " + database(),
            "fsync " + data(),
            "unlink " + data() + "/.restore_pending"};
  }
  void until_struck_or_done(About about) {
    const auto over = [&] {
      return !world.server->alive() || !wanted() ||
             (about == About::shell && world.server->log().find("DatabaseInUse") != std::string::npos);
    };
    ASSERT_TRUE(eventually(over, kRestorePatience)) << world.server->log();
  }
  void begin(About about, int round) {
    if (about != About::boot) return want(round);
    apply(applied("last", "word" + std::to_string(round)));
    said = {"word" + std::to_string(round)};
    kill();
    ASSERT_GT(std::filesystem::file_size(database() + "-wal"), 0U);
    want(round);
    start();
  }
  void kill_in(About about, int round) {
    std::optional<Database> shell;
    std::optional<RestlessWriter> writer;
    said.clear();
    if (about == About::shell) {
      shell = Database::open(database(), Database::Mode::read_write).value();
      ASSERT_TRUE(shell->number("SELECT count(*) FROM hosts"));
    }
    if (about == About::writer) {
      writer.emplace("unix://" + data() + "/argos.sock", "w" + std::to_string(round) + "-");
      ASSERT_TRUE(eventually([&] { return writer->has_begun(); }, kRestorePatience));
    }
    begin(about, round);
    until_struck_or_done(about);
    EXPECT_TRUE(about != About::shell || wanted()) << "it was swapped under somebody";
    if (writer) said = writer->stop();
    kill();
  }
  // Where it was said that something was written it is in the history, if nowhere else.
  void expect_said_is_there(About about, const std::string& story) const {
    EXPECT_TRUE(about == About::nobody || about == About::shell || !said.empty()) << story;
    for (const auto& form : said) {
      EXPECT_EQ(text("SELECT count(*) || '' FROM changes WHERE after ->> '$.caddy_handlers' LIKE '%\"" + form + "\"%'"), "1")
          << form << " " << story;
    }
  }

  std::vector<std::string> said;
};

TEST_F(RestoreKills, AtEveryStepAndAtAnyMomentItIsDoneOnceAndNothingThatWasWrittenIsLost) {
  prepare();
  std::minstd_rand random(static_cast<std::uint32_t>(seed()));
  const auto named = steps();
  const int steps_count = static_cast<int>(named.size()), each = steps_count * (torture() ? 4 : 1);
  int calls = 400, halfway = 0, struck = 0;
  for (int round = 0, most = rounds(20, 300); round < most; ++round) {
    start();
    until_done("");
    apply(applied("app", "now"));
    const bool counts = round == each;  // the first that is killed at random only counts the calls
    const auto about = counts ? About::nobody : static_cast<About>((round % steps_count + round / steps_count) % 4);
    const bool at_a_step = round < each;
    const int nth = at_a_step ? 1 : counts ? kNever : 1 + static_cast<int>(random() % static_cast<unsigned>(calls));
    disk.arm(Fault::kill, nth, {.only = at_a_step ? named.at(static_cast<std::size_t>(round % steps_count)) : ""});
    kill_in(about, round);
    if (counts) calls = disk.calls();
    const auto story = "round " + std::to_string(round) + ", " + std::to_string(static_cast<int>(about)) + ": " + disk.story();
    struck += disk.has_struck() ? 1 : 0;
    disk.disarm();
    halfway += wanted() ? 1 : 0;
    expect_whole(story);
    start();
    until_done(story);
    EXPECT_EQ(body_of("app"), "then") << story;
    EXPECT_EQ(text("SELECT value FROM meta WHERE key = 'restore'"), "id" + std::to_string(round)) << story;
    EXPECT_EQ(text("SELECT count(*) || '' FROM audit_log WHERE action = 'Restored' AND detail ->> '$.id' = 'id" +
                   std::to_string(round) + "'"),
              "1")
        << story;
    expect_said_is_there(about, story);
    apply(applied("app", "written later"));
    kill();
    start();  // nothing is wanted any more
    until_done(story);
    EXPECT_EQ(body_of("app"), "written later") << story;
    kill();
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(halfway, 0);
  EXPECT_GT(struck, rounds(20, 300) / 2);
}

// ---- calls that fail -------------------------------------------------------------------------------------------------------

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
  ASSERT_TRUE(eventually([&] { return disk.has_struck(); }, kRestorePatience));
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
    const bool over = eventually([&] { return !world.server->alive() || !wanted(); }, kRestorePatience);
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

// ---- a disk that is full, an archive that goes -----------------------------------------------------------------------------

struct RestoreLacks : RestoreTorture {
  std::string archive_path() const { return data() + "/backups/" + archive; }
  void stop_at(const std::string& call, int id) {
    disk.arm(Fault::stop, 1, {.only = call});
    want(id);
    ASSERT_TRUE(eventually([&] { return disk.has_struck(); }, kRestorePatience)) << call << world.server->log();
  }
  void go_on() {
    disk.disarm();
    world.server->signal(SIGCONT);
  }
  std::string refusal() const {
    const auto found = read_refusal({data(), database(), data() + "/backups"});
    return found ? found->reason : "";
  }
  // To its last byte.
  void fill() const {
    for (const auto size : {1U << 20U, 512U}) {
      std::ofstream file(data() + "/ballast" + std::to_string(size), std::ios::binary);
      const std::string block(size, 'x');
      while (file) file << block << std::flush;
    }
  }
  void make_room() const {
    for (const auto* const name : {"/ballast1048576", "/ballast512"}) std::filesystem::remove(data() + name);
  }
};

TEST_F(RestoreLacks, WhereTheDiskIsFullFromAnyStepOnNothingIsLostAndOnceThereIsRoomItGoesOn) {
  const SmallDisk small(data(), 64 * 1024);
  if (!small.mounted()) GTEST_SKIP() << "only root can have a small disk";
  prepare();
  start();
  until_done("");
  const auto staged = database() + ".restore-staging/argos.db";
  int id = 0;
  for (const auto& step :
       {"mkdir " + database() + ".restore-staging", "write " + staged, "fsync " + staged,
        "link " + database() + ".before-restore-*", "rename " + database(), "unlink " + data() + "/.restore_pending"}) {
    stop_at(step, ++id);
    fill();
    go_on();
    const auto told = [&] {
      return !wanted() || world.server->log().find("left on device") != std::string::npos ||
             world.server->log().find("disk is full") != std::string::npos;
    };
    EXPECT_TRUE(eventually(told, kRestorePatience)) << step << world.server->log();
    make_room();
    until_done(step);
    expect_whole(step);
    expect_told_truly(id, step);
    EXPECT_THAT(refusal(), ::testing::AnyOf("", "NoSpace", "DiskFull", "TooLarge", "CannotWrite")) << step;
    apply(applied("app", "written later"));
    if (HasFatalFailure()) return;
  }
}

TEST_F(RestoreLacks, AnArchiveThatGoesInTheMiddleIsReadToItsEndOrRefusedAndNothingChanges) {
  prepare();
  start();
  until_done("");
  ASSERT_EQ(world.sql("INSERT INTO remembered VALUES ('much', hex(randomblob(600000)))").status, 0);  // read in several pieces
  apply(applied("app", "then"));
  std::filesystem::remove(archive_path());
  archive = back_up();
  apply(applied("app", "now"));
  std::filesystem::copy_file(archive_path(), world.folder / "kept");
  const auto put_back = [&] {
    std::filesystem::copy_file(world.folder / "kept", archive_path(), std::filesystem::copy_options::overwrite_existing);
  };
  const auto staged = database() + ".restore-staging/argos.db";

  stop_at("open " + staged, 1);
  std::filesystem::remove(archive_path());
  go_on();
  until_done("gone before it was opened");
  EXPECT_EQ(refusal(), "NotFound");
  EXPECT_EQ(body_of("app"), "now");

  put_back();
  stop_at("write " + staged, 2);
  std::filesystem::resize_file(archive_path(), std::filesystem::file_size(archive_path()) - 1000);
  go_on();
  until_done("cut short while it was read");
  EXPECT_EQ(refusal(), "Truncated");
  EXPECT_EQ(body_of("app"), "now");

  put_back();
  stop_at("write " + staged, 3);
  kill();
  disk.disarm();
  std::filesystem::remove(archive_path());
  start();
  until_done("gone after a kill");
  EXPECT_EQ(refusal(), "NotFound");
  EXPECT_EQ(body_of("app"), "now");

  put_back();
  stop_at("write " + staged, 4);
  std::filesystem::remove(archive_path());
  go_on();
  until_done("gone while it was read");
  EXPECT_EQ(body_of("app"), "then");
  expect_told_truly(4, "");
}

}  // namespace
}  // namespace argos::test
