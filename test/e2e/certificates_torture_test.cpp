// SPDX-License-Identifier: Apache-2.0
// Whichever system call fails, or is the last before a kill, while certificates become files: no pair is ever a mismatched one, nothing
// outside the folder is touched, and in the end every host shows its own.
#include <cerrno>
#include <csignal>
#include <fstream>
#include <random>

#include "runtime/files.hpp"
#include "test/e2e/certificates.hpp"
#include "test/support/faulty_disk.hpp"
#include "test/support/torture.hpp"

namespace argos::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto kPatience = 60s;
constexpr int kNever = 1 << 30;  // the calls are only counted
constexpr int kUntouched = 3;  // rounds in a row to which no call came: there are no more calls

struct Harm {
  Fault fault;
  int error;
};
constexpr std::array<Harm, 5> kHarms{
    {{Fault::kill, 0}, {Fault::fail, EIO}, {Fault::torn_write, 0}, {Fault::fail, ENOSPC}, {Fault::short_write, 0}}};

class Game {
 public:
  explicit Game(std::uint64_t seed) : random_(static_cast<std::uint32_t>(seed)), disk_(world.folder / "data") {
    world.folder.write("outside", "untouched");
    world.start_caddy();
    start();
    world.bring(names_);
  }

  // Replaces what is shown. How many calls it took, the database's too; about.
  int replace() {
    disk_.arm(Fault::kill, kNever);
    world.bring(names_);
    eventually([&] { return is_as_wanted(); }, kPatience);
    return disk_.calls();
  }

  // Replaces what is shown, tampers with a file, and has the nth call of it go wrong.
  std::string disturb(const Harm& harm, int nth) {
    disk_.arm(harm.fault, nth, {.error = harm.error});
    const bool taken = world.bring(names_);
    const auto [hand, file] = tamper();
    eventually([&] { return disk_.has_struck() || is_as_wanted(); }, 3s);
    auto done =
        std::string(to_string(harm.fault)) + " " + disk_.story() + (taken ? "" : " (not taken)") + "; " + hand + " " + file;
    if (auto flaw = world.flaw(file); !flaw.empty()) wrong = done + ": " + flaw;
    struck = disk_.has_struck();
    const bool ends = harm.fault == Fault::kill || harm.fault == Fault::torn_write;
    if (ends && struck) world.server->wait();
    disk_.disarm();
    if (!world.server->alive()) start();
    if (!taken) eventually([&] { return world.bring(names_); }, kPatience);
    return done;
  }

  bool is_as_wanted() const { return world.flaw().empty() && world.all_show() && world.probe("/readyz").status == 200; }
  bool is_untouched_outside() const { return read_file(world.folder / "outside").value() == "untouched"; }

  CertificateWorld world;
  std::string wrong;
  bool struck = false;  // in the last round a call came to it

 private:
  void start() {
    world.start_argos(disk_.environment());
    world.until_argos_answers();
  }

  // What was done to which file.
  std::pair<std::string, std::string> tamper() {
    std::vector<fs::path> files;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(world.certs(), none)) files.push_back(entry.path());
    if (files.empty()) return {};
    std::ranges::sort(files);
    const auto& file = files[random_() % files.size()];
    const auto name = file.filename().string();
    switch (random_() % 4) {
      case 0: return fs::remove(file, none), std::pair("remove", name);
      case 1: return fs::permissions(file, fs::perms::all, none), std::pair("chmod", name);
      case 2: return fs::remove(file, none), fs::create_symlink(world.folder / "outside", file, none), std::pair("link", name);
      default: return {};
    }
  }

  std::minstd_rand random_;
  FaultyDisk disk_;
  std::vector<std::string> names_{"a", "b", "c"};
};

struct CertificatesTorture : testing::Test {
  void SetUp() override {
    ASSERT_TRUE(eventually([&] { return game.is_as_wanted(); }, kPatience)) << game.world.server->log();
    calls = game.replace();
  }
  int anywhere() { return 1 + static_cast<int>(random() % static_cast<std::uint32_t>(calls)); }
  void play(const Harm& harm, int nth) {
    const auto done = game.disturb(harm, nth);
    ASSERT_EQ(game.wrong, "") << nth << ": " << done;
    ASSERT_TRUE(eventually([&] { return game.is_as_wanted(); }, kPatience)) << nth << ": " << done << "\n"
                                                                            << game.world.server->log();
    ASSERT_TRUE(game.is_untouched_outside()) << done;
  }
  // How many rounds it took.
  int play_every_call(const Harm& harm) {
    int nth = 0;
    for (int untouched = 0; untouched < kUntouched && !HasFatalFailure(); untouched = game.struck ? 0 : untouched + 1)
      play(harm, ++nth);
    return nth;
  }

  Game game{seed()};
  std::minstd_rand random{static_cast<std::uint32_t>(seed())};
  int calls = 0;
};

TEST_F(CertificatesTorture, KilledAnywhereEveryPairFitsAndEveryHostShowsItsOwn) {
  int killed = 0;
  for (int round = 0, most = rounds(20, 500); round < most && !HasFatalFailure(); ++round) {
    play({Fault::kill, 0}, anywhere());
    killed += game.struck ? 1 : 0;
  }
  EXPECT_GT(killed, 0);
}

// One call each, at random, in the quick form; every call, until a replacement passes untouched, in the long one.
TEST_F(CertificatesTorture, WhateverGoesWrongWithACallEveryPairFitsAndEveryHostShowsItsOwn) {
  int played = 0;
  for (const auto& harm : kHarms) {
    if (HasFatalFailure()) return;
    if (torture()) {
      played += play_every_call(harm);
    } else {
      play(harm, anywhere());
    }
  }
  if (torture()) say_rounds(played);
}

}  // namespace
}  // namespace argos::test
