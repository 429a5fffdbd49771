// SPDX-License-Identifier: Apache-2.0
// A rotation that is killed anywhere, or whose n-th system call fails: every secret still opens, and in the end all is under the new key.
#include <csignal>
#include <random>

#include "test/e2e/vault.hpp"
#include "test/e2e/world.hpp"
#include "test/support/faulty_disk.hpp"
#include "test/support/torture.hpp"

namespace argos::test {
namespace {

using namespace std::chrono_literals;

constexpr int kSecrets = 45;  // more than two transactions
constexpr auto kPatience = 30s;
constexpr int kNever = 1 << 30;  // the calls are only counted

class Rotation {
 public:
  Rotation() { std::filesystem::create_directories(data()); }

  std::string data() const { return world.folder / "data"; }
  std::string database() const { return world.folder / "data/argos.db"; }

  // A start of argos whose nth call goes wrong, until all is sealed under that key or argos is dead.
  void turn(const std::string& current, Fault fault, int nth, FaultyDisk::Harm harm = {}) {
    std::vector<std::string> previous;
    std::ranges::copy_if(kMasterKeys, std::back_inserter(previous), [&](const auto& key) { return key != current; });
    auto environment = master_keys(current, previous);
    environment.merge(disk.environment());
    disk.arm(fault, nth, harm);
    world.start_argos(environment);
    const Vault vault(database());
    const bool over = eventually([&] { return !world.server->alive() || (vault.is_under(current) && answers()); }, kPatience);
    if (!over) stuck = disk.story() + "\n" + world.server->log();
  }
  void end() {
    world.server->signal(SIGKILL);
    world.server->wait();
  }
  bool is_dead() { return !world.server->alive(); }

  World world;
  FaultyDisk disk{data()};
  std::string stuck;

 private:
  // Else the calls of the way up would not all be among those that are counted.
  bool answers() const { return world.api("/healthz").status == 200; }
};

TEST(SecretsTorture, KilledAnywhereWithAnyMixOfKeysEverySecretOpens) {
  std::minstd_rand random(static_cast<std::uint32_t>(seed()));
  const auto below = [&](std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(random); };
  Rotation rotation;
  const Vault vault(rotation.database());
  for (int number = 0; number < kSecrets; ++number) vault.hold(number, kMasterKeys[below(kMasterKeys.size())]);
  int calls = 100, halfway = 0;
  for (int round = 0, most = rounds(20, 500); round < most; ++round) {
    for (int more = 0; more < 5; ++more) {
      vault.hold(static_cast<int>(below(kSecrets)), kMasterKeys[below(kMasterKeys.size())]);
    }
    const auto& current = kMasterKeys[below(kMasterKeys.size())];
    const auto before = vault.bytes();
    rotation.turn(current, Fault::kill, 1 + static_cast<int>(below(static_cast<std::size_t>(calls))));
    ASSERT_EQ(rotation.stuck, "") << "round " << round;
    if (rotation.is_dead()) {
      halfway += vault.bytes() != before && !vault.is_under(current) ? 1 : 0;
    } else {
      calls = rotation.disk.calls();
    }
    rotation.end();
    ASSERT_EQ(vault.damage(kMasterKeys), "") << "round " << round << ": " << rotation.disk.story();
  }
  EXPECT_GT(halfway, 0);
  rotation.turn(kMasterKeys[0], Fault::none, 0);
  EXPECT_EQ(rotation.stuck, "");
  EXPECT_TRUE(vault.is_under(kMasterKeys[0]));
}

struct Case {
  const char* name;
  Fault fault;
  FaultyDisk::Harm harm;
};
std::ostream& operator<<(std::ostream& out, const Case& fault) { return out << fault.name; }

struct SecretsFaultsTorture : testing::TestWithParam<Case> {};

// The quick form leaps.
TEST_P(SecretsFaultsTorture, OfAnyCallTheRotationEndsWithEverySecretUnderTheNewKey) {
  const auto& [name, fault, harm] = GetParam();
  const auto &old = kMasterKeys[0], &current = kMasterKeys[1];
  TempFolder first;
  {
    const Vault vault(first / "argos.db");
    for (int number = 0; number < kSecrets; ++number) vault.hold(number, old);
  }
  Rotation rotation;
  const auto rotate = [&, kind = fault, how = harm](int nth) {
    std::filesystem::remove_all(rotation.data());
    std::filesystem::copy(first.path(), rotation.data(), std::filesystem::copy_options::recursive);
    rotation.turn(current, kind, nth, how);
    if (rotation.is_dead()) rotation.turn(current, Fault::none, 0);
    ASSERT_EQ(rotation.stuck, "") << nth;
    const Vault vault(rotation.database());
    ASSERT_TRUE(vault.is_under(current)) << nth;
    ASSERT_EQ(vault.damage({current}), "") << nth;
    rotation.end();
  };
  rotate(kNever);
  const int calls = rotation.disk.calls();
  std::minstd_rand random(static_cast<std::uint32_t>(seed() + static_cast<std::uint64_t>(fault)));
  const auto leap = [&] { return torture() ? 1 : 1 + static_cast<int>(random() % 30); };
  int struck = 0;
  for (int nth = leap(); nth <= calls && !HasFatalFailure(); nth += leap(), ++struck) rotate(nth);
  if (torture()) say_rounds(struck);
  EXPECT_GT(struck, 0) << name << " " << calls;
}

INSTANTIATE_TEST_SUITE_P(Each, SecretsFaultsTorture,
                         testing::Values(Case{"InputOutputError", Fault::fail, {.error = EIO}},
                                         Case{"FullForAWhile", Fault::fail, {.error = ENOSPC, .times = 3}},
                                         Case{"ShortWrite", Fault::short_write, {}}, Case{"TornWrite", Fault::torn_write, {}},
                                         Case{"Kill", Fault::kill, {}}),
                         [](const auto& fault) { return std::string(fault.param.name); });

}  // namespace
}  // namespace argos::test
