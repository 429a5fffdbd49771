// SPDX-License-Identifier: Apache-2.0
// Killed at every call that a change of accounts makes to the disk: the change is there whole, with its audit row, or not at all.
#include "runtime/database.hpp"
#include "test/cli/child.hpp"
#include "test/support/faulty_disk.hpp"

namespace argos::test {
namespace {

struct AccountsKillTest : ::testing::Test {
  AccountsKillTest() { ready_store(folder / "argos.db").reset(); }

  Ran argos(std::vector<std::string> arguments) {
    auto environment = disk.environment();
    environment["ARGOS_DATA_DIR"] = folder.path().string();
    return run({std::move(arguments), std::move(environment), "", folder.path().string()});
  }
  // Each run is killed one call later than the one before, until one is not killed any more. `done` counts changes, `told` audit rows.
  void sweep(const std::function<std::vector<std::string>(int nth)>& command, const std::string& done,
             const std::string& told) {
    int nth = 0, killed_before = 0;
    do {
      ++nth;
      disk.arm(Fault::kill, nth);
      argos(command(nth));
      const bool struck = disk.has_struck();
      const auto story = disk.story();
      disk.disarm();
      auto database = Database::open(folder / "argos.db", Database::Mode::read_write, 1000);
      ASSERT_TRUE(database) << story;
      EXPECT_EQ(*database->number(done), *database->number(told)) << nth << " " << story;
      EXPECT_EQ(*database->number("SELECT count(*) FROM acting"), 0) << story;
      if (!struck) break;
      ++killed_before;
      ASSERT_LT(nth, 500);
    } while (true);
    EXPECT_GT(killed_before, 3) << "it was killed nowhere";
    auto database = Database::open(folder / "argos.db", Database::Mode::read_only, 1000);
    EXPECT_GT(*database->number(done), 0) << "nothing was ever changed";
  }
  void sql(const std::string& text) {
    auto database = Database::open(folder / "argos.db", Database::Mode::read_write, 1000);
    if (auto done = database->script(text); !done) throw std::runtime_error(done.error().text());
  }
  static std::string numbered(const char* word, int nth) { return word + std::to_string(nth); }
  void with_users(int most) {
    auto database = Database::open(folder / "argos.db", Database::Mode::read_write, 1000);
    for (int at = 0; at <= most; ++at) {
      const auto done =
          database->run("INSERT INTO users (name, role, password_hash) VALUES (?, 'admin', 'x')", cells(numbered("u", at)));
      ASSERT_TRUE(done);
    }
  }

  TempFolder folder;
  FaultyDisk disk{folder.path().string()};
};

TEST_F(AccountsKillTest, AUserIsAddedWithItsAuditRowOrNotAtAll) {
  sweep(
      [](int nth) {
        return std::vector<std::string>{"user", "add", numbered("u", nth)};
      },
      "SELECT count(*) FROM users", "SELECT count(*) FROM audit_log WHERE action = 'UserAdded'");
}

TEST_F(AccountsKillTest, AUserIsDisabledWithItsAuditRowOrNotAtAll) {
  constexpr int kMost = 500;
  with_users(kMost);
  sweep(
      [](int nth) {
        return std::vector<std::string>{"user", "disable", numbered("u", nth)};
      },
      "SELECT count(*) FROM users WHERE disabled", "SELECT count(*) FROM audit_log WHERE action = 'UserDisabled'");
}

// For what is done again and again to one user: his rows are made by hand, each run does it to another one.
struct Deed {
  std::string name, command;
  std::string prepared;  // what the user's row says before
  std::string done;  // and after
  std::string action;
};
struct AccountsKilledDeed : AccountsKillTest, ::testing::WithParamInterface<Deed> {};

TEST_P(AccountsKilledDeed, IsOnRecordOrWasNotDone) {
  constexpr int kMost = 500;
  with_users(kMost);
  sql("UPDATE users SET " + GetParam().prepared);
  sql("DELETE FROM audit_log");
  sweep(
      [](int nth) {
        return std::vector<std::string>{"user", GetParam().command, numbered("u", nth)};
      },
      "SELECT count(*) FROM users WHERE " + GetParam().done,
      "SELECT count(*) FROM audit_log WHERE action = '" + GetParam().action + "'");
}

INSTANTIATE_TEST_SUITE_P(Each, AccountsKilledDeed,
                         ::testing::Values(Deed{"enable", "enable", "disabled = 1", "disabled = 0", "UserEnabled"},
                                           Deed{"reset_password", "reset-password", "password_hash = 'x'",
                                                "password_hash <> 'x'", "UserPasswordChanged"},
                                           Deed{"disable_2fa", "disable-2fa", "totp = 'sealed'", "totp = ''",
                                                "SecondFactorDisabled"}),
                         [](const auto& each) { return each.param.name; });

TEST_F(AccountsKillTest, ATokenIsRevokedWithItsAuditRowOrNotAtAll) {
  constexpr int kMost = 500;
  for (int at = 0; at <= kMost; ++at)
    sql("INSERT INTO api_tokens (id, name, token_hash, role, created_at) VALUES ('i" + std::to_string(at) + "', '" +
        numbered("t", at) + "', 'h" + std::to_string(at) + "', 'viewer', 1)");
  sweep(
      [](int nth) {
        return std::vector<std::string>{"token", "revoke", numbered("t", nth)};
      },
      "SELECT 501 - count(*) FROM api_tokens", "SELECT count(*) FROM audit_log WHERE action = 'TokenRevoked'");
}

TEST_F(AccountsKillTest, ATokenIsCreatedWithItsAuditRowOrNotAtAll) {
  sweep(
      [](int nth) {
        return std::vector<std::string>{"token", "create", numbered("t", nth)};
      },
      "SELECT count(*) FROM api_tokens", "SELECT count(*) FROM audit_log WHERE action = 'TokenCreated'");
}

}  // namespace
}  // namespace argos::test
