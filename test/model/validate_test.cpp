// SPDX-License-Identifier: Apache-2.0
#include "model/validate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace argos {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::IsEmpty;

Host host() {
  Host host;
  host.domain = "app.example.com";
  host.target_group = "app";
  return host;
}

TargetGroup group() {
  TargetGroup group;
  group.targets = {{.host = "10.0.0.1", .port = 80}, {.host = "::1", .port = 80}, {.host = "app", .port = 80}};
  return group;
}

// One change of a sound object, and the only error that it must lead to.
template <class Spec>
struct Case {
  std::function<void(Spec&)> change;
  std::string path, reason, text;
};

template <class Spec>
void expect_errors(const Spec& sound, const std::vector<Case<Spec>>& cases) {
  ASSERT_THAT(validate(sound), IsEmpty());
  for (const auto& [change, path, reason, text] : cases) {
    Spec spec = sound;
    change(spec);
    const auto errors = validate(spec);
    ASSERT_EQ(errors.size(), 1U) << path << ": " << to_string(errors);
    EXPECT_EQ(errors[0].path, path);
    EXPECT_EQ(errors[0].reason, reason) << path;
    EXPECT_THAT(to_string(errors), HasSubstr(text));
  }
}

TEST(ValidateHost, TellsEachErrorWithItsPath) {
  expect_errors<Host>(
      host(), {
                  {[](Host& h) { h.domain = ""; }, "spec.domain", "Required", "is missing"},
                  {[](Host& h) { h.domain = "https://a.b"; }, "spec.domain", "Invalid", "write only the name"},
                  {[](Host& h) { h.domain = std::string(300, 'a'); }, "spec.domain", "Invalid", "has 300 characters"},
                  {[](Host& h) {
                     h.aliases = {"a.b", "c d"};
                   },
                   "spec.aliases[1]", "Invalid", "space"},
                  {[](Host& h) {
                     h.aliases = {"a.b", "APP.example.com."};
                   },
                   "spec.aliases[1]", "Duplicate", "the same name as spec.domain"},
                  {[](Host& h) {
                     h.aliases = {"bücher.de", "xn--bcher-kva.de"};
                   },
                   "spec.aliases[1]", "Duplicate", "the same name as spec.aliases[0]"},
                  {[](Host& h) { h.target_group = ""; }, "spec.targetGroup", "Required", "name a TargetGroup"},
                  {[](Host& h) { h.target_group = "My App"; }, "spec.targetGroup", "Invalid", "lower-case"},
                  {[](Host& h) { h.tls.email = "admin"; }, "spec.tls.email", "Invalid", "e-mail"},
                  {[](Host& h) { h.tls.email = "{nope}@example.com"; }, "spec.tls.email", "Invalid", "e-mail"},
                  {[](Host& h) { h.tls.acme_ca_url = "acme.example.com"; }, "spec.tls.acmeCaUrl", "Invalid", "is not a URL"},
                  {[](Host& h) { h.tls.acme_ca_url = "ftp://acme.example.com/"; }, "spec.tls.acmeCaUrl", "Invalid", "https://"},
                  {[](Host& h) { h.tls.acme_ca_url = "https:///directory"; }, "spec.tls.acmeCaUrl", "Invalid", "has no host"},
                  {[](Host& h) { h.tls.challenge = Challenge::dns; }, "spec.tls.challenge", "NotSupported", "no DNS provider"},
                  {[](Host& h) { h.domain = "*.example.com"; }, "spec.tls.mode", "NotSupported", "manual or internal"},
                  {[](Host& h) { h.aliases = {"*.example.com"}; }, "spec.tls.mode", "NotSupported", "manual or internal"},
                  {[](Host& h) { h.caddy_handlers = {"x"}; }, "spec.caddyHandlers[0]", "WrongType", "must be a mapping"},
                  {[](Host& h) {
                     h.caddy_handlers = {boost::json::object{{"x", 1}}};
                   },
                   "spec.caddyHandlers[0].handler", "Required", "is missing"},
                  {[](Host& h) {
                     h.caddy_handlers = {boost::json::object{{"handler", 1}}};
                   },
                   "spec.caddyHandlers[0].handler", "WrongType", "name of a Caddy handler"},
              });
}

TEST(ValidateHost, TakesWhatIsSound) {
  const std::function<void(Host&)> changes[] = {
      [](Host& h) { h.domain = "*.example.com", h.tls.mode = TlsMode::internal; },
      [](Host& h) { h.domain = "*.example.com", h.tls.mode = TlsMode::manual; },
      [](Host& h) {
        h.target_group = "", h.caddy_handlers = {boost::json::object{{"handler", "static_response"}}};
      },
      [](Host& h) { h.tls.email = "o'neil+acme@mail.example.com", h.tls.challenge = Challenge::tls_alpn; },
      [](Host& h) { h.tls.acme_ca_url = "http://127.0.0.1:14000/dir"; },
      [](Host& h) {
        h.domain = "localhost", h.aliases = {"_x.lan", "bücher.de"};
      },
  };
  for (const auto& change : changes) {
    Host changed = host();
    change(changed);
    EXPECT_THAT(validate(changed), IsEmpty()) << to_string(validate(changed));
  }
}

TEST(ValidateHost, RefusesNumbersThatWouldNeverCompareEqual) {
  Host changed = host();
  changed.caddy_handlers = {
      boost::json::object{{"handler", "x"}, {"ratio", 0.125}, {"more", boost::json::array{0.3, 1e21, -2.5}}}};
  EXPECT_THAT(validate(changed), IsEmpty());
  const double doubtful = -3.2268872018903494e-9;
  ASSERT_NE(boost::json::parse(boost::json::serialize(boost::json::value(doubtful))), boost::json::value(doubtful));
  changed.caddy_handlers = {boost::json::object{{"handler", "x"}, {"more", boost::json::array{doubtful}}}};
  EXPECT_THAT(to_string(validate(changed)), HasSubstr("at most 15 digits"));
}

TEST(ValidateHost, TellsAllErrorsAtOnce) {
  Host bad = host();
  bad.domain = "a b";
  bad.aliases = {"c d", "*.x.y"};
  bad.target_group = "";
  bad.tls.email = "x";
  EXPECT_EQ(validate(bad).size(), 5U) << to_string(validate(bad));
}

TEST(ValidateHost, AUrlWithAPasswordIsNotShown) {
  Host bad = host();
  bad.tls.acme_ca_url = "https://me:hunter2@acme.example.com/";
  EXPECT_THAT(to_string(validate(bad)), testing::Not(HasSubstr("hunter2")));
  EXPECT_EQ(validate(bad).size(), 1U);
}

TEST(ValidateHost, ListsAreBounded) {
  Host many = host();
  for (int at = 0; at < 100; ++at) many.aliases.push_back("a" + std::to_string(at) + ".example.com");
  EXPECT_THAT(validate(many), IsEmpty());
  many.aliases.emplace_back("one.more");
  ASSERT_EQ(validate(many).size(), 1U);
  EXPECT_EQ(to_string(validate(many)), "spec.aliases: has 101 entries; at most 100 are allowed");
}

TEST(ValidateTargetGroup, TellsEachErrorWithItsPath) {
  expect_errors<TargetGroup>(
      group(), {
                   {[](TargetGroup& g) { g.targets[1].port = 0; }, "spec.targets[1].port", "Required", "1 to 65535"},
                   {[](TargetGroup& g) { g.targets[1].port = 70000; }, "spec.targets[1].port", "OutOfRange",
                    "70000 is not a port (use a number from 1 to 65535)"},
                   {[](TargetGroup& g) { g.targets[1].port = -1; }, "spec.targets[1].port", "OutOfRange", "-1 is not a port"},
                   {[](TargetGroup& g) { g.targets[1].weight = 0; }, "spec.targets[1].weight", "OutOfRange", "1 to 100"},
                   {[](TargetGroup& g) { g.targets[1].weight = 101; }, "spec.targets[1].weight", "OutOfRange", "1 to 100"},
                   {[](TargetGroup& g) { g.targets[1].host = ""; }, "spec.targets[1].host", "Required", "is missing"},
                   {[](TargetGroup& g) { g.targets[1].host = "[::1]"; }, "spec.targets[1].host", "Invalid", "write ::1"},
                   {[](TargetGroup& g) { g.targets[2].host = "10.0.0.1"; }, "spec.targets[2]", "Duplicate",
                    "10.0.0.1:80 is already spec.targets[0]"},
                   {[](TargetGroup& g) { g.targets[2].host = "0:0::1"; }, "spec.targets[2]", "Duplicate",
                    "[::1]:80 is already spec.targets[1]"},
                   {[](TargetGroup& g) { g.health_check.expect_status = "2XX"; }, "spec.healthCheck.expectStatus", "Invalid",
                    "such as 200"},
                   {[](TargetGroup& g) { g.health_check.expect_status = "600"; }, "spec.healthCheck.expectStatus", "Invalid",
                    "such as 200"},
                   {[](TargetGroup& g) { g.health_check.expect_status = "20"; }, "spec.healthCheck.expectStatus", "Invalid",
                    "such as 200"},
                   {[](TargetGroup& g) { g.health_check.interval.value = hours(25); }, "spec.healthCheck.interval",
                    "OutOfRange", "1s to 24h"},
                   {[](TargetGroup& g) { g.health_check.timeout.value = seconds(0); }, "spec.healthCheck.timeout", "OutOfRange",
                    "more than 0s"},
                   {[](TargetGroup& g) { g.health_check.timeout.value = seconds(31); }, "spec.healthCheck.timeout",
                    "OutOfRange", "31s is longer than the interval of 30s"},
                   {[](TargetGroup& g) { g.health_check.fails = 0; }, "spec.healthCheck.fails", "OutOfRange", "1 to 100"},
                   {[](TargetGroup& g) { g.health_check.passes = 101; }, "spec.healthCheck.passes", "OutOfRange", "1 to 100"},
               });
}

TEST(ValidateTargetGroup, MayHaveNoTargets) { EXPECT_THAT(validate(TargetGroup{}), IsEmpty()); }

// What Caddy 2.6.2 refuses together with its whole configuration, and what no server ever gets to see.
TEST(ValidateTargetGroup, RefusesHealthPathsThatCaddyWouldRefuse) {
  for (const std::string bad : {"", "health", "/%zz", "/%", "//[::1/x", "//host:80/", "//x", "/a\x7f", "/a\n", "/x#%zz", "/x#y",
                                "/a b", "/ü", "/{x}", "http://x/"}) {
    TargetGroup changed = group();
    changed.health_check.path = bad;
    const auto errors = validate(changed);
    ASSERT_EQ(errors.size(), 1U) << bad;
    EXPECT_EQ(errors[0].path, "spec.healthCheck.path");
  }
  for (const std::string good : {"/", "/health", "/a/b.c?d=e&f=%20", "/%7Bx%7D", "/a//b", "/~x:@!$&'()*+,;="}) {
    TargetGroup changed = group();
    changed.health_check.path = good;
    EXPECT_THAT(validate(changed), IsEmpty()) << good << ": " << to_string(validate(changed));
  }
}

TEST(ValidateTargetGroup, ListsAreBounded) {
  TargetGroup many;
  for (int port = 1; port <= 1001; ++port) many.targets.push_back({.host = "10.0.0.1", .port = port});
  ASSERT_EQ(validate(many).size(), 1U);
  EXPECT_EQ(validate(many)[0].path, "spec.targets");
}

TEST(ValidateSettings, TellsEachErrorWithItsPath) {
  expect_errors<Settings>(
      Settings{},
      {
          {[](Settings& s) { s.acme_email = "{nope}@x.y"; }, "spec.acmeEmail", "Invalid", "e-mail"},
          {[](Settings& s) { s.grace_period.value = milliseconds(999); }, "spec.gracePeriod", "OutOfRange",
           "999ms is out of range (use 1s to 1h)"},
          {[](Settings& s) { s.grace_period.value = minutes(61); }, "spec.gracePeriod", "OutOfRange", "1s to 1h"},
          {[](Settings& s) { s.stream_close_delay.value = hours(25); }, "spec.streamCloseDelay", "OutOfRange", "0s to 24h"},
          {[](Settings& s) { s.retry_for.value = seconds(61); }, "spec.retryFor", "OutOfRange", "0s to 1m"},
      });
}

TEST(ValidateName, IsALowerCaseDnsLabel) {
  for (const std::string& good : std::vector<std::string>{"a", "app", "my-app", "0", std::string(63, 'a')})
    EXPECT_THAT(validate_name(Kind::host, good), IsEmpty()) << good;
  for (const std::string& bad :
       std::vector<std::string>{"", "App", "my_app", "-a", "a-", "a.b", "a b", "ü", std::string(64, 'a')}) {
    const auto errors = validate_name(Kind::host, bad);
    ASSERT_EQ(errors.size(), 1U) << bad;
    EXPECT_EQ(errors[0].path, "metadata.name");
  }
}

TEST(ValidateName, SettingsHaveOneName) {
  EXPECT_THAT(validate_name(Kind::settings, "default"), IsEmpty());
  EXPECT_THAT(to_string(validate_name(Kind::settings, "other")), HasSubstr("named default"));
}

}  // namespace
}  // namespace argos
