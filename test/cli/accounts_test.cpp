// SPDX-License-Identifier: Apache-2.0
// `argos user` and `argos token`: with nothing running, and beside an argos that runs.
#include <gmock/gmock.h>

#include "runtime/api_tokens.hpp"
#include "runtime/passwords.hpp"
#include "runtime/sessions.hpp"
#include "runtime/users.hpp"
#include "test/cli/running.hpp"

namespace argos::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct AccountsCliTest : RunningTest {
  AccountsCliTest() { argos({"user", "add", "root", "--role", "admin", "--password-file", "-"}, "correct horse battery\n"); }
  User user(const std::string& name) {
    auto other = Database::open(store->path(), Database::Mode::read_only, 1000);
    return read_user(*other, name).value().value_or(User{});
  }
  bool opens(const std::string& name, const std::string& password) {
    return is_password(user(name).password_hash, Secret(password));
  }
};

TEST_F(AccountsCliTest, AUserGetsThePasswordThatWasGiven) {
  EXPECT_EQ(user("root").role, Role::admin);
  EXPECT_TRUE(opens("root", "correct horse battery"));
  EXPECT_FALSE(user("root").must_change);
}

TEST_F(AccountsCliTest, APasswordThatIsMadeUpIsPrintedAndMustBeChanged) {
  const auto ran = argos({"user", "add", "alice", "-o", "json"});
  ASSERT_EQ(ran.status, 0) << ran.err;
  const auto said = boost::json::parse(ran.out);
  EXPECT_TRUE(opens("alice", std::string(said.at("password").as_string())));
  EXPECT_TRUE(user("alice").must_change);
  EXPECT_EQ(user("alice").role, Role::viewer);
}

TEST_F(AccountsCliTest, WhatIsTypedWronglyIsSaidAndNothingIsWritten) {
  struct Row {
    std::vector<std::string> arguments;
    std::string input;
    int status;
    std::string says;
  };
  for (const auto& row :
       {Row{{"user", "add", "Alice"}, "", 2, "lower-case"},
        Row{{"user", "add", "alice", "--role", "boss"}, "", 2, "viewer, operator or admin"},
        Row{{"user", "add", "alice", "--password-file", "-"}, "short", 2, "shorter than 8"},
        Row{{"user", "add", "alice", "--password-file", "-"}, std::string(73, 'x'), 2, "72 bytes"},
        Row{{"user", "add", "root"}, "", 1, "already"}, Row{{"user", "reset-password", "bob"}, "", 1, "no user bob"},
        Row{{"user", "disable", "root"}, "", 1, "make another user an admin"},
        Row{{"token", "create", "ci", "--expires", "soon"}, "", 2, "90d"},
        Row{{"token", "revoke", "ci"}, "", 1, "argos token list"}}) {
    const auto ran = argos(row.arguments, row.input);
    EXPECT_EQ(ran.status, row.status) << row.says << ran.err;
    EXPECT_THAT(ran.err, HasSubstr(row.says));
  }
  EXPECT_EQ(count("SELECT count(*) FROM users"), 1);
  EXPECT_EQ(count("SELECT count(*) FROM api_tokens"), 0);
}

TEST_F(AccountsCliTest, AResetEndsEverySession) {
  const SessionKey key(std::string(32, 'k'));
  ASSERT_TRUE(store->write(Actor{"root", ""}, [&](Database& database) -> Result<> {
    if (auto opened = open_session(database, key, {"root", "192.0.2.7", ""}, clock.wall()); !opened) return opened.error();
    return {};
  }));
  const auto ran = argos({"user", "reset-password", "root", "--password-file", "-"}, "another horse battery");
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_TRUE(opens("root", "another horse battery"));
  EXPECT_EQ(count("SELECT count(*) FROM sessions"), 0);
}

TEST_F(AccountsCliTest, ADisabledUserIsListedAsSuchAndMayComeBack) {
  argos({"user", "add", "alice", "--role", "operator"});
  EXPECT_EQ(argos({"user", "disable", "alice"}).status, 0);
  EXPECT_THAT(argos({"user", "list"}).out, HasSubstr("disabled"));
  EXPECT_EQ(argos({"user", "enable", "alice"}).status, 0);
  const auto items = boost::json::parse(argos({"user", "list", "-o", "json"}).out).at("items").as_array();
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(items[0].at("role"), "operator");
  EXPECT_THAT(serialize(items), Not(HasSubstr("$2b$")));
}

TEST_F(AccountsCliTest, ASecondFactorThatWasLostIsTakenAwayWithoutAnyKey) {
  sql("UPDATE users SET totp = 'sealed under a key that is lost'; INSERT INTO recovery_codes (user, code_hash) VALUES ('root', "
      "'x')");
  const auto ran = argos({"user", "disable-2fa", "root"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(user("root").totp, "");
  EXPECT_EQ(count("SELECT count(*) FROM recovery_codes"), 0);
  EXPECT_EQ(count("SELECT count(*) FROM audit_log WHERE action = 'SecondFactorDisabled'"), 1);
}

TEST_F(AccountsCliTest, ATokenIsPrintedOnceAndWorksUntilItIsRevoked) {
  const auto made = argos({"token", "create", "ci", "--role", "operator"});
  ASSERT_EQ(made.status, 0) << made.err;
  const auto token = made.out.substr(0, made.out.size() - 1);
  const auto found = [&] {
    auto other = Database::open(store->path(), Database::Mode::read_only, 1000);
    return find_token(*other, token, std::chrono::system_clock::now()).value();
  };
  ASSERT_TRUE(found());
  EXPECT_EQ(found()->role, Role::operator_);
  const auto listed = argos({"token", "list", "-o", "json"}).out;
  EXPECT_THAT(listed, HasSubstr("\"ci\""));
  EXPECT_THAT(listed, Not(HasSubstr(token)));
  EXPECT_EQ(argos({"token", "revoke", "ci"}).status, 0);
  EXPECT_FALSE(found());
}

TEST_F(AccountsCliTest, WhoDidItIsOnRecordWithTheCommand) {
  argos({"token", "create", "ci"});
  EXPECT_EQ(
      count("SELECT count(*) FROM audit_log WHERE action = 'UserAdded' AND origin = 'argos user add' AND actor <> 'outside'"),
      1);
  EXPECT_EQ(count("SELECT count(*) FROM audit_log WHERE action = 'TokenCreated' AND origin = 'argos token create'"), 1);
}

TEST_F(AccountsCliTest, UsersAndTokensComplete) {
  argos({"token", "create", "ci"});
  EXPECT_THAT(argos({"__complete", "user", "disable", ""}).out, HasSubstr("root\tadmin"));
  EXPECT_THAT(argos({"__complete", "token", "revoke", ""}).out, HasSubstr("ci\tviewer"));
  EXPECT_THAT(argos({"__complete", "user", "di"}).out, HasSubstr("disable-2fa"));
}

TEST(AccountsAlone, WithNoDatabaseThereIsNothingToChange) {
  const TempFolder folder;
  const auto ran = run({{"user", "list"}, {{"ARGOS_DATA_DIR", folder.path().string()}}, "", folder.path().string()});
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.err, HasSubstr("argos has not run here yet"));
  EXPECT_FALSE(std::filesystem::exists(folder / "argos.db"));
}

TEST(AccountsAlone, WithNothingRunningItWorksAllTheSame) {
  const TempFolder folder;
  ready_store(folder / "argos.db").reset();
  const auto ran = run({{"user", "add", "alice"}, {{"ARGOS_DATA_DIR", folder.path().string()}}, "", folder.path().string()});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("alice is added, as viewer"));
}

}  // namespace
}  // namespace argos::test
