// SPDX-License-Identifier: Apache-2.0
#include "runtime/conditions.hpp"

#include "test/support/support.hpp"

namespace argos {
namespace {

using namespace std::chrono_literals;

const Key kHost{Kind::host, "app"};
Condition yes(const char* type, std::uint64_t generation = 1) { return {type, Status::yes, "Fine", "", generation, {}}; }
Condition no(const char* type, const char* reason) { return {type, Status::no, reason, "words", 1, {}}; }

struct ConditionsTest : testing::Test {
  test::ManualClock clock;
  Conditions conditions{clock};
};

TEST_F(ConditionsTest, TheTransitionTimeMovesOnlyWithTheStatus) {
  conditions.set(kHost, yes("Programmed"));
  const auto first = conditions.find(kHost, "Programmed")->last_transition;
  clock.advance(5s);
  Condition again = yes("Programmed", 2);
  again.reason = "Other";
  EXPECT_FALSE(conditions.set(kHost, again));
  EXPECT_EQ(conditions.find(kHost, "Programmed")->last_transition, first);
  EXPECT_EQ(conditions.find(kHost, "Programmed")->reason, "Other");
  EXPECT_TRUE(conditions.set(kHost, no("Programmed", "Gone")));
  EXPECT_EQ(conditions.find(kHost, "Programmed")->last_transition, first + 5s);
}

TEST_F(ConditionsTest, AnObjectIsReadyWhenItIsAcceptedAndProgrammed) {
  conditions.set(kHost, yes("Accepted"));
  EXPECT_EQ(conditions.find(kHost, "Ready")->status, Status::unknown);
  conditions.set(kHost, yes("Programmed"));
  EXPECT_TRUE(conditions.is_true(kHost, "Ready"));
}

TEST_F(ConditionsTest, OfSeveralSetAtOnceNobodySeesReadyFollowFromAPart) {
  conditions.set_all(kHost, {no("Accepted", "Invalid"), yes("Programmed")});
  std::vector<Status> ready;
  conditions.listen([&](const Key&, const Condition& moved) {
    if (moved.type == "Ready") ready.push_back(moved.status);
  });
  conditions.set_all(kHost, {yes("Accepted", 2), no("Programmed", "RejectedByCaddy")});
  EXPECT_THAT(ready, testing::IsEmpty());
  EXPECT_EQ(conditions.find(kHost, "Ready")->reason, "RejectedByCaddy");
}

TEST_F(ConditionsTest, ReadyTellsTheReasonOfTheFirstFalseOne) {
  conditions.set(kHost, no("Accepted", "DomainTaken"));
  conditions.set(kHost, no("Programmed", "NotRendered"));
  EXPECT_EQ(conditions.find(kHost, "Ready")->reason, "DomainTaken");
  EXPECT_EQ(conditions.find(kHost, "Ready")->message, "words");
}

TEST_F(ConditionsTest, ReadyHasSeenNoMoreThanTheOldestOfItsSources) {
  conditions.set(kHost, yes("Accepted", 9));
  conditions.set(kHost, yes("Programmed", 7));
  EXPECT_EQ(conditions.find(kHost, "Ready")->observed_generation, 7U);
}

TEST_F(ConditionsTest, AManifestWithErrorsMakesItsObjectNotReadyUntilItIsMended) {
  conditions.set(kHost, yes("Accepted"));
  conditions.set(kHost, yes("Programmed"));
  conditions.set(kHost, no("ManifestValid", "Invalid"));
  EXPECT_EQ(conditions.find(kHost, "Ready")->status, Status::no);
  conditions.drop(kHost, "ManifestValid");
  EXPECT_TRUE(conditions.is_true(kHost, "Ready"));
}

TEST_F(ConditionsTest, AHostThatShowsNoValidCertificateIsNotReady) {
  conditions.set(kHost, yes("Accepted", 9));
  conditions.set(kHost, yes("Programmed", 9));
  conditions.set(kHost, no("Valid", "NotYetIssued"));
  EXPECT_EQ(conditions.find(kHost, "Ready")->reason, "NotYetIssued");
  conditions.set(kHost, yes("Valid", 9));
  EXPECT_TRUE(conditions.is_true(kHost, "Ready"));
}

TEST_F(ConditionsTest, ACertificateOutOfSightLeavesReadyAloneButOneThatWasNotLookedAtIsWaitedFor) {
  conditions.set(kHost, yes("Accepted", 9));
  conditions.set(kHost, yes("Programmed", 9));
  conditions.set(kHost, {"Valid", Status::unknown, "Pending", "", 0, {}});
  EXPECT_EQ(conditions.find(kHost, "Ready")->status, Status::unknown);
  EXPECT_EQ(conditions.find(kHost, "Ready")->reason, "Pending");
  EXPECT_EQ(conditions.find(kHost, "Ready")->observed_generation, 0U);
  conditions.set(kHost, {"Valid", Status::unknown, "Unreachable", "", 9, {}});
  EXPECT_TRUE(conditions.is_true(kHost, "Ready"));
  EXPECT_EQ(conditions.find(kHost, "Ready")->observed_generation, 9U);
}

TEST_F(ConditionsTest, AConditionThatDoesNotDecideLeavesReadyAlone) {
  conditions.set(kHost, yes("Accepted"));
  conditions.set(kHost, yes("Programmed"));
  conditions.set(kHost, no("Supported", "NotInThisCaddy"));
  EXPECT_TRUE(conditions.is_true(kHost, "Ready"));
}

TEST_F(ConditionsTest, WhatAFormerRunKnewIsNoNews) {
  const WallTime before = clock.wall() - 24h;
  conditions.recall(kHost, "Programmed", Status::yes, before);
  conditions.set(kHost, yes("Programmed"));
  EXPECT_EQ(conditions.find(kHost, "Programmed")->last_transition, before);
}

TEST_F(ConditionsTest, NorIsItWhereItWasPendingFirst) {
  const WallTime before = clock.wall() - 24h;
  conditions.recall(kHost, "Ready", Status::yes, before);
  conditions.set_all(kHost, {yes("Accepted"), yes("Programmed"), {"Valid", Status::unknown, "Pending", "", 0, {}}});
  EXPECT_EQ(conditions.find(kHost, "Ready")->status, Status::unknown);
  conditions.set(kHost, yes("Valid"));
  EXPECT_TRUE(conditions.is_true(kHost, "Ready"));
  EXPECT_EQ(conditions.find(kHost, "Ready")->last_transition, before);
}

TEST_F(ConditionsTest, AStatusThatDiffersFromTheFormerRunsIsNews) {
  conditions.recall(kHost, "Programmed", Status::yes, clock.wall() - 24h);
  conditions.set(kHost, no("Programmed", "Gone"));
  EXPECT_EQ(conditions.find(kHost, "Programmed")->last_transition, clock.wall());
}

TEST_F(ConditionsTest, WhatIsNotReadyIsCounted) {
  conditions.set(kHost, no("Accepted", "Invalid"));
  conditions.set({Kind::host, "other"}, no("Accepted", "Invalid"));
  conditions.set({Kind::target_group, "app"}, yes("Accepted"));
  EXPECT_EQ(conditions.not_ready(Kind::host), 2U);
  conditions.set_all(kHost, {yes("Accepted"), yes("Programmed")});
  EXPECT_EQ(conditions.not_ready(Kind::host), 1U);
  conditions.set(kHost, no("Programmed", "Gone"));
  EXPECT_EQ(conditions.not_ready(Kind::host), 2U);
  conditions.forget({Kind::host, "other"});
  EXPECT_EQ(conditions.not_ready(Kind::host), 1U);
}

TEST_F(ConditionsTest, AForgottenObjectLeavesNothing) {
  conditions.set(kHost, yes("Accepted"));
  conditions.forget(kHost);
  EXPECT_TRUE(conditions.of(kHost).empty());
  EXPECT_TRUE(conditions.keys(Kind::host).empty());
  EXPECT_EQ(conditions.not_ready(Kind::host), 0U);
}

TEST_F(ConditionsTest, WhoeverListensToWhatIsSaidHearsEveryOtherWordAndNoRepetition) {
  std::vector<std::uint64_t> heard;
  conditions.listen_said([&](const Key&, const Condition& said) {
    if (said.type == "Accepted") heard.push_back(said.observed_generation);
  });
  conditions.set(kHost, yes("Accepted", 1));
  conditions.set(kHost, yes("Accepted", 1));
  conditions.set(kHost, yes("Accepted", 2));
  EXPECT_EQ(heard, (std::vector<std::uint64_t>{1, 2}));
}

TEST_F(ConditionsTest, WhatIsDroppedIsToldOnceAndComesBackAsNews) {
  std::vector<std::string> dropped;
  conditions.listen_dropped([&](const Key& key, std::string_view type) {
    EXPECT_EQ(conditions.find(key, type), nullptr);
    dropped.emplace_back(to_string(key) + " " + std::string(type));
  });
  conditions.recall(kHost, "Suspended", Status::yes, clock.wall());
  clock.advance(std::chrono::hours(1));
  conditions.set(kHost, yes("Suspended"));
  conditions.drop(kHost, "Suspended");
  conditions.drop(kHost, "Suspended");
  EXPECT_EQ(dropped, std::vector<std::string>{"host/app Suspended"});
  conditions.set(kHost, yes("Suspended"));
  EXPECT_EQ(conditions.find(kHost, "Suspended")->last_transition, clock.wall()) << "it is another one";
}

TEST_F(ConditionsTest, ListenersHearMovedStatusesOnly) {
  int heard = 0;
  conditions.listen([&](const Key&, const Condition& condition) { heard += condition.type == "Accepted" ? 1 : 0; });
  conditions.set(kHost, yes("Accepted"));
  conditions.set(kHost, yes("Accepted"));
  conditions.set(kHost, no("Accepted", "Invalid"));
  EXPECT_EQ(heard, 2);
}

TEST(Rfc3339, ATimeBefore1970IsATimeToo) {
  EXPECT_EQ(to_rfc3339(from_milliseconds(-1)), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(to_rfc3339(from_milliseconds(1'795'804'889'007)), "2026-11-27T18:41:29.007Z");
}

}  // namespace
}  // namespace argos
