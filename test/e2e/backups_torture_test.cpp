// SPDX-License-Identifier: Apache-2.0
// Backups by the real program, killed at any call to the disk or with a call that fails, while somebody writes: what has an archive's name
// is whole, and what dead runs leave behind is gone as soon as argos looks.
#include <csignal>
#include <random>

#include "model/archive_metadata.hpp"
#include "runtime/archive_reader.hpp"
#include "runtime/db_snapshot.hpp"
#include "test/e2e/world.hpp"
#include "test/support/archives.hpp"
#include "test/support/faulty_disk.hpp"
#include "test/support/torture.hpp"

namespace argos::test {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 30s;
constexpr int kNever = 1 << 30;  // the calls are only counted

// Writes into the database without a pause, as another process, for as long as it is there.
class BusyWriter {
 public:
  explicit BusyWriter(std::string path) : path_(std::move(path)), thread_([this] { work(); }) {}
  ~BusyWriter() {
    over_ = true;
    thread_.join();
  }
  BusyWriter(const BusyWriter&) = delete;
  BusyWriter& operator=(const BusyWriter&) = delete;

 private:
  void work() {
    while (!over_) {
      auto database = Database::open(path_, Database::Mode::read_write, 2000);
      for (int row = 0; database && row < 50 && !over_; ++row) {
        (void)database->run("REPLACE INTO remembered VALUES ('busy' || abs(random() % 500), hex(randomblob(100)))");
      }
      std::this_thread::sleep_for(20ms);  // others write too
    }
  }
  std::string path_;
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

class BackupRun {
 public:
  std::string data() const { return world.folder / "data"; }
  std::string database() const { return data() + "/argos.db"; }

  void start() {
    disk.disarm();
    world.start_argos(disk.environment());
    until([&] {
      return world.api("/healthz").status == 200 && number("SELECT count(*) FROM sqlite_schema WHERE name = 'backups'") == 1;
    });
  }
  void end() {
    world.server->signal(SIGKILL);
    world.server->wait();
  }
  void ask_for_one() const {
    if (auto other = Database::open(database(), Database::Mode::read_write, 5000))
      (void)other->run("INSERT INTO requests (verb, kind) VALUES ('backup', 'backups')");
  }
  // Until it has ended, one way or the other, or argos is dead.
  void back_up(Fault fault, int nth, FaultyDisk::Harm harm = {}) {
    ask_for_one();
    disk.arm(fault, nth, harm);
    until([&] { return !world.server->alive() || open_requests() == 0; });
  }
  // Killed at a moment, wherever it is then.
  void back_up_and_kill_after(std::chrono::microseconds span) {
    ask_for_one();
    std::this_thread::sleep_for(span);
    world.server->signal(SIGKILL);
    until([&] { return !world.server->alive(); });
  }
  std::int64_t open_requests() const { return number("SELECT count(*) FROM requests WHERE state IN ('pending', 'running')"); }
  std::int64_t done() const { return number("SELECT count(*) FROM requests WHERE state = 'done'"); }
  std::int64_t number(const std::string& sql) const {
    auto other = Database::open(database(), Database::Mode::read_only, 5000);
    const auto found = other ? other->number(sql) : Result<std::int64_t>(-1);
    return found ? *found : -1;
  }

  // What has an archive's name and is none; empty: all are whole.
  std::string damage() const {
    std::string out;
    std::error_code none_yet;
    for (const auto& entry : std::filesystem::directory_iterator(data() + "/backups", none_yet)) {
      if (!is_archive_name(entry.path().filename().string())) continue;
      JobProgress progress;
      const auto name = entry.path().filename().string();
      const auto read = read_archive(entry.path().string(), progress);
      if (read.problem) out += name + ": " + read.problem->text() + "\n";
      const auto restored = untarred(entry.path().string());
      if (!restored.contains("argos.db")) out += name + ": tar does not open it\n";
      if (!restored.contains("argos.db")) continue;
      auto database = Database::open(world.folder.write("restored.db", restored.at("argos.db")), Database::Mode::read_only);
      const auto sound = database ? check_sound(*database) : Result<>(database.error());
      if (!sound) out += name + ": " + sound.error().text() + "\n";
    }
    return out;
  }
  std::string leftovers() const {
    std::string out;
    std::error_code none_yet;
    for (const auto& entry : std::filesystem::directory_iterator(data() + "/backups", none_yet)) {
      if (!is_archive_name(entry.path().filename().string())) out += entry.path().filename().string() + "\n";
    }
    for (const auto* const beside : {".snapshot", ".snapshot-journal", ".trial"}) {
      if (std::filesystem::exists(database() + beside)) out += "argos.db" + std::string(beside) + "\n";
    }
    return out;
  }
  // Else reading all of them takes longer with each round.
  void forget_archives() const { std::filesystem::remove_all(data() + "/backups"); }

  void until(const std::function<bool()>& holds) {
    if (!eventually(holds, kPatience)) stuck = "at " + disk.story() + "\n" + world.server->log();
  }

  World world;
  FaultyDisk disk{data()};
  std::string stuck;
};

// In parts, which run side by side.
struct BackupsKillsTorture : testing::TestWithParam<int> {};
constexpr int kParts = 4;

// Before each call to the disk, in the quick form before some; and at moments between them.
TEST_P(BackupsKillsTorture, AnywhereEveryArchiveUnderItsNameIsWhole) {
  std::minstd_rand random(static_cast<std::uint32_t>(seed() + static_cast<std::uint64_t>(GetParam())));
  BackupRun run;
  run.start();
  const BusyWriter writer(run.database());
  const auto begun = std::chrono::steady_clock::now();
  run.back_up(Fault::none, kNever);
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begun);
  ASSERT_EQ(run.stuck, "");
  ASSERT_EQ(run.done(), 1);
  const int calls = std::max(20, run.disk.calls());
  const int steps = torture() ? (calls + kParts - 1) / kParts : 3;
  const int most = torture() ? std::max(300 / kParts, steps + steps / 2) : 20 / kParts;
  if (torture()) say_rounds(most);
  int killed = 0;
  for (int round = 0; round < most; ++round) {
    const auto any = random();
    if (round < steps)
      run.back_up(Fault::kill,
                  torture() ? 1 + GetParam() + round * kParts : 1 + static_cast<int>(any % static_cast<unsigned>(calls)));
    else
      run.back_up_and_kill_after(took * (any % 1000) / 1000);
    ASSERT_EQ(run.stuck, "") << "round " << round;
    const auto story = round < steps ? "killed before " + run.disk.story() : "killed at a moment";
    killed += run.world.server->alive() ? 0 : 1;
    run.end();
    ASSERT_EQ(run.damage(), "") << "round " << round << ", " << story;
    run.start();
    run.until([&] { return run.open_requests() == 0 && run.leftovers().empty(); });  // what was asked for is taken up again
    ASSERT_EQ(run.stuck, "") << "round " << round << ", " << story;
    ASSERT_EQ(run.damage(), "") << "round " << round;
    run.forget_archives();
  }
  EXPECT_GT(killed, 0);
}

INSTANTIATE_TEST_SUITE_P(Part, BackupsKillsTorture, testing::Range(0, kParts));

struct BackupFault {
  const char* name;
  Fault fault;
  FaultyDisk::Harm harm;
};
std::ostream& operator<<(std::ostream& out, const BackupFault& fault) { return out << fault.name; }

struct BackupsFaultsTorture : testing::TestWithParam<BackupFault> {};

// The quick form leaps.
TEST_P(BackupsFaultsTorture, OfAnyCallLeavesAWholeArchiveOrNone) {
  const auto& [name, fault, harm] = GetParam();
  BackupRun run;
  run.start();
  run.back_up(Fault::none, kNever);
  ASSERT_EQ(run.stuck, "");
  const int calls = run.disk.calls();
  ASSERT_GT(calls, 10);
  std::minstd_rand random(static_cast<std::uint32_t>(seed() + static_cast<std::uint64_t>(fault)));
  const auto leap = [&] { return torture() ? 1 : 1 + static_cast<int>(random() % 12); };
  int struck = 0;
  for (int nth = leap();; nth += leap()) {
    run.back_up(fault, nth, harm);
    ASSERT_EQ(run.stuck, "") << nth;
    const bool untouched = !run.disk.has_struck();
    const auto story = run.disk.story();
    run.disk.disarm();
    ASSERT_EQ(run.damage(), "") << nth << " " << story;
    run.until([&] { return run.leftovers().empty(); });
    ASSERT_EQ(run.stuck, "") << nth << " " << story;
    if (untouched && nth > calls) break;
    ++struck;
  }
  const auto before = run.done();
  run.back_up(Fault::none, 0);
  EXPECT_EQ(run.done(), before + 1) << "it works again";
  EXPECT_EQ(run.stuck, "");
  if (torture()) say_rounds(struck);
  EXPECT_GT(struck, 0) << name;
}

INSTANTIATE_TEST_SUITE_P(Each, BackupsFaultsTorture,
                         testing::Values(BackupFault{"InputOutputError", Fault::fail, {.error = EIO}},
                                         BackupFault{"FullForAWhile", Fault::fail, {.error = ENOSPC, .times = 3}},
                                         BackupFault{"ShortWrite", Fault::short_write, {}}),
                         [](const auto& fault) { return std::string(fault.param.name); });

}  // namespace
}  // namespace argos::test
