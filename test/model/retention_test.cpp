// SPDX-License-Identifier: Apache-2.0
#include "model/retention.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/archive_metadata.hpp"
#include "model/validate.hpp"

namespace argos {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::chrono_literals;
using Names = std::vector<std::string>;

const WallTime kNow = parse_rfc3339("2026-11-27T03:00:00Z").value();

// "d3": three days old.
HeldArchive aged(int days, BackupKind kind = BackupKind::scheduled, bool verified = true) {
  return {"d" + std::to_string(days), kind, kNow - std::chrono::days(days), verified};
}
std::vector<HeldArchive> daily(int first, int last, BackupKind kind = BackupKind::scheduled) {
  std::vector<HeldArchive> out;
  for (int day = first; day <= last; ++day) out.push_back(aged(day, kind));
  return out;
}

Names expired(const std::vector<HeldArchive>& archives, const Retention& rules, WallTime now = kNow) {
  Names out;
  for (const auto& verdict : judge_retention(archives, rules, now).verdicts) {
    EXPECT_NE(verdict.reason, "") << verdict.name;
    if (verdict.expired) out.push_back(verdict.name);
  }
  return out;
}
std::string reason_of(const std::string& name, const std::vector<HeldArchive>& archives, const Retention& rules) {
  for (const auto& verdict : judge_retention(archives, rules, kNow).verdicts) {
    if (verdict.name == name) return verdict.reason;
  }
  return "";
}

TEST(RetentionRules, AgeAndNumberEachKeep) {
  EXPECT_THAT(expired(daily(0, 18), {}), ElementsAre("d15", "d16", "d17", "d18"));
  EXPECT_THAT(expired(daily(20, 25), {}), ElementsAre()) << "all are young beside the newest";
  EXPECT_THAT(expired(daily(0, 5), {.days = 0, .keep_last = 3}), ElementsAre("d3", "d4", "d5"));
  EXPECT_THAT(expired(daily(0, 5), {.days = 2, .keep_last = 5}), ElementsAre("d5"));
  EXPECT_THAT(reason_of("d0", daily(0, 18), {}), HasSubstr("younger than 14 days"));
  EXPECT_THAT(reason_of("d18", daily(0, 18), {}), HasSubstr("older than 14 days"));
}

TEST(RetentionRules, TheNewestOfDaysWeeksAndMonths) {
  std::vector<HeldArchive> hourly;
  for (int hour = 0; hour < 72; ++hour)
    hourly.push_back({"h" + std::to_string(hour), BackupKind::scheduled, kNow - hour * 1h, true});
  const auto gone = expired(hourly, {.days = 0, .keep_last = 0, .keep_daily = 3});
  EXPECT_EQ(gone.size(), 69U);
  for (const auto* const kept : {"h0", "h4", "h28"}) EXPECT_THAT(gone, testing::Not(testing::Contains(kept)));
  // A Friday: the Sundays before it are 5 and 12 days back, the months' ends 27 and 58.
  const auto weekly = expired(daily(0, 60), {.days = 0, .keep_last = 0, .keep_weekly = 3});
  for (const auto* const kept : {"d0", "d5", "d12"}) EXPECT_THAT(weekly, testing::Not(testing::Contains(kept)));
  EXPECT_EQ(weekly.size(), 58U);
  const auto monthly = expired(daily(0, 60), {.days = 0, .keep_last = 0, .keep_monthly = 3});
  for (const auto* const kept : {"d0", "d27", "d58"}) EXPECT_THAT(monthly, testing::Not(testing::Contains(kept)));
  EXPECT_EQ(monthly.size(), 58U);
}

TEST(RetentionRules, OnlyTheKindsThatThePolicyNames) {
  auto archives = daily(0, 3);
  for (const auto& old : {aged(100, BackupKind::manual), aged(101, BackupKind::orphan), aged(102)}) archives.push_back(old);
  EXPECT_THAT(expired(archives, {}), ElementsAre("d102"));
  EXPECT_THAT(reason_of("d100", archives, {}), HasSubstr("manual archives are not deleted"));
  const Retention all{.days = 14, .keep_last = 1, .kinds = {BackupKind::scheduled, BackupKind::manual, BackupKind::orphan}};
  EXPECT_THAT(expired(archives, all), ElementsAre("d100", "d101", "d102"));
}

TEST(RetentionRules, TheLastThreeFromBeforeAnUpgradeStayAndOlderOnesGoByAge) {
  auto archives = daily(0, 3);
  for (int day : {40, 50, 60, 70}) archives.push_back(aged(day, BackupKind::pre_upgrade));
  EXPECT_THAT(expired(archives, {}), ElementsAre("d70"));
  EXPECT_THAT(expired(archives, {.days = 0, .keep_last = 1}), ElementsAre("d1", "d2", "d3"));
  EXPECT_THAT(expired(archives, {.days = 100, .keep_last = 1}), IsEmpty());
}

TEST(RetentionRules, TheNewestGoodOneStaysWhateverItsAge) {
  std::vector<HeldArchive> archives;
  for (int day = 0; day < 5; ++day) archives.push_back(aged(day, BackupKind::scheduled, false));
  archives.push_back(aged(100));
  archives.push_back(aged(101));
  EXPECT_THAT(expired(archives, {}), ElementsAre("d101"));
  EXPECT_THAT(reason_of("d100", archives, {}), HasSubstr("known to be good"));
}

TEST(RetentionRules, AClockThatLeapsRemovesNothing) {
  auto archives = daily(0, 10);
  EXPECT_THAT(expired(archives, {}, kNow + 24h * 3650), IsEmpty()) << "ahead, before the next archive";
  archives.push_back({"leapt", BackupKind::scheduled, kNow + 24h * 3650, true});
  EXPECT_THAT(expired(archives, {}, kNow + 24h * 3650), IsEmpty()) << "and after it";
  EXPECT_THAT(expired(archives, {.days = 1, .keep_last = 1}, kNow), IsEmpty()) << "and back again";
  EXPECT_THAT(judge_retention(archives, {}, kNow).held, HasSubstr("leapt is from the future"));
  EXPECT_THAT(expired(daily(0, 20), {}, kNow - 24h * 400), IsEmpty()) << "back";
}

TEST(RetentionRules, OneThatKeepsNothingDeletesNothing) {
  const Retention nothing{.days = 0, .keep_last = 0};
  EXPECT_THAT(expired(daily(0, 20), nothing), IsEmpty());
  EXPECT_THAT(expired({}, nothing), IsEmpty());
}

TEST(RetentionRules, AnyPolicyKeepsTheNewestGoodOne) {
  for (int last = 0; last < 4; ++last) {
    for (int days = 0; days < 4; ++days) {
      const Retention rules{.days = days, .keep_last = last, .kinds = {BackupKind::scheduled, BackupKind::manual}};
      EXPECT_THAT(expired(daily(0, 30), rules), testing::Not(testing::Contains("d0"))) << days << " " << last;
    }
  }
}

std::string wrong(const BackupPolicy& policy) { return to_string(validate(policy)); }

BackupPolicy keeping(Retention retention) {
  BackupPolicy policy;
  policy.retention = std::move(retention);
  return policy;
}

TEST(BackupPolicyForm, DefaultsAreSound) { EXPECT_EQ(wrong({}), ""); }

TEST(BackupPolicyForm, SaysWhatIsWrongWithEachField) {
  BackupPolicy late;
  late.schedule = "0 25 * * *";
  EXPECT_THAT(wrong(late), HasSubstr("spec.schedule: '25' makes no sense as hour"));
  EXPECT_THAT(wrong(keeping({.days = 0, .keep_last = 0})), HasSubstr("spec.retention: keeps nothing"));
  EXPECT_THAT(wrong(keeping({.kinds = {}})), HasSubstr("spec.retention.kinds: names no kind"));
  EXPECT_THAT(wrong(keeping({.kinds = {BackupKind::manual, BackupKind::manual}})), HasSubstr("twice"));
  EXPECT_THAT(wrong(keeping({.days = -1})), HasSubstr("spec.retention.days: -1 is out of range"));
  EXPECT_THAT(wrong(keeping({.keep_monthly = 20'000})), HasSubstr("spec.retention.keepMonthly"));
  EXPECT_EQ(validate_name(Kind::backup_policy, "default"), FieldErrors{});
  EXPECT_THAT(to_string(validate_name(Kind::backup_policy, "other")), HasSubstr("there is one BackupPolicy object"));
}

}  // namespace
}  // namespace argos
