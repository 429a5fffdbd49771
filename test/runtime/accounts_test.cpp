// SPDX-License-Identifier: Apache-2.0
// Users, sessions, tokens and throttles in a real database, whoever changes the rows.
#include <openssl/evp.h>

#include "runtime/api_tokens.hpp"
#include "runtime/files.hpp"
#include "runtime/passwords.hpp"
#include "runtime/sealed.hpp"
#include "runtime/sessions.hpp"
#include "runtime/throttles.hpp"
#include "runtime/users.hpp"
#include "test/support/support.hpp"

namespace argos::test {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kCheap = 4;

struct AccountsTest : ::testing::Test {
  AccountsTest() { add("alice", Role::admin); }

  template <class F>
  auto write(F job) {
    std::optional<decltype(job(std::declval<Database&>()))> out;
    const auto done = store->write(Actor{"tester", "a test"}, [&](Database& database) -> Result<> {
      out.emplace(job(database));
      if (!*out) return out->error();
      return {};
    });
    if (!done && *out) throw std::runtime_error(done.error().text());
    return std::move(*out);
  }
  void add(const std::string& name, Role role) {
    write([&](Database& database) { return add_user(database, {name, role, "hash of " + name, false}, now); });
  }
  Secret log_in(const std::string& user) {
    return std::move(write([&](Database& database) {
                       return open_session(database, key, {user, "192.0.2.7", "a browser"}, now);
                     })
                         .value()
                         .token);
  }
  bool is_in(const Secret& token) {
    return write([&](Database& database) { return find_session(database, key, token.text(), now); }).value().has_value();
  }
  Secret make_token(const NewToken& token) {
    return write([&](Database& database) { return create_token(database, token, now); }).value();
  }
  std::optional<ApiToken> token_of(const Secret& token) {
    return write([&](Database& database) { return find_token(database, token.text(), now); }).value();
  }
  // Zero: the try was taken.
  std::chrono::milliseconds guess(const std::string& account, const std::string& address) {
    return write([&](Database& database) { return charge_login(database, {account, address}, now); }).value().wait;
  }
  // Somebody with sqlite3.
  void by_hand(const std::string& sql) {
    auto other = Database::open(store->path(), Database::Mode::read_write, 1000);
    if (auto done = other->script(sql); !done) throw std::runtime_error(done.error().text());
  }
  std::string audit() {
    std::string out;
    const auto read = store->read([&](Database& database) -> Result<> {
      const auto rows = database.query("SELECT actor || ' ' || action || ' ' || name AS line FROM audit_log ORDER BY id");
      for (const auto& row : *rows) out += std::string(row.at("line").as_string()) + "\n";
      return {};
    });
    return out;
  }

  TempFolder folder;
  std::unique_ptr<Store> store = ready_store(folder / "argos.db");
  SessionKey key{std::string(32, 'k')};
  WallTime now{std::chrono::sys_days{std::chrono::year{2026} / 11 / 26}};
};

TEST(BcryptHash, IsOneOfBcryptAndOpensForItsPasswordAlone) {
  const Secret right("correct horse"), wrong("correct house");
  const auto hash = hash_password(right, kCheap);
  EXPECT_THAT(hash, ::testing::StartsWith("$2b$04$"));
  EXPECT_EQ(hash.size(), 60U);
  EXPECT_TRUE(is_password(hash, right));
  EXPECT_FALSE(is_password(hash, wrong));
  EXPECT_NE(hash_password(right, kCheap), hash) << "salted";
  EXPECT_FALSE(is_password("", right));
  EXPECT_FALSE(is_password("*0", right));
}

TEST(BcryptHash, NoLongPasswordOpensByItsFirst72Bytes) {
  const std::string longest(72, 'x');
  const auto hash = hash_password(Secret(longest), kCheap);
  EXPECT_TRUE(is_password(hash, Secret(longest)));
  EXPECT_FALSE(is_password(hash, Secret(longest + "y")));
  EXPECT_THROW(hash_password(Secret(longest + "y"), kCheap), std::logic_error);
}

TEST(BcryptHash, CostsTwelveWhereNobodySaysOtherwise) {
  EXPECT_THAT(hash_password(Secret("correct horse")), ::testing::StartsWith("$2b$12$"));
}

TEST(PasswordsQueue, HasAnEnd) {
  boost::asio::io_context context(1);
  Passwords passwords(kCheap, 2);
  std::string reasons;
  for (int at = 0; at < 5; ++at) {
    boost::asio::co_spawn(context, passwords.check("", Secret("whatever")),
                          [&](const std::exception_ptr&, Result<bool> answer) {
                            reasons += answer ? (*answer ? "right " : "wrong ") : answer.error().reason + " ";
                          });
  }
  context.run();
  EXPECT_THAT(reasons, HasSubstr("TooManyLogins TooManyLogins TooManyLogins "));
  EXPECT_THAT(reasons, HasSubstr("wrong "));
  EXPECT_FALSE(run(context, passwords.check("", Secret("whatever"))).value()) << "there is room again";
}

TEST(PasswordsQueue, NobodysPasswordIsWorkedOnLikeAnyOther) {
  boost::asio::io_context context(1);
  Passwords passwords(10);
  const auto hash = run(context, passwords.hash(Secret("correct horse"))).value();
  const auto took = [&](const std::string& against) {  // the best of three: the machine has other things to do
    auto best = std::chrono::steady_clock::duration::max();
    for (int at = 0; at < 3; ++at) {
      const auto begin = std::chrono::steady_clock::now();
      EXPECT_FALSE(run(context, passwords.check(against, Secret("wrong one"))).value());
      best = std::min(best, std::chrono::steady_clock::now() - begin);
    }
    return best;
  };
  const auto somebody = took(hash), nobody = took("");
  EXPECT_GT(nobody, somebody / 4);
  EXPECT_LT(nobody, somebody * 4);
}

TEST_F(AccountsTest, EveryChangeOfAUserIsInTheAuditLogWithWhoMadeIt) {
  add("bob", Role::viewer);
  write([](Database& database) { return set_role(database, "bob", Role::operator_); });
  write([](Database& database) { return set_password(database, "bob", "another hash", true); });
  write([](Database& database) { return set_disabled(database, "bob", true); });
  by_hand("UPDATE users SET disabled = 0 WHERE name = 'bob'; DELETE FROM users WHERE name = 'bob'");
  EXPECT_EQ(audit(),
            "tester UserAdded alice\ntester UserAdded bob\ntester UserRoleChanged bob\ntester UserPasswordChanged bob\n"
            "tester UserDisabled bob\noutside UserEnabled bob\noutside UserDeleted bob\n");
}

TEST_F(AccountsTest, NoHashAndNoTokenIsInTheAuditLogOrTheFeed) {
  const auto session = log_in("alice");
  const auto token = make_token({"ci", Role::viewer, "", "alice", {}});
  write([](Database& database) { return set_password(database, "alice", "another hash", true); });
  const auto read = store->read([&](Database& database) -> Result<> {
    for (const char* const table : {"audit_log", "changes"}) {
      for (const auto& row : *database.query(std::string("SELECT * FROM ") + table)) {
        const auto text = boost::json::serialize(row);
        EXPECT_THAT(text, Not(HasSubstr("hash of")));
        EXPECT_THAT(text, Not(HasSubstr("another hash")));
        EXPECT_THAT(text, Not(HasSubstr(std::string(session.text()))));
        EXPECT_THAT(text, Not(HasSubstr(std::string(token.text()))));
      }
    }
    return {};
  });
  EXPECT_TRUE(read);
}

TEST_F(AccountsTest, AChangeThatFailsLeavesNoAuditRow) {
  const auto before = audit();
  const auto done = store->write(Actor{"tester", ""}, [](Database& database) -> Result<> {
    if (auto set = set_role(database, "alice", Role::admin); !set) return set;
    if (auto set = set_password(database, "alice", "x", false); !set) return set;
    return Error{"Refused", "at the end"};
  });
  EXPECT_FALSE(done);
  EXPECT_EQ(audit(), before);
}

TEST_F(AccountsTest, TheLastAdminStays) {
  EXPECT_EQ(write([](Database& database) { return set_role(database, "alice", Role::viewer); }).error().reason, "LastAdmin");
  EXPECT_EQ(write([](Database& database) { return set_disabled(database, "alice", true); }).error().reason, "LastAdmin");
  add("bob", Role::admin);
  EXPECT_TRUE(write([](Database& database) { return set_disabled(database, "alice", true); }));
  EXPECT_EQ(write([](Database& database) { return set_disabled(database, "bob", true); }).error().reason, "LastAdmin");
}

TEST_F(AccountsTest, WhoIsNotThereIsNotChanged) {
  EXPECT_EQ(write([](Database& database) { return set_password(database, "bob", "x", true); }).error().reason, "NoSuchUser");
  EXPECT_EQ(write([](Database& database) { return set_role(database, "bob", Role::admin); }).error().reason, "NoSuchUser");
  EXPECT_EQ(write([](Database& database) { return disable_second_factor(database, "bob"); }).error().reason, "NoSuchUser");
  EXPECT_EQ(write([&](Database& database) {
              return add_user(database, {"alice", Role::admin, "x", true}, now);
            })
                .error()
                .reason,
            "UserExists");
}

TEST_F(AccountsTest, ASessionEndsWhenItsUsersPasswordRoleOrStandingChanges) {
  add("bob", Role::operator_);
  for (const char* const change :
       {"UPDATE users SET password_hash = 'other' WHERE name = 'bob'", "UPDATE users SET role = 'viewer' WHERE name = 'bob'",
        "UPDATE users SET disabled = 1 WHERE name = 'bob'", "UPDATE users SET name = 'eve' WHERE name = 'bob'",
        "DELETE FROM users WHERE name = 'eve'"}) {
    by_hand("UPDATE users SET disabled = 0");
    const auto user = std::string(change).ends_with("'eve'") ? "eve" : "bob";
    const auto session = log_in(user), other = log_in("alice");
    ASSERT_TRUE(is_in(session));
    by_hand(change);
    EXPECT_FALSE(is_in(session)) << change;
    EXPECT_TRUE(is_in(other)) << change;
  }
}

TEST_F(AccountsTest, ASessionEndsByTime) {
  const auto session = log_in("alice");
  now += kSessionIdle - 1s;
  EXPECT_TRUE(is_in(session));
  now += 1s;
  EXPECT_FALSE(is_in(session));
}

TEST_F(AccountsTest, ASessionIsFoundByItsTokenUnderItsKeyOnly) {
  const auto session = log_in("alice");
  const SessionKey other(std::string(32, 'o'));
  const auto under_other =
      write([&](Database& database) { return find_session(database, other, session.text(), now); }).value();
  EXPECT_FALSE(under_other) << "another ARGOS_SESSION_SECRET";
  EXPECT_FALSE(is_in(Secret(std::string(64, '0'))));
  EXPECT_FALSE(is_in(Secret("")));
}

TEST_F(AccountsTest, AStolenDatabaseHoldsNoTokenThatCanBeUsed) {
  const auto session = log_in("alice");
  const auto token = make_token({"ci", Role::admin, "", "alice", {}});
  store->close();
  std::string bytes;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) bytes += read_file(entry.path()).value();
  EXPECT_THAT(bytes, Not(HasSubstr(std::string(session.text()))));
  EXPECT_THAT(bytes, Not(HasSubstr(std::string(token.text()))));
  EXPECT_THAT(bytes, Not(HasSubstr(std::string(token.text().substr(kTokenPrefix.size())))));
  auto stolen = Database::open(folder / "argos.db", Database::Mode::read_only);
  const SessionKey guessed(std::string(32, 'g'));
  for (const auto& row :
       *stolen->query("SELECT id, token_hash FROM sessions UNION ALL SELECT id, token_hash FROM api_tokens")) {
    for (const char* const column : {"id", "token_hash"}) {
      const std::string what(row.at(column).as_string());
      EXPECT_FALSE(find_session(*stolen, key, what, now).value());
      EXPECT_FALSE(find_session(*stolen, guessed, what, now).value());
      EXPECT_FALSE(find_token(*stolen, what, now).value());
      EXPECT_FALSE(find_token(*stolen, std::string(kTokenPrefix) + what, now).value());
    }
  }
}

TEST_F(AccountsTest, SessionsAreListedAndEndedByTheirIds) {
  const auto one = log_in("alice"), other = log_in("alice");
  const auto listed = write([&](Database& database) { return list_sessions(database, "alice", now); }).value();
  ASSERT_EQ(listed.size(), 2U);
  EXPECT_FALSE(write([&](Database& database) { return end_session(database, listed[0].id, "bob"); }).value());
  EXPECT_TRUE(write([&](Database& database) { return end_session(database, listed[0].id, "alice"); }).value());
  EXPECT_NE(is_in(one), is_in(other));
  EXPECT_THAT(audit(), HasSubstr("tester SessionEnded alice"));
}

TEST_F(AccountsTest, WhatEndedByTimeIsForgotten) {
  log_in("alice");
  now += kSessionIdle;
  write([&](Database& database) { return forget_ended_sessions(database, now); });
  EXPECT_EQ(write([](Database& database) { return database.number("SELECT count(*) FROM sessions"); }).value(), 0);
}

TEST_F(AccountsTest, ATokenWorksUntilItExpiresOrIsRevoked) {
  const auto token = make_token({"ci", Role::operator_, "", "alice", now + 1h});
  ASSERT_TRUE(token_of(token));
  EXPECT_EQ(token_of(token)->role, Role::operator_);
  now += 1h;
  EXPECT_FALSE(token_of(token));
  const auto lasting = make_token({"cron", Role::viewer, "", "alice", {}});
  now += 24h * 3650;
  EXPECT_TRUE(token_of(lasting));
  EXPECT_TRUE(write([](Database& database) { return revoke_token(database, "cron"); }));
  EXPECT_FALSE(token_of(lasting));
  EXPECT_EQ(write([](Database& database) { return revoke_token(database, "cron"); }).error().reason, "NoSuchToken");
  EXPECT_THAT(audit(), HasSubstr("tester TokenCreated cron\ntester TokenRevoked cron\n"));
}

TEST_F(AccountsTest, AUsersTokenNeverMayMoreThanHe) {
  add("bob", Role::admin);
  const auto token = make_token({"bobs", Role::admin, "bob", "bob", {}});
  EXPECT_EQ(token_of(token)->role, Role::admin);
  write([](Database& database) { return set_role(database, "bob", Role::viewer); });
  EXPECT_EQ(token_of(token)->role, Role::viewer);
  write([](Database& database) { return set_disabled(database, "bob", true); });
  EXPECT_FALSE(token_of(token));
  write([](Database& database) { return set_disabled(database, "bob", false); });
  by_hand("DELETE FROM users WHERE name = 'bob'");
  EXPECT_FALSE(token_of(token));
}

TEST_F(AccountsTest, BruteForceFromOneAddressIsSlowedDownWhateverTheAccount) {
  int taken = 0;
  for (int at = 0; at < 1000; ++at) taken += guess("user" + std::to_string(at), "192.0.2.66").count() == 0 ? 1 : 0;
  EXPECT_EQ(taken, kPerAddress.burst);
  EXPECT_EQ(guess("alice", "192.0.2.7"), 0ms) << "others are not concerned";
}

TEST_F(AccountsTest, BruteForceFromManyAddressesIsSlowedDownByAccount) {
  int taken = 0;
  for (int at = 0; at < 1000; ++at) {
    const auto address = "198.51." + std::to_string(at / 250) + "." + std::to_string(at % 250);
    taken += guess("alice", address).count() == 0 ? 1 : 0;
  }
  EXPECT_EQ(taken, kPerAccount.burst);
}

TEST_F(AccountsTest, WhoGuessesKeepsAUserOutOnlyWhereHeHasNeverBeen) {
  write([&](Database& database) { return remember_place(database, {"alice", "192.0.2.7"}, now); });
  for (int at = 0; at < 100; ++at) guess("alice", "198.51.100." + std::to_string(at));
  EXPECT_GT(guess("alice", "203.0.113.1"), 0ms);
  EXPECT_EQ(guess("alice", "192.0.2.7"), 0ms);
  now += kPerAccount.each;
  EXPECT_EQ(guess("alice", "203.0.113.1"), 0ms) << "and nowhere for good";
}

TEST_F(AccountsTest, AnUnknownAccountIsSlowedDownLikeAKnownOne) {
  std::string known, unknown;
  for (int at = 0; at < 20; ++at) {
    known += std::to_string(guess("alice", "198.51.100." + std::to_string(at)).count()) + " ";
    unknown += std::to_string(guess("nobody", "198.51.101." + std::to_string(at)).count()) + " ";
  }
  EXPECT_EQ(known, unknown);
}

TEST_F(AccountsTest, ARestartGivesNoTriesBack) {
  for (int at = 0; at < 100; ++at) guess("alice", "192.0.2.66");
  store = ready_store(folder / "argos.db");
  EXPECT_GT(guess("alice", "192.0.2.66"), 0ms);
}

TEST_F(AccountsTest, WhatWasRightCostsNoTry) {
  for (int at = 0; at < 100; ++at) {
    const auto charge = write([&](Database& database) { return charge_login(database, {"alice", "192.0.2.7"}, now); }).value();
    ASSERT_EQ(charge.wait, 0ms);
    write([&](Database& database) { return refund_login(database, charge); });
  }
}

TEST_F(AccountsTest, BeingTurnedAwayIsToldOnceAMinute) {
  const auto told = [&] {
    return write([&](Database& database) { return charge_login(database, {"alice", "192.0.2.66"}, now); }).value().to_be_told;
  };
  for (int at = 0; at < kPerAccount.burst; ++at) EXPECT_FALSE(told());
  EXPECT_TRUE(told());
  EXPECT_FALSE(told());
  now += 61s;
  EXPECT_TRUE(told());
}

TEST_F(AccountsTest, ANewPasswordForgetsWhatGuessingHasCost) {
  for (int at = 0; at < 100; ++at) guess("alice", "198.51.100." + std::to_string(at));
  write([](Database& database) { return set_password(database, "alice", "x", true); });
  EXPECT_EQ(guess("alice", "203.0.113.1"), 0ms);
}

TEST_F(AccountsTest, ThrottlesThatNoLongerMatterAreForgotten) {
  guess("alice", "192.0.2.66");
  now += 24h;
  write([&](Database& database) { return forget_throttles(database, now); });
  EXPECT_EQ(write([](Database& database) { return database.number("SELECT count(*) FROM login_throttles"); }).value(), 0);
}

TEST_F(AccountsTest, ASealedSecondFactorIsSealedAnewWithTheMasterKeyAndThatIsNoChange) {
  const KeyRing old(std::string(64, 'a'), {}), both(std::string(64, 'b'), {std::string(64, 'a')});
  const SecretName name{"User", "alice", "totp"};
  const auto envelope = old.seal(name, "12345678901234567890").value();
  by_hand("UPDATE users SET totp = '" + envelope + "'");
  const auto before = audit();
  const auto done = store->write(Actor{"secrets", ""}, [&](Database& database) -> Result<> {
    const auto sealed = look_at_sealed(database, both).value();
    EXPECT_EQ(sealed.former.size(), 1U);
    return replace_sealed(database, sealed.former.front(), both.seal(name, "12345678901234567890").value());
  });
  ASSERT_TRUE(done) << done.error().text();
  const auto user = write([](Database& database) { return read_user(database, "alice"); }).value();
  EXPECT_EQ(KeyRing(std::string(64, 'b'), {}).open(name, user->totp).value().text(), "12345678901234567890");
  EXPECT_EQ(audit(), before);
}

}  // namespace
}  // namespace argos::test
