// SPDX-License-Identifier: Apache-2.0
// Names, passwords, roles, what guessing costs, how long a login lasts, and second factors: all from values alone.
#include "model/account.hpp"

#include <gmock/gmock.h>

#include "model/session.hpp"
#include "model/throttle.hpp"
#include "model/totp.hpp"

namespace argos::test {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

const WallTime kNow{std::chrono::sys_days{std::chrono::year{2026} / 11 / 26}};

std::string reason(const FieldErrors& errors) { return errors.empty() ? "" : errors.front().reason; }

TEST(UserName, IsLowerCaseAndPlain) {
  for (const char* const name : {"admin", "a", "alice.b", "ci-2", "alice@example.com", "a+b", "0x"})
    EXPECT_EQ(reason(validate_user_name(name)), "") << name;
  for (const char* const name : {"Alice", "-a", "a-", "a b", "a/b", "ä", "a\n", ".."})
    EXPECT_EQ(reason(validate_user_name(name)), "Invalid") << name;
  EXPECT_EQ(reason(validate_user_name("")), "Required");
  EXPECT_EQ(reason(validate_user_name(std::string(64, 'a'))), "");
  EXPECT_EQ(reason(validate_user_name(std::string(65, 'a'))), "Invalid");
}

TEST(Password, MoreThan72BytesAreRefusedRatherThanCutOff) {
  EXPECT_EQ(reason(validate_password_form(std::string(72, 'x'))), "");
  EXPECT_EQ(reason(validate_password_form(std::string(73, 'x'))), "OutOfRange");
  std::string umlauts;
  for (int at = 0; at < 37; ++at) umlauts += "ä";
  EXPECT_EQ(reason(validate_password_form(umlauts)), "OutOfRange") << "bytes count, not characters";
}

TEST(Password, WhatBcryptWouldNotReadWholeIsNone) {
  EXPECT_EQ(reason(validate_password_form("")), "Required");
  EXPECT_EQ(reason(validate_password_form(std::string("abc\0def-ghi", 11))), "Invalid");
  EXPECT_EQ(reason(validate_password_form("\xff\xfe-not-utf8")), "Invalid");
}

TEST(Password, NoRuleOfCompositionButLengthAndWhatIsTriedFirst) {
  for (const char* const password : {"correct horse battery staple", "mmmm nnnn", "kölnisch wasser", "7f3!kd9q"})
    EXPECT_EQ(reason(validate_password(password, "alice")), "") << password;
  for (const char* const password : {"short12", "password", "PassWord", "password1", "12345678", "87654321", "abcdefgh",
                                     "aaaaaaaaa", "abcabcabc", "qwertyuiop", "iloveyou1"})
    EXPECT_EQ(reason(validate_password(password, "alice")), "TooWeak") << password;
}

TEST(Password, IsNotTheUsersName) {
  EXPECT_EQ(reason(validate_password("alice.bloggs", "alice.bloggs")), "TooWeak");
  EXPECT_EQ(reason(validate_password("Alice.Bloggs", "alice.bloggs")), "TooWeak");
  EXPECT_EQ(reason(validate_password("alice.bloggs", "bob")), "");
}

TEST(Password, IsInNoMessage) {
  for (const auto& password : {std::string("hunter2"), std::string("password1"), std::string(80, 'q')})
    EXPECT_THAT(to_string(validate_password(password, "alice")), Not(HasSubstr(password)));
}

TEST(RoleTable, EachMayWhatThoseBeforeItMay) {
  struct Row {
    Role role;
    bool own_account, read, change, administer;
  };
  for (const auto& row : {Row{Role::viewer, true, true, false, false}, Row{Role::operator_, true, true, true, false},
                          Row{Role::admin, true, true, true, true}}) {
    EXPECT_EQ(may(row.role, Right::own_account), row.own_account) << enum_text(row.role);
    EXPECT_EQ(may(row.role, Right::read), row.read) << enum_text(row.role);
    EXPECT_EQ(may(row.role, Right::change), row.change) << enum_text(row.role);
    EXPECT_EQ(may(row.role, Right::administer), row.administer) << enum_text(row.role);
  }
  EXPECT_EQ(lesser(Role::admin, Role::viewer), Role::viewer);
  EXPECT_EQ(role_from("operator"), Role::operator_);
  EXPECT_EQ(role_from("root"), std::nullopt);
}

// How many tries somebody gets who never waits for longer than it takes to ask again.
int tries_within(const ThrottlePolicy& policy, std::chrono::milliseconds span) {
  int out = 0;
  WallTime until{};
  for (auto now = kNow; now < kNow + span; now += 1s) {
    if (wait_of(policy, until, now).count() > 0) continue;
    until = charged(policy, until, now);
    ++out;
  }
  return out;
}

TEST(Throttle, ABurstAndThenOneAtATime) {
  const ThrottlePolicy policy{5, 60s};
  WallTime until{};
  for (int tried = 0; tried < 5; ++tried) {
    EXPECT_EQ(wait_of(policy, until, kNow), 0ms) << tried;
    until = charged(policy, until, kNow);
  }
  EXPECT_EQ(wait_of(policy, until, kNow), 60s);
  EXPECT_EQ(wait_of(policy, until, kNow + 59s), 1s);
  EXPECT_EQ(wait_of(policy, until, kNow + 60s), 0ms);
  EXPECT_EQ(wait_of(policy, charged(policy, until, kNow + 60s), kNow + 60s), 60s);
}

TEST(Throttle, ADayOfGuessingIsHundredsOfTries) {
  EXPECT_LE(tries_within(kPerAccount, 24h), 300);
  EXPECT_LE(tries_within(kPerAddress, 24h), 1500);
}

TEST(Throttle, NobodyIsLockedOutForGood) {
  for (const auto& policy : {kPerAccount, kPerAddress, kPerPlace}) {
    EXPECT_LE(wait_of(policy, WallTime::max(), kNow), policy.each) << "a clock that was put back, a row that somebody wrote";
    auto until = kNow;
    for (int tried = 0; tried < 1000; ++tried) until = charged(policy, until, kNow);
    EXPECT_LE(wait_of(policy, until, kNow), policy.each);
  }
}

TEST(Throttle, WhatWasRightCostsNothing) {
  WallTime until{};
  for (int tried = 0; tried < 1000; ++tried) {
    ASSERT_EQ(wait_of(kPerAccount, until, kNow), 0ms);
    until = refunded(kPerAccount, charged(kPerAccount, until, kNow));
  }
}

TEST(Throttle, OneCustomersAddressesAreOne) {
  EXPECT_EQ(throttled_address("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(throttled_address("::ffff:192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(throttled_address("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(throttled_address("2001:db8:1:2:ffff::"), "2001:db8:1:2::/64");
  EXPECT_EQ(throttled_address("fe80::1%eth0"), "fe80::/64");
}

TEST(SessionTimes, EndWhenIdleAndInAnyCase) {
  EXPECT_FALSE(has_ended({kNow, kNow, kNow}, kNow + kSessionIdle - 1s));
  EXPECT_TRUE(has_ended({kNow, kNow, kNow}, kNow + kSessionIdle));
  const auto later = kNow + kSessionLasts;
  EXPECT_FALSE(has_ended({kNow, later - 2s, kNow}, later - 1s));
  EXPECT_TRUE(has_ended({kNow, later, kNow}, later));
}

TEST(SessionTimes, AClockThatWasPutBackEndsThem) {
  EXPECT_FALSE(has_ended({kNow, kNow, kNow}, kNow - 10s));
  EXPECT_TRUE(has_ended({kNow, kNow, kNow}, kNow - 1h));
  EXPECT_FALSE(is_confirmed({kNow, kNow, kNow}, kNow - 1h));
}

TEST(SessionTimes, APasswordIsJustGivenForAWhile) {
  EXPECT_TRUE(is_confirmed({kNow, kNow, kNow}, kNow + kConfirmedFor - 1s));
  EXPECT_FALSE(is_confirmed({kNow, kNow, kNow}, kNow + kConfirmedFor));
}

TEST(Totp, AgreesWithRfc6238) {
  const std::string secret = "12345678901234567890";
  const auto at = [](std::int64_t seconds) { return totp_step(WallTime(std::chrono::seconds(seconds))); };
  EXPECT_EQ(totp_code(secret, at(59)), "287082");
  EXPECT_EQ(totp_code(secret, at(1111111109)), "081804");
  EXPECT_EQ(totp_code(secret, at(1111111111)), "050471");
  EXPECT_EQ(totp_code(secret, at(1234567890)), "005924");
  EXPECT_EQ(totp_code(secret, at(2000000000)), "279037");
  EXPECT_EQ(totp_code(secret, 20000000000 / 30), "353130");
}

TEST(Totp, ACodeIsTakenOnce) {
  const std::string secret = "12345678901234567890";
  const auto step = totp_step(kNow);
  const auto code = totp_code(secret, step);
  EXPECT_EQ(totp_match(secret, code, 0, kNow), step);
  EXPECT_EQ(totp_match(secret, code, step, kNow), std::nullopt);
  EXPECT_EQ(totp_match(secret, totp_code(secret, step - 1), step, kNow), std::nullopt) << "nor one before it";
}

TEST(Totp, ClocksMayDifferByOneStep) {
  const std::string secret = "12345678901234567890";
  const auto step = totp_step(kNow);
  EXPECT_TRUE(totp_match(secret, totp_code(secret, step - 1), 0, kNow));
  EXPECT_TRUE(totp_match(secret, totp_code(secret, step + 1), 0, kNow));
  EXPECT_FALSE(totp_match(secret, totp_code(secret, step - 2), 0, kNow));
  EXPECT_FALSE(totp_match(secret, totp_code(secret, step + 2), 0, kNow));
  EXPECT_FALSE(totp_match(secret, "", 0, kNow));
}

TEST(Totp, SecretsAreWrittenAsAppsReadThem) {
  EXPECT_EQ(to_base32("foobar"), "MZXW6YTBOI");
  EXPECT_EQ(to_base32("12345678901234567890"), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
  EXPECT_EQ(totp_url("foobar", "argos", "alice@example.com"),
            "otpauth://totp/argos:alice%40example.com?secret=MZXW6YTBOI&issuer=argos&algorithm=SHA1&digits=6&period=30");
}

}  // namespace
}  // namespace argos::test
