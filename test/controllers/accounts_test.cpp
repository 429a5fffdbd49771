// SPDX-License-Identifier: Apache-2.0
// The first admin, and what becomes of what has ended.
#include "controllers/accounts.hpp"

#include <sys/stat.h>

#include "runtime/files.hpp"
#include "runtime/sessions.hpp"
#include "runtime/throttles.hpp"
#include "runtime/users.hpp"
#include "test/support/support.hpp"

namespace argos::test {
namespace {

using namespace std::chrono_literals;

struct AccountsControllerTest : ::testing::Test {
  void pass(const std::string& password = "", const std::string& user = "admin") {
    Controller controller(std::make_unique<Accounts>(*store, passwords, clock,
                                                     InitialAdmin{user, Secret(password), folder / "initial-admin-password"}),
                          conditions, clock);
    controller.mark(controller.key(), "test");
    settle(context, controller);
    ready = *conditions.find(controller.key(), "Ready");
  }
  std::optional<User> user(const std::string& name) {
    std::optional<User> out;
    write([&](Database& database) -> Result<> {
      out = read_user(database, name).value();
      return {};
    });
    return out;
  }
  void write(const std::function<Result<>(Database&)>& job) {
    const auto done = store->write(Actor{"tester", ""}, job);
    ASSERT_TRUE(done) << done.error().text();
  }
  std::int64_t number(const std::string& sql) {
    return *Database::open(store->path(), Database::Mode::read_only, 1000)->number(sql);
  }
  Result<std::string> file() { return read_file(folder / "initial-admin-password"); }
  bool opens(const std::string& name, std::string password) {
    while (password.ends_with('\n')) password.pop_back();
    return is_password(user(name)->password_hash, Secret(password));
  }

  TempFolder folder;
  boost::asio::io_context context{1};
  ManualClock clock;
  Conditions conditions{clock};
  Passwords passwords{4};
  std::unique_ptr<Store> store = ready_store(folder / "argos.db");
  Condition ready;
};

TEST_F(AccountsControllerTest, TheFirstAdminGetsAPasswordThatLiesInAFileForArgosUserAlone) {
  pass();
  EXPECT_EQ(ready.status, Status::yes) << ready.message;
  const auto admin = user("admin");
  ASSERT_TRUE(admin);
  EXPECT_EQ(admin->role, Role::admin);
  EXPECT_TRUE(admin->must_change);
  EXPECT_TRUE(opens("admin", file().value()));
  struct stat found {};
  ASSERT_EQ(::stat((folder / "initial-admin-password").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
  EXPECT_EQ(number("SELECT count(*) FROM audit_log WHERE action = 'UserAdded' AND actor = 'accounts'"), 1);
}

TEST_F(AccountsControllerTest, EachFirstAdminGetsAnotherPassword) {
  pass();
  const auto first = file().value();
  EXPECT_GE(first.size(), 20U);
  store->close();
  std::filesystem::remove(folder / "argos.db");
  store = ready_store(folder / "argos.db");
  pass();
  EXPECT_NE(file().value(), first);
  EXPECT_TRUE(opens("admin", file().value()));
}

TEST_F(AccountsControllerTest, AConfiguredPasswordIsTakenAndLiesNowhere) {
  pass("correct horse battery", "root");
  EXPECT_TRUE(opens("root", "correct horse battery"));
  EXPECT_FALSE(user("root")->must_change);
  EXPECT_FALSE(user("admin"));
  EXPECT_FALSE(file());
}

TEST_F(AccountsControllerTest, AConfiguredPasswordThatIsEasyToGuessMustBeChanged) {
  pass("password1");
  EXPECT_TRUE(opens("admin", "password1"));
  EXPECT_TRUE(user("admin")->must_change);
}

TEST_F(AccountsControllerTest, AUserThatIsThereIsNeverChanged) {
  pass("correct horse battery");
  const auto before = user("admin")->password_hash;
  pass("another horse battery");
  pass("another horse battery", "root");
  pass("");
  EXPECT_EQ(user("admin")->password_hash, before);
  EXPECT_EQ(number("SELECT count(*) FROM users"), 1);
  EXPECT_FALSE(file());
}

TEST_F(AccountsControllerTest, TheFileStaysUntilTheFirstLogin) {
  pass();
  pass();
  EXPECT_TRUE(file());
  write([&](Database& database) { return note_login(database, "admin", clock.wall()); });
  pass();
  EXPECT_FALSE(file());
  EXPECT_EQ(number("SELECT count(*) FROM remembered"), 0);
}

TEST_F(AccountsControllerTest, TheFileGoesWithAPasswordThatWasResetToo) {
  pass();
  write([](Database& database) { return set_password(database, "admin", "x", false); });
  pass();
  EXPECT_FALSE(file());
}

TEST_F(AccountsControllerTest, WhereTheFileCannotBeWrittenThereIsNoUserWithAPasswordThatNobodyKnows) {
  std::filesystem::create_directories(folder / "initial-admin-password/in-the-way");
  Controller controller(
      std::make_unique<Accounts>(*store, passwords, clock, InitialAdmin{"admin", Secret(), folder / "initial-admin-password"}),
      conditions, clock);
  controller.mark(controller.key(), "test");
  run(context, controller.step());
  EXPECT_EQ(conditions.find(controller.key(), "Ready")->status, Status::no);
  EXPECT_FALSE(user("admin"));
}

TEST_F(AccountsControllerTest, WhatHasEndedIsForgottenAndWhatHasNotIsKept) {
  pass("correct horse battery");
  const SessionKey key(std::string(32, 'k'));
  const auto open = [&] {
    write([&](Database& database) -> Result<> {
      if (auto charge = charge_login(database, {"admin", "192.0.2.7"}, clock.wall()); !charge) return charge.error();
      if (auto opened = open_session(database, key, {"admin", "192.0.2.7", ""}, clock.wall()); !opened) return opened.error();
      return {};
    });
  };
  open();
  clock.advance(kSessionIdle);
  open();
  pass();
  EXPECT_EQ(number("SELECT count(*) FROM sessions"), 1);
  clock.advance(kSessionIdle);
  pass();
  EXPECT_EQ(number("SELECT count(*) FROM sessions"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM login_throttles"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM audit_log WHERE action = 'SessionEnded'"), 2);
}

}  // namespace
}  // namespace argos::test
