// SPDX-License-Identifier: Apache-2.0
// Coming in over TCP: with a password, with a token, as whom, for how long, and what guessing brings.
#include "model/totp.hpp"
#include "panel/bodies.hpp"
#include "runtime/api_tokens.hpp"
#include "runtime/files.hpp"
#include "runtime/second_factor.hpp"
#include "test/panel/browser.hpp"
#include "test/support/base32.hpp"

namespace argos::test {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(LoginTest, WhoeverLogsInIsServedAndNobodyElse) {
  add("alice", Role::viewer);
  Browser alice(*this), nobody(*this);
  EXPECT_EQ(alice.log_in("alice").status, 200);
  EXPECT_EQ(alice.send("GET", "/api/v1/status").status, 200);
  EXPECT_EQ(nobody.send("GET", "/api/v1/status").status, 401);
  const auto who = json(alice.send("GET", "/api/v1/session"));
  EXPECT_EQ(who.at("user"), "alice");
  EXPECT_EQ(who.at("role"), "viewer");
  EXPECT_EQ(who.at("rights"), (boost::json::array{"own_account", "read"}));
}

TEST_F(LoginTest, TheCookieIsForThisSiteAloneAndBehindTlsForThisHostAlone) {
  add("alice", Role::viewer);
  const auto cookie = Browser(*this).log_in("alice").headers.at("set-cookie");
  for (const auto* const part : {"argos_session=", "; Path=/", "; HttpOnly", "; SameSite=Strict"})
    EXPECT_THAT(cookie, HasSubstr(part));
  EXPECT_THAT(cookie, Not(HasSubstr("Secure")));
  trust("127.0.0.1");
  const auto behind = send(loop, tcp(server.port()),
                           {"POST",
                            "/api/v1/login",
                            {{"Content-Type", "application/json"}, {"X-Forwarded-Proto", "https"}},
                            serialize(boost::json::object{{"user", "alice"}, {"password", kPassword}})});
  const auto secure = behind.headers.at("set-cookie");
  EXPECT_TRUE(secure.starts_with("__Host-argos_session=")) << secure;
  for (const auto* const part : {"; Path=/", "; Secure", "; HttpOnly", "; SameSite=Strict"})
    EXPECT_THAT(secure, HasSubstr(part));
}

// ---- who is not let in -----------------------------------------------------------------------------------------------------

TEST_F(LoginTest, AWrongPasswordAnUnknownAndADisabledUserAreToldTheSame) {
  add("alice", Role::viewer);
  add("boss", Role::admin);
  add("gone", Role::viewer);
  write([](Database& database) { return set_disabled(database, "gone", true); });
  const auto wrong = Browser(*this).log_in("alice", "not her password");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(reason(wrong), "WrongLogin");
  EXPECT_EQ(Browser(*this).log_in("nobody-of-that-name").body, wrong.body);
  EXPECT_EQ(Browser(*this).log_in("gone").body, wrong.body);
  EXPECT_EQ(Browser(*this).log_in("no name at all!").body, wrong.body);
  EXPECT_FALSE(wrong.headers.contains("set-cookie"));
}

TEST_F(LoginTest, GuessingFromOneAddressEndsForAWhile) {
  add("alice", Role::viewer);
  trust("127.0.0.1");
  HttpResponse last;
  int tries = 0;
  for (; tries < 50 && last.status != 429; ++tries)
    last = Browser(*this, "203.0.113.9").log_in("user" + std::to_string(tries), "guess");
  EXPECT_EQ(last.status, 429);
  EXPECT_EQ(tries, 21);
  EXPECT_EQ(last.headers.at("retry-after"), "60");
  EXPECT_EQ(Browser(*this, "203.0.113.9").log_in("alice").status, 429);
  EXPECT_EQ(Browser(*this, "203.0.113.10").log_in("alice").status, 200);
  clock.advance(61s);
  EXPECT_EQ(Browser(*this, "203.0.113.9").log_in("alice").status, 200);
  EXPECT_EQ(audited("action = 'LoginThrottled'"), 1);
}

TEST_F(LoginTest, GuessingFromManyAddressesEndsTooAndKeepsNobodyOutOfWhereHeHasBeen) {
  add("alice", Role::viewer);
  trust("127.0.0.1");
  EXPECT_EQ(Browser(*this, "192.0.2.1").log_in("alice").status, 200);
  for (int at = 0; at < 10; ++at)
    EXPECT_EQ(Browser(*this, "203.0.113." + std::to_string(at)).log_in("alice", "guess").status, 401);
  EXPECT_EQ(Browser(*this, "203.0.113.99").log_in("alice").status, 429);
  EXPECT_EQ(Browser(*this, "192.0.2.1").log_in("alice").status, 200);
}

TEST_F(LoginTest, WhoKnowsThePasswordIsNeverSlowedDown) {
  add("alice", Role::viewer);
  for (int at = 0; at < 40; ++at) EXPECT_EQ(Browser(*this).log_in("alice").status, 200) << at;
}

TEST_F(LoginTest, EveryLoginIsOnRecordBothWaysAndNoPasswordIs) {
  add("alice", Role::viewer);
  Browser(*this).log_in("alice");
  Browser(*this).log_in("alice", "wrong but secret");
  Browser(*this).log_in("a password in the wrong field", "x");
  EXPECT_EQ(audited("action = 'LoggedIn' AND actor = 'alice' AND name = 'alice' AND detail ->> '$.address' = '127.0.0.1'"), 1);
  EXPECT_EQ(audited("action = 'LoginFailed' AND actor = 'nobody' AND name = 'alice' AND detail ->> '$.why' = 'password'"), 1);
  EXPECT_EQ(audited("action = 'LoginFailed' AND name = ''"), 1);
  EXPECT_EQ(audited("detail LIKE '%secret%' OR name LIKE '%wrong field%' OR origin LIKE '%secret%'"), 0);
}

// ---- as whom ---------------------------------------------------------------------------------------------------------------

TEST_F(LoginTest, ARoleMayWhatItsRoutesSayAndNoMore) {
  for (const auto role : {Role::viewer, Role::operator_, Role::admin}) {
    const auto name = enum_text(role) + "-user";
    add(name, role);
    auto who = logged_in(name);
    for (const auto& route : routes()) {
      if (route.needs == Needs::nothing || route.pattern == "/api/v1/events") continue;
      if (route.pattern.starts_with("/api/v1/session")) continue;  // they change who is logged in
      const bool allowed = route.needs == Needs::own_account || route.needs == Needs::read ||
                           (route.needs == Needs::change && role != Role::viewer) || role == Role::admin;
      const auto answer = who.send(std::string(route.method), path_of(route));
      const bool forbidden = answer.status == 403 && reason(answer) == "Forbidden";
      EXPECT_EQ(forbidden, !allowed) << name << " " << route.method << " " << route.pattern << ": " << answer.body;
    }
  }
}

TEST_F(LoginTest, WhatIsDoneIsOnRecordAsDoneByWhoeverLoggedIn) {
  add("alice", Role::operator_);
  EXPECT_EQ(logged_in("alice").send("PUT", "/api/v1/targetgroups/app", {{"spec", kGroup}}).status, 201);
  EXPECT_EQ(
      count("SELECT count(*) FROM changes WHERE kind = 'target_groups' AND actor = 'alice' AND origin LIKE '%127.0.0.1%'"), 1);
}

// ---- for how long ----------------------------------------------------------------------------------------------------------

TEST_F(LoginTest, ASessionEndsWithALogout) {
  add("alice", Role::viewer);
  auto alice = logged_in("alice");
  const auto former = alice.cookie;
  EXPECT_EQ(alice.send("DELETE", "/api/v1/session").status, 204);
  EXPECT_EQ(alice.cookie, "argos_session=");
  alice.cookie = former;
  EXPECT_EQ(alice.send("GET", "/api/v1/status").status, 401);
}

TEST_F(LoginTest, WhoLogsInAnewGetsAnotherSessionAndTheOneItReplacesEnds) {
  add("alice", Role::viewer);
  auto alice = logged_in("alice");
  const auto former = alice.cookie;
  EXPECT_EQ(alice.log_in("alice", "wrong").status, 401);
  EXPECT_EQ(alice.send("GET", "/api/v1/status").status, 200) << "a wrong password ends nothing";
  EXPECT_EQ(alice.log_in("alice").status, 200);
  EXPECT_NE(alice.cookie, former);
  EXPECT_EQ(list(alice.send("GET", "/api/v1/sessions"), "items").size(), 1U);
  alice.cookie = former;
  EXPECT_EQ(alice.send("GET", "/api/v1/status").status, 401);
}

TEST_F(LoginTest, ASessionEndsAfterAnHourOfNothingAndAfterHalfADayInAnyCase) {
  add("alice", Role::viewer);
  auto idle = logged_in("alice"), busy = logged_in("alice");
  for (int at = 0; at < 23; ++at) {
    clock.advance(31min);
    EXPECT_EQ(busy.send("GET", "/api/v1/status").status, 200) << at;
  }
  EXPECT_EQ(idle.send("GET", "/api/v1/status").status, 401);
  clock.advance(8min);
  EXPECT_EQ(busy.send("GET", "/api/v1/status").status, 401);
}

TEST_F(LoginTest, DisablingAUserEndsHisSessionsAndHisStreamOfEvents) {
  add("alice", Role::viewer);
  add("boss", Role::admin);
  auto alice = logged_in("alice"), boss = logged_in("boss");
  auto stream = connect_to(loop, server.port());
  asio::write(stream, asio::buffer("GET /api/v1/events HTTP/1.1\r\nHost: x\r\nCookie: " + alice.cookie + "\r\n\r\n"));
  EXPECT_THAT(loop.run(read_until(stream, "event: ready")), HasSubstr("text/event-stream"));
  EXPECT_EQ(events.readers(), 1);
  EXPECT_EQ(boss.send("PATCH", "/api/v1/users/boss", {{"role", "admin"}}).status, 200);  // nothing of hers
  EXPECT_EQ(events.readers(), 1);
  EXPECT_EQ(boss.send("PATCH", "/api/v1/users/alice", {{"disabled", true}}).status, 200);
  loop.run(read_all_of(stream));  // until it is closed
  EXPECT_EQ(events.readers(), 0);
  EXPECT_EQ(alice.send("GET", "/api/v1/status").status, 401);
}

TEST_F(LoginTest, AnotherRoleEndsTheSessionsToo) {
  add("alice", Role::operator_);
  add("boss", Role::admin);
  auto alice = logged_in("alice");
  EXPECT_EQ(logged_in("boss").send("PATCH", "/api/v1/users/alice", {{"role", "viewer"}}).status, 200);
  EXPECT_EQ(alice.send("GET", "/api/v1/status").status, 401);
}

// ---- the password, once more -----------------------------------------------------------------------------------------------

TEST_F(LoginTest, WhatIsDangerousNeedsThePasswordOnceMore) {
  add("boss", Role::admin);
  auto boss = logged_in("boss");
  clock.advance(11min);
  const boost::json::value user{{"name", "new"}, {"role", "viewer"}};
  EXPECT_EQ(reason(boss.send("POST", "/api/v1/users", user)), "ConfirmationRequired");
  const auto wrong = boss.send("POST", "/api/v1/session/confirm", {{"password", "not it"}});
  EXPECT_EQ(wrong.status, 403);
  EXPECT_EQ(reason(wrong), "WrongPassword");
  EXPECT_EQ(reason(boss.send("POST", "/api/v1/users", user)), "ConfirmationRequired");
  EXPECT_EQ(boss.send("POST", "/api/v1/session/confirm", {{"password", kPassword}}).status, 204);
  EXPECT_EQ(boss.send("POST", "/api/v1/users", user).status, 201);
}

TEST_F(LoginTest, SoDoRestoreKeysUsersTokensAndFactors) {
  add("boss", Role::admin);
  auto boss = logged_in("boss");
  clock.advance(11min);
  int asked = 0;
  for (const auto& route : routes()) {
    const auto begins = [&](const char* with) { return route.pattern.starts_with(with); };
    const bool dangerous = begins("/api/v1/restore") || begins("/api/v1/keys") || begins("/api/v1/users") ||
                           begins("/api/v1/session/second-factor") || (begins("/api/v1/tokens") && route.method == "POST");
    if (!route.is_change() || !dangerous) continue;
    ++asked;
    EXPECT_EQ(reason(boss.send(std::string(route.method), path_of(route))), "ConfirmationRequired") << route.pattern;
  }
  EXPECT_EQ(asked, 11);
}

TEST_F(LoginTest, APasswordThatMustBeChangedIsChangedBeforeAnythingElse) {
  add("alice", Role::admin, true);
  auto alice = logged_in("alice");
  for (const auto* const path : {"/api/v1/status", "/api/v1/users", "/api/v1/hosts", "/api/v1/events"})
    EXPECT_EQ(reason(alice.send("GET", path)), "PasswordChangeRequired");
  EXPECT_EQ(alice.send("GET", "/api/v1/session").status, 200);
  const auto change = [&](const std::string& current, const std::string& next) {
    return alice.send("PUT", "/api/v1/session/password", {{"currentPassword", current}, {"newPassword", next}});
  };
  EXPECT_EQ(change(kPassword, "password1").status, 422);
  EXPECT_EQ(change(kPassword, kPassword).status, 422);
  EXPECT_EQ(change("not it", "another good one here").status, 403);
  EXPECT_EQ(change(kPassword, "another good one here").status, 204);
  EXPECT_EQ(alice.send("GET", "/api/v1/status").status, 200);
}

TEST_F(LoginTest, ANewPasswordEndsEveryOtherSession) {
  add("alice", Role::viewer);
  auto here = logged_in("alice"), there = logged_in("alice");
  EXPECT_EQ(here.send("PUT", "/api/v1/session/password", {{"currentPassword", kPassword}, {"newPassword", "another good one"}})
                .status,
            204);
  EXPECT_EQ(here.send("GET", "/api/v1/status").status, 200);
  EXPECT_EQ(there.send("GET", "/api/v1/status").status, 401);
  EXPECT_EQ(Browser(*this).log_in("alice").status, 401);
  EXPECT_EQ(Browser(*this).log_in("alice", "another good one").status, 200);
}

TEST_F(LoginTest, SessionsAreListedAndRevokedOnesOwnAloneUnlessOneIsAnAdmin) {
  add("alice", Role::viewer);
  add("boss", Role::admin);
  auto alice = logged_in("alice"), boss = logged_in("boss");
  const auto own = list(alice.send("GET", "/api/v1/sessions"), "items");
  ASSERT_EQ(own.size(), 1);
  EXPECT_EQ(own[0].at("current"), true);
  EXPECT_EQ(list(boss.send("GET", "/api/v1/sessions"), "items").size(), 2);
  std::string bosss;
  for (const auto& one : list(boss.send("GET", "/api/v1/sessions"), "items")) {
    if (one.at("user") == "boss") bosss = one.at("id").as_string();
  }
  EXPECT_EQ(alice.send("DELETE", "/api/v1/sessions/" + bosss).status, 404);
  EXPECT_EQ(boss.send("DELETE", "/api/v1/sessions/" + std::string(own[0].at("id").as_string())).status, 204);
  EXPECT_EQ(alice.send("GET", "/api/v1/status").status, 401);
}

// ---- tokens ----------------------------------------------------------------------------------------------------------------

TEST_F(LoginTest, ATokenMayWhatItsOwnerMayAndNothingThatNeedsAPerson) {
  add("alice", Role::operator_);
  auto alice = logged_in("alice");
  EXPECT_EQ(alice.send("POST", "/api/v1/tokens", {{"name", "too-much"}, {"role", "admin"}}).status, 422);
  const auto made = alice.send("POST", "/api/v1/tokens", {{"name", "ci"}, {"role", "operator"}, {"expires", "1h"}});
  EXPECT_EQ(made.status, 201);
  Browser program(*this);
  program.token = json(made).at("token").as_string();
  EXPECT_EQ(program.send("PUT", "/api/v1/targetgroups/app", {{"spec", kGroup}}).status, 201);
  EXPECT_EQ(program.send("GET", "/api/v1/users").status, 403);
  EXPECT_EQ(reason(program.send("POST", "/api/v1/tokens", {{"name", "more"}})), "SessionRequired");
  EXPECT_EQ(list(program.send("GET", "/api/v1/tokens"), "items")[0].at("usedFrom"), "127.0.0.1");
  clock.advance(61min);
  EXPECT_EQ(program.send("GET", "/api/v1/status").status, 401);
}

TEST_F(LoginTest, ARevokedTokenOpensNothingAndItsStreamEnds) {
  add("alice", Role::admin);
  auto alice = logged_in("alice");
  Browser program(*this);
  program.token = json(alice.send("POST", "/api/v1/tokens", {{"name", "ci"}})).at("token").as_string();
  auto stream = connect_to(loop, server.port());
  asio::write(stream,
              asio::buffer("GET /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + program.token + "\r\n\r\n"));
  loop.run(read_until(stream, "event: ready"));
  EXPECT_EQ(program.send("GET", "/api/v1/status").status, 200);
  EXPECT_EQ(alice.send("DELETE", "/api/v1/tokens/ci").status, 204);
  loop.run(read_all_of(stream));
  EXPECT_EQ(program.send("GET", "/api/v1/status").status, 401);
}

TEST_F(LoginTest, NothingInTheDatabaseOpensAnything) {
  add("alice", Role::admin);
  auto alice = logged_in("alice");
  const std::string token(json(alice.send("POST", "/api/v1/tokens", {{"name", "ci"}})).at("token").as_string());
  store->close();  // all of it is in the file
  const auto bytes = *read_file(folder / "argos.db", 64U << 20U);
  EXPECT_THAT(bytes, HasSubstr("alice"));
  EXPECT_THAT(bytes, Not(HasSubstr(token.substr(kTokenPrefix.size()))));
  EXPECT_THAT(bytes, Not(HasSubstr(alice.cookie.substr(alice.cookie.find('=') + 1))));
  EXPECT_THAT(bytes, Not(HasSubstr(kPassword)));
}

TEST_F(LoginTest, AStreamEndsWithItsTokenThoughAnotherHasItsNameByThen) {
  add("alice", Role::admin);
  auto alice = logged_in("alice");
  const std::string token(json(alice.send("POST", "/api/v1/tokens", {{"name", "ci"}})).at("token").as_string());
  auto stream = connect_to(loop, server.port());
  asio::write(stream, asio::buffer("GET /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token + "\r\n\r\n"));
  loop.run(read_until(stream, "event: ready"));
  write([&](Database& database) -> Result<> {
    if (auto revoked = revoke_token(database, "ci"); !revoked) return revoked;
    const auto made = create_token(database, {"ci", Role::admin, "alice", "alice", {}}, clock.wall());
    if (!made) return made.error();
    return {};
  });
  loop.run(read_all_of(stream));
  EXPECT_EQ(events.readers(), 0U);
}

// ---- the second factor -----------------------------------------------------------------------------------------------------

struct SecondFactorTest : LoginTest {
  SecondFactorTest() { add("alice", Role::admin); }
  std::string code() { return totp_code(secret, totp_step(clock.wall())); }
  boost::json::array enable(Browser& alice) {
    const auto offered = json(alice.send("POST", "/api/v1/session/second-factor"));
    secret = from_base32(offered.at("secret").as_string());
    EXPECT_TRUE(offered.at("url").as_string().starts_with("otpauth://totp/argos:alice?secret="));
    EXPECT_THAT(std::string(offered.at("qr").as_string()), HasSubstr("<svg"));
    const auto enabled = alice.send("PUT", "/api/v1/session/second-factor", {{"code", code()}});
    EXPECT_EQ(enabled.status, 200) << enabled.body;
    return list(enabled, "recoveryCodes");
  }
  std::string secret;
};

TEST_F(SecondFactorTest, IsAskedForOnceItIsInForceAndACodeIsTakenOnce) {
  auto alice = logged_in("alice");
  enable(alice);
  EXPECT_EQ(reason(Browser(*this).log_in("alice")), "SecondFactorRequired");
  EXPECT_EQ(reason(Browser(*this).log_in("alice", "wrong")), "WrongLogin");
  EXPECT_EQ(reason(Browser(*this).log_in("alice", kPassword, code())), "WrongCode");  // the one that enabled it
  clock.advance(30s);
  EXPECT_EQ(Browser(*this).log_in("alice", kPassword, code()).status, 200);
  EXPECT_EQ(reason(Browser(*this).log_in("alice", kPassword, code())), "WrongCode");
  EXPECT_EQ(audited("action = 'SecondFactorEnabled' AND actor = 'alice'"), 1);
  EXPECT_EQ(audited("action = 'LoginFailed' AND detail ->> '$.why' = 'code'"), 2);
}

TEST_F(SecondFactorTest, IsNotInForceBeforeACodeOfItWasGiven) {
  auto alice = logged_in("alice");
  EXPECT_EQ(reason(alice.send("PUT", "/api/v1/session/second-factor", {{"code", "123456"}})), "NothingOffered");
  alice.send("POST", "/api/v1/session/second-factor");
  EXPECT_EQ(reason(alice.send("PUT", "/api/v1/session/second-factor", {{"code", "abcdef"}})), "WrongCode");
  EXPECT_EQ(Browser(*this).log_in("alice").status, 200);
}

TEST_F(SecondFactorTest, EachRecoveryCodeOpensOnce) {
  auto alice = logged_in("alice");
  const auto codes = enable(alice);
  ASSERT_EQ(codes.size(), kRecoveryCodes);
  std::string typed(codes[3].as_string());
  for (char& c : typed) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  EXPECT_EQ(Browser(*this).log_in("alice", kPassword, typed).status, 200);
  EXPECT_EQ(reason(Browser(*this).log_in("alice", kPassword, typed)), "WrongCode");
  EXPECT_EQ(json(alice.send("GET", "/api/v1/session")).at("recoveryCodes"), kRecoveryCodes - 1);
}

TEST_F(SecondFactorTest, GuessingCodesEndsToo) {
  auto alice = logged_in("alice");
  enable(alice);
  HttpResponse last;
  int tries = 0;
  for (; tries < 50 && last.status != 429; ++tries) last = Browser(*this).log_in("alice", kPassword, "000000");
  EXPECT_EQ(tries, 11);
}

TEST_F(SecondFactorTest, WithTheMasterKeyLostItStaysShutAndSaysTheWayOut) {
  auto alice = logged_in("alice");
  const auto codes = enable(alice);
  secrets = Secrets(KeyRing(std::string(64, 'b'), {}));
  clock.advance(30s);
  const auto shut = Browser(*this).log_in("alice", kPassword, code());
  EXPECT_EQ(shut.status, 403);
  EXPECT_EQ(reason(shut), "SecondFactorUnavailable");
  EXPECT_THAT(hint(shut), HasSubstr("argos user disable-2fa alice"));
  EXPECT_EQ(Browser(*this).log_in("alice", kPassword, std::string(codes[0].as_string())).status, 200);
  write([](Database& database) -> Result<> {
    const auto done = disable_second_factor(database, "alice");
    if (!done) return done.error();
    return {};
  });
  EXPECT_EQ(Browser(*this).log_in("alice").status, 200);
}

TEST_F(SecondFactorTest, WithoutAMasterKeyThereIsNone) {
  secrets = Secrets(KeyRing("", {}));
  EXPECT_EQ(reason(logged_in("alice").send("POST", "/api/v1/session/second-factor")), "MasterKeyNotConfigured");
}

// ---- users -----------------------------------------------------------------------------------------------------------------

TEST_F(LoginTest, AnAdminAddsUsersAndTheirFirstPasswordIsForOneUse) {
  add("boss", Role::admin);
  auto boss = logged_in("boss");
  const auto added = boss.send("POST", "/api/v1/users", {{"name", "carol"}, {"role", "operator"}});
  EXPECT_EQ(added.status, 201);
  const std::string made_up(json(added).at("password").as_string());
  Browser carol(*this);
  EXPECT_EQ(json(carol.log_in("carol", made_up)).at("mustChangePassword"), true);
  EXPECT_EQ(reason(boss.send("POST", "/api/v1/users", {{"name", "carol"}})), "UserExists");
  const auto bad = boss.send("POST", "/api/v1/users", {{"name", "No Name"}, {"role", "king"}, {"password", "short"}});
  EXPECT_EQ(bad.status, 422);
  EXPECT_EQ(list(bad, "errors").size(), 3);
  EXPECT_EQ(reason(boss.send("POST", "/api/v1/users", {{"name", "secrets"}})),
            "Invalid");  // whom the audit log means otherwise
  EXPECT_EQ(reason(boss.send("PATCH", "/api/v1/users/boss", {{"disabled", true}})), "LastAdmin");
  EXPECT_EQ(boss.send("PATCH", "/api/v1/users/nobody", {{"disabled", true}}).status, 404);
  const auto reset = boss.send("POST", "/api/v1/users/carol/reset-password");
  EXPECT_EQ(carol.send("GET", "/api/v1/session").status, 401);
  EXPECT_EQ(Browser(*this).log_in("carol", std::string(json(reset).at("password").as_string())).status, 200);
}

TEST_F(LoginTest, UsersSessionsAndTokensComeInPagesThatMissNothingAndRepeatNothing) {
  add("boss", Role::admin);
  auto boss = logged_in("boss");
  for (const char* const name : {"a", "b", "c", "d"}) {
    add(name, Role::viewer);
    EXPECT_EQ(logged_in(name).send("POST", "/api/v1/tokens", {{"name", name}}).status, 201);
  }
  for (const auto& [path, all] :
       std::vector<std::pair<std::string, std::size_t>>{{"/api/v1/users", 5}, {"/api/v1/sessions", 5}, {"/api/v1/tokens", 4}}) {
    boost::json::array walked;
    std::string next;
    do {
      const auto page = json(boss.send("GET", path + "?limit=2&continue=" + next)).as_object();
      EXPECT_LE(page.at("items").as_array().size(), 2U) << path;
      for (const auto& item : page.at("items").as_array()) walked.push_back(item);
      next = page.contains("continue") ? std::string(page.at("continue").as_string()) : "";
    } while (!next.empty());
    EXPECT_EQ(walked.size(), all) << path;
    EXPECT_EQ(walked, list(boss.send("GET", path), "items")) << path;
    EXPECT_EQ(boss.send("GET", path + "?limit=0").status, 422) << path;
  }
  EXPECT_EQ(list(logged_in("a").send("GET", "/api/v1/tokens?limit=2"), "items").size(), 1U) << "her own";
}

TEST_F(LoginTest, TheAuditLogIsForAdminsAndInPages) {
  add("boss", Role::admin);
  auto boss = logged_in("boss");
  const auto entries = list(boss.send("GET", "/api/v1/audit?limit=1"), "items");
  ASSERT_EQ(entries.size(), 1);
  EXPECT_EQ(entries[0].at("action"), "LoggedIn");
  const auto before =
      list(boss.send("GET", "/api/v1/audit?action=UserAdded&before=" + serialize(entries[0].at("id"))), "items");
  ASSERT_EQ(before.size(), 1);
  EXPECT_EQ(before[0].at("name"), "boss");
}

TEST_F(LoginTest, ARestoreIsWantedOfAnArchiveByItsNameAlone) {
  folder.write("backups/a.tar.gz", "an archive");
  add("boss", Role::admin);
  auto boss = logged_in("boss");
  EXPECT_EQ(boss.send("POST", "/api/v1/restore", {{"archive", "../argos.db"}}).status, 422);
  EXPECT_EQ(boss.send("POST", "/api/v1/restore", {{"archive", "b.tar.gz"}}).status, 404);
  EXPECT_EQ(boss.send("POST", "/api/v1/restore", {{"archive", std::string(5000, 'x')}}).status, 404);
  EXPECT_EQ(boss.send("POST", "/api/v1/restore", {{"archive", "a.tar.gz"}}).status, 202);
  EXPECT_THAT(*read_file(folder / ".restore_pending"), HasSubstr(R"("archive":"a.tar.gz")"));
  EXPECT_THAT(*read_file(folder / ".restore_pending"), HasSubstr(R"("requestedBy":"boss")"));
  EXPECT_EQ(boss.send("DELETE", "/api/v1/restore").status, 204);
  EXPECT_EQ(boss.send("DELETE", "/api/v1/restore").status, 404);
}

TEST_F(LoginTest, OnTheSocketThereIsNoAccountOfOnesOwn) {
  EXPECT_EQ(json(ask("GET", "/api/v1/session")).at("role"), "admin");
  EXPECT_EQ(ask("PUT", "/api/v1/session/password", "{}", {{"Content-Type", "application/json"}}).status, 409);
  EXPECT_EQ(ask("POST", "/api/v1/users", R"({"name": "dave"})", {{"Content-Type", "application/json"}}).status, 201);
}

}  // namespace
}  // namespace argos::test
