// SPDX-License-Identifier: Apache-2.0
#include "model/cron.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/archive_metadata.hpp"

namespace argos {
namespace {

using testing::HasSubstr;

WallTime at(std::string_view text) { return parse_rfc3339(text).value(); }

std::string next(std::string_view schedule, std::string_view time) {
  const auto cron = parse_cron(schedule);
  if (!cron) return cron.error().message;
  const auto found = next_after(*cron, at(time));
  return found ? to_rfc3339(*found).substr(0, 16) : "never";
}

struct CronCase {
  const char *schedule, *from, *next;
};
std::ostream& operator<<(std::ostream& out, const CronCase& one) { return out << one.schedule << " from " << one.from; }
struct CronNext : testing::TestWithParam<CronCase> {};

TEST_P(CronNext, IsTheFirstMinuteAfter) { EXPECT_EQ(next(GetParam().schedule, GetParam().from), GetParam().next); }

// 2026-11-27 is a Friday.
INSTANTIATE_TEST_SUITE_P(Each, CronNext,
                         testing::Values(CronCase{"0 2 * * *", "2026-11-27T01:59:59Z", "2026-11-27T02:00"},
                                         CronCase{"0 2 * * *", "2026-11-27T02:00:00Z", "2026-11-28T02:00"},
                                         CronCase{"* * * * *", "2026-11-27T01:59:59.999Z", "2026-11-27T02:00"},
                                         CronCase{"*/15 * * * *", "2026-11-27T01:46:00Z", "2026-11-27T02:00"},
                                         CronCase{"5-50/20 3,4 * * *", "2026-11-27T03:25:00Z", "2026-11-27T03:45"},
                                         CronCase{"5-50/20 3,4 * * *", "2026-11-27T03:45:00Z", "2026-11-27T04:05"},
                                         CronCase{"10/25 * * * *", "2026-11-27T03:35:00Z", "2026-11-27T04:10"},
                                         CronCase{"0 2 31 * *", "2026-11-27T00:00:00Z", "2026-12-31T02:00"},
                                         CronCase{"0 2 31 * *", "2027-01-31T02:00:00Z", "2027-03-31T02:00"},
                                         CronCase{"0 0 29 2 *", "2026-11-27T00:00:00Z", "2028-02-29T00:00"},
                                         CronCase{"0 0 29 2 *", "2096-03-01T00:00:00Z", "2104-02-29T00:00"},
                                         CronCase{"30 4 * * 0", "2026-11-27T00:00:00Z", "2026-11-29T04:30"},
                                         CronCase{"30 4 * * 7", "2026-11-27T00:00:00Z", "2026-11-29T04:30"},
                                         CronCase{"30 4 * * Sun", "2026-11-27T00:00:00Z", "2026-11-29T04:30"},
                                         CronCase{"30 4 * * MON-wed", "2026-11-27T00:00:00Z", "2026-11-30T04:30"},
                                         CronCase{"30 4 * * 5-7", "2026-11-28T05:00:00Z", "2026-11-29T04:30"},
                                         CronCase{"0 0 1 * 5", "2026-11-27T00:00:00Z", "2026-12-01T00:00"},
                                         CronCase{"0 0 13 * fri", "2026-11-28T00:00:00Z", "2026-12-04T00:00"},
                                         CronCase{"0 0 */2 * 1", "2026-11-27T00:00:00Z", "2026-12-07T00:00"},
                                         CronCase{"0 0 1 jan,Jul *", "2026-11-27T00:00:00Z", "2027-01-01T00:00"},
                                         CronCase{"  0   2 * *  * ", "2026-11-27T03:00:00Z", "2026-11-28T02:00"},
                                         CronCase{"@daily", "2026-11-27T03:00:00Z", "2026-11-28T00:00"},
                                         CronCase{"@Weekly", "2026-11-27T03:00:00Z", "2026-11-29T00:00"},
                                         CronCase{"@monthly", "2026-11-27T03:00:00Z", "2026-12-01T00:00"},
                                         CronCase{"@yearly", "2026-11-27T03:00:00Z", "2027-01-01T00:00"},
                                         CronCase{"@hourly", "2026-11-27T03:00:00Z", "2026-11-27T04:00"},
                                         CronCase{"59 23 31 12 *", "2026-12-31T23:59:00Z", "2027-12-31T23:59"}));

// Where clocks are put forward and back in Europe and America: UTC knows nothing of it.
TEST(Cron, ComesOnceADayWhateverTheSeason) {
  const auto cron = parse_cron("30 2 * * *").value();
  auto time = at("2026-01-01T00:00:00Z");
  for (int day = 0; day < 365; ++day) {
    const auto due = next_after(cron, time).value();
    EXPECT_EQ(due, at("2026-01-01T02:30:00Z") + std::chrono::days(day));
    time = due;
  }
}

struct BadCron {
  const char *schedule, *message;
};
std::ostream& operator<<(std::ostream& out, const BadCron& one) { return out << one.schedule; }
struct CronRefused : testing::TestWithParam<BadCron> {};

TEST_P(CronRefused, NamesTheField) {
  const auto cron = parse_cron(GetParam().schedule);
  ASSERT_FALSE(cron);
  EXPECT_THAT(cron.error().message, HasSubstr(GetParam().message));
  EXPECT_NE(cron.error().hint, "");
}

INSTANTIATE_TEST_SUITE_P(Each, CronRefused,
                         testing::Values(BadCron{"", "0 fields, not 5"}, BadCron{"0 2 * *", "4 fields, not 5"},
                                         BadCron{"0 2 * * * *", "6 fields"},
                                         BadCron{"60 2 * * *", "'60' makes no sense as minute"},
                                         BadCron{"0 24 * * *", "'24' makes no sense as hour"},
                                         BadCron{"0 2 0 * *", "as day of month"}, BadCron{"0 2 32 * *", "as day of month"},
                                         BadCron{"0 2 * 13 *", "as month"}, BadCron{"0 2 * * 8", "as day of week"},
                                         BadCron{"0 2 * * moo", "as day of week"}, BadCron{"-1 2 * * *", "as minute"},
                                         BadCron{"5-1 2 * * *", "as minute"}, BadCron{"*/0 2 * * *", "as minute"},
                                         BadCron{"1, 2 * * *", "as minute"}, BadCron{"1- 2 * * *", "as minute"},
                                         BadCron{"1/x 2 * * *", "as minute"}, BadCron{"1.5 2 * * *", "as minute"},
                                         BadCron{"0 0 31 2 *", "never comes"}, BadCron{"0 0 30 feb *", "never comes"},
                                         BadCron{"0 0 31 4,6,9,11 *", "never comes"}, BadCron{"@never", "is no schedule"},
                                         BadCron{"@reboot", "is no schedule"}));

}  // namespace
}  // namespace argos
