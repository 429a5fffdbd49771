// SPDX-License-Identifier: Apache-2.0
#include "model/target_health.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace argos {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

constexpr Trust kTrusted{.programmed = true, .settled = true};
constexpr WallTime kNow{std::chrono::hours(1)};

WatchedGroup group_of(std::vector<std::string> targets, bool checked) {
  WatchedGroup out;
  out.generation = 7;
  out.check.enabled = checked;
  out.targets = std::move(targets);
  return out;
}

UpstreamFigures figures(std::optional<bool> healthy, int fails = 0) {
  return {.listed = true, .healthy = healthy, .fails = fails};
}

constexpr Sharing kAlone{.all_check_alike = true, .any_checks = true};
constexpr Sharing kNobodyChecks{.all_check_alike = true, .any_checks = false};

TEST(ReadFigures, TheGaugeAndTheListMeetByAddress) {
  const auto read = read_figures(
      "# HELP caddy_reverse_proxy_upstreams_healthy Health status of reverse proxy upstreams.\n"
      "# TYPE caddy_reverse_proxy_upstreams_healthy gauge\n"
      "caddy_reverse_proxy_upstreams_healthy{upstream=\"10.0.0.3:8080\"} 0\n"
      "caddy_reverse_proxy_upstreams_healthy{upstream=\"[::1]:80\"} 1\n"
      "go_threads 9\n",
      boost::json::parse(R"([{"address":"10.0.0.3:8080","num_requests":2,"fails":3},{"address":"other:1","fails":0}])"));
  ASSERT_EQ(read.size(), 3U);
  const auto& first = read.at("10.0.0.3:8080");
  EXPECT_TRUE(first.listed);
  EXPECT_EQ(first.healthy, std::optional(false));
  EXPECT_EQ(first.fails, 3);
  EXPECT_FALSE(read.at("[::1]:80").listed);
  EXPECT_EQ(read.at("[::1]:80").healthy, std::optional(true));
  EXPECT_EQ(read.at("other:1").healthy, std::nullopt);
}

TEST(ReadFigures, NonsenseIsNoFigure) {
  const auto* const metrics =
      "caddy_reverse_proxy_upstreams_healthy{upstream=\"a:1\"\n"
      "caddy_reverse_proxy_upstreams_healthy{other=\"b:1\"} 1\n"
      "caddy_reverse_proxy_upstreams_healthy{upstream=\"c:1\"} NaNsense\n"
      "xcaddy_reverse_proxy_upstreams_healthy{upstream=\"d:1\"} 1\n"
      "caddy_reverse_proxy_upstreams_healthy{upstream=\"e";
  for (const auto* const list : {"null", "{}", "[1,{},{\"address\":1},{\"fails\":2}]"}) {
    for (const auto& [address, found] : read_figures(metrics, boost::json::parse(list))) {
      EXPECT_FALSE(found.listed) << address;
      EXPECT_NE(found.healthy, std::optional(true)) << address;
    }
  }
}

TEST(ReadFigures, ALabelIsUnescapedAndATimestampPassedOver) {
  const auto read =
      read_figures("caddy_reverse_proxy_upstreams_healthy{upstream=\"a\\\"\\\\b:1\",x=\"}\"} 1 1395066363000", nullptr);
  EXPECT_TRUE(read.contains("a\"\\b:1"));
}

struct SightCase {
  const char* rule;
  bool checked;
  std::optional<UpstreamFigures> found;
  Sharing sharing;
  Trust trust;
  Health health;
  const char* why;
};

class Sight : public testing::TestWithParam<SightCase> {};

TEST_P(Sight, IsDecided) {
  const auto& one = GetParam();
  const auto seen = sight(group_of({"a:1"}, one.checked), one.found ? &*one.found : nullptr, one.sharing, one.trust);
  EXPECT_EQ(to_string(seen.health), to_string(one.health)) << one.rule;
  EXPECT_EQ(seen.why, one.why) << one.rule;
}

constexpr Trust kFresh{.programmed = true, .settled = false};
constexpr Trust kOtherForm{.programmed = false, .settled = true};
constexpr Sharing kWithUnchecked{.all_check_alike = false, .any_checks = true};

INSTANTIATE_TEST_SUITE_P(
    Table, Sight,
    testing::Values(
        SightCase{"a check that passes", true, figures(true), kAlone, kTrusted, Health::healthy, "CheckPasses"},
        SightCase{"a check that fails", true, figures(false), kAlone, kTrusted, Health::unhealthy, "CheckFails"},
        SightCase{"1 right after a reload means nothing", true, figures(true), kAlone, kFresh, Health::unknown, "Pending"},
        SightCase{"0 right after a reload does", true, figures(false), kAlone, kFresh, Health::unhealthy, "CheckFails"},
        SightCase{"1 of what nobody checks means nothing", false, figures(true), kNobodyChecks, kTrusted, Health::unknown,
                  "NotChecked"},
        SightCase{"0 of what nobody checks: requests failed", false, figures(false), kNobodyChecks, kTrusted, Health::unhealthy,
                  "RequestsFail"},
        SightCase{"requests fail, and nobody checks", false, figures(true, 1), kNobodyChecks, kTrusted, Health::unhealthy,
                  "RequestsFail"},
        SightCase{"requests fail, whatever the check says", true, figures(true, 2), kAlone, kTrusted, Health::unhealthy,
                  "RequestsFail"},
        SightCase{"another group checks it, this one does not", false, figures(true), kWithUnchecked, kTrusted, Health::unknown,
                  "Shared"},
        SightCase{"the check that fails may be the other group's", false, figures(false), kWithUnchecked, kTrusted,
                  Health::unknown, "Shared"},
        SightCase{"1 may be the other group's", true, figures(true), kWithUnchecked, kTrusted, Health::unknown, "Shared"},
        SightCase{"0 is a reason to say so", true, figures(false), kWithUnchecked, kTrusted, Health::unhealthy, "CheckFails"},
        SightCase{"Caddy runs another form of the group", true, figures(true), kAlone, kOtherForm, Health::unknown,
                  "NotProgrammed"},
        SightCase{"no site that runs has it", true, UpstreamFigures{.listed = false, .healthy = true, .fails = 0}, kAlone,
                  kTrusted, Health::unknown, "NotProgrammed"},
        SightCase{"Caddy does not know it", true, std::nullopt, kAlone, kTrusted, Health::unknown, "NotProgrammed"},
        SightCase{"there is no gauge", true, figures(std::nullopt), kAlone, kTrusted, Health::unknown, "Pending"}));

TEST(Sharing, AFigureIsAGroupsOwnOnlyWhereAllThatHoldTheAddressCheckAlike) {
  Watched watched;
  watched.groups["checked"] = group_of({"a:1", "b:1", "c:1"}, true);
  watched.groups["same"] = group_of({"a:1"}, true);
  watched.groups["unchecked"] = group_of({"b:1", "d:1"}, false);
  watched.groups["otherwise"] = group_of({"c:1"}, true);
  watched.groups["otherwise"].check.path = "/other";
  const auto shared = sharing(watched);
  EXPECT_TRUE(shared.at("a:1").all_check_alike);
  EXPECT_FALSE(shared.at("b:1").all_check_alike);
  EXPECT_FALSE(shared.at("c:1").all_check_alike);
  EXPECT_TRUE(shared.at("d:1").all_check_alike);
  EXPECT_FALSE(shared.at("d:1").any_checks);
  EXPECT_TRUE(shared.at("b:1").any_checks);
}

TEST(SettlingTime, CoversACheckAndTheGaugesRenewalAfterIt) {
  HealthCheck check;
  check.timeout = Duration{5s};
  EXPECT_EQ(settling_time(check), 12s);
  check.timeout = Duration{10s};
  EXPECT_EQ(settling_time(check), 12s);
  check.timeout = Duration{15s};
  EXPECT_EQ(settling_time(check), 22s);
}

TEST(Advance, HealthIsBelievedWhenItIsStillSeenALittleLater) {
  const Sighting healthy{Health::healthy, "CheckPasses"};
  auto state = advance({}, healthy, kNow);
  EXPECT_EQ(state.health, Health::unknown);
  EXPECT_TRUE(state.candidate);
  state = advance(state, healthy, kNow + 2s);
  EXPECT_EQ(state.health, Health::unknown);
  state = advance(state, healthy, kNow + 3s);
  EXPECT_EQ(state.health, Health::healthy);
  EXPECT_EQ(state.since, kNow + 3s);
  EXPECT_FALSE(state.candidate);
  state = advance(state, {Health::unhealthy, "CheckFails"}, kNow + 10s);
  EXPECT_EQ(state.health, Health::unhealthy);  // at once
  state = advance(state, healthy, kNow + 20s);
  state = advance(state, {Health::unknown, "Pending", true}, kNow + 21s);  // it was a reload under way
  EXPECT_EQ(state.health, Health::unhealthy);
  EXPECT_EQ(state.since, kNow + 10s);
  EXPECT_FALSE(state.candidate);
}

TEST(Advance, WhatWasKnownStandsForAWhileAfterAReloadAndNotForEver) {
  const Sighting fresh{Health::unknown, "Pending", true};
  auto state = advance({}, {Health::unhealthy, "CheckFails"}, kNow);
  state = advance(state, fresh, kNow + 50s);
  EXPECT_EQ(state.health, Health::unhealthy);
  EXPECT_EQ(state.seen, kNow);
  state = advance(state, fresh, kNow + 70s);
  EXPECT_EQ(state.health, Health::unknown);
  EXPECT_EQ(state.since, kNow + 70s);
}

TEST(Advance, FailedRequestsCountWhileTheyLast) {
  auto state = advance({}, {Health::unhealthy, "RequestsFail", false, 2}, kNow);
  EXPECT_EQ(state.fails, 2);
  state = advance(state, {Health::unhealthy, "RequestsFail", false, 1}, kNow + 10s);
  EXPECT_EQ(state.since, kNow);
  EXPECT_EQ(state.seen, kNow + 10s);
  state = advance(state, {Health::unknown, "NotChecked"}, kNow + 20s);
  EXPECT_EQ(state.health, Health::unknown);
  EXPECT_EQ(state.fails, 0);
}

TargetHealth state(Health health, std::string why) { return {health, std::move(why), kNow, kNow, 0, {}}; }

TEST(TargetsHealthy, SaysHowManyAreDownWhichAndSinceWhen) {
  const auto group = group_of({"10.0.0.2:80", "10.0.0.3:8080"}, true);
  const auto up = state(Health::healthy, "CheckPasses"), down = state(Health::unhealthy, "CheckFails");
  const auto one = targets_healthy(group, {up, down});
  EXPECT_EQ(one.type, "TargetsHealthy");
  EXPECT_EQ(one.status, Status::no);
  EXPECT_EQ(one.reason, "TargetsDown");
  EXPECT_EQ(one.message, "1 of 2 targets is down: 10.0.0.3:8080 since 1970-01-01T01:00:00Z");
  EXPECT_EQ(one.observed_generation, 7U);
  EXPECT_EQ(targets_healthy(group, {down, down}).reason, "AllTargetsDown");
  EXPECT_EQ(targets_healthy(group, {up, up}).reason, "AllHealthy");
  EXPECT_EQ(targets_healthy(group, {up, up}).status, Status::yes);
  // One that is down is news, also where another is unknown.
  EXPECT_EQ(targets_healthy(group, {state(Health::unknown, "NotChecked"), down}).status, Status::no);
}

TEST(TargetsHealthy, IsUnknownWithTheReasonWhereOneIs) {
  const auto group = group_of({"a:1", "b:1"}, false);
  const auto unknown = targets_healthy(group, {state(Health::healthy, ""), state(Health::unknown, "NotChecked")});
  EXPECT_EQ(unknown.status, Status::unknown);
  EXPECT_EQ(unknown.reason, "NotChecked");
  EXPECT_THAT(unknown.message, HasSubstr("b:1"));
  EXPECT_EQ(targets_healthy(group_of({}, true), {}).reason, "NoTargets");
}

TEST(TargetsHealthy, NamesAFewAndCountsTheRest) {
  std::vector<std::string> addresses;
  for (int at = 0; at < 9; ++at) addresses.push_back("t" + std::to_string(at) + ":1");
  const auto group = group_of(addresses, true);
  const auto said = targets_healthy(group, std::vector<TargetHealth>(9, state(Health::unhealthy, "CheckFails")));
  EXPECT_THAT(said.message, HasSubstr("t2:1"));
  EXPECT_THAT(said.message, Not(HasSubstr("t3:1")));
  EXPECT_THAT(said.message, HasSubstr("and 6 more"));
}

Object<Host> host(const std::string& name, const std::string& group, std::uint64_t born) {
  Object<Host> out;
  out.meta.name = name;
  out.meta.created = out.meta.generation = born;
  out.spec.domain = name + ".example.com";
  out.spec.target_group = group;
  return out;
}

TEST(Watched, OnlyGroupsThatAnswerForAHost) {
  Desired desired;
  desired.hosts = {host("off", "a", 1), host("on", "b", 2), host("stray", "missing", 3)};
  desired.hosts[0].spec.enabled = false;
  for (const auto* const name : {"a", "b", "c"}) {
    Object<TargetGroup> group;
    group.meta.name = name;
    group.spec.targets = {{.host = "10.0.0.1", .port = 80},
                          {.host = "10.0.0.1", .port = 80, .weight = 3},
                          {.host = "::1", .port = 81},
                          {.host = "off", .port = 1, .weight = 1, .enabled = false}};
    desired.target_groups.push_back(group);
  }
  const auto seen = watched(desired);
  ASSERT_EQ(seen.groups.size(), 1U);
  EXPECT_EQ(seen.groups.at("b").targets, (std::vector<std::string>{"10.0.0.1:80", "[::1]:81"}));
  ASSERT_EQ(seen.hosts.size(), 2U);
  EXPECT_EQ(seen.hosts[0].name, "on");
  EXPECT_EQ(seen.hosts[1].group, "missing");
}

}  // namespace
}  // namespace argos
