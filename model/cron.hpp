// SPDX-License-Identifier: Apache-2.0
// A schedule of five fields as in cron, in UTC: minute, hour, day of month, month, day of week.
#pragma once

#include <bitset>
#include <optional>
#include <string_view>

#include "model/condition.hpp"
#include "model/error.hpp"

namespace argos {

// `*`, numbers, ranges, lists and steps; names of months and days; Sunday is 0 and 7. Where both days are named, either will do
// (POSIX, "crontab").
struct Cron {
  std::bitset<60> minutes;
  std::bitset<24> hours;
  std::bitset<32> days;  // 1 to 31
  std::bitset<13> months;  // 1 to 12
  std::bitset<7> weekdays;  // from Sunday
  bool any_day = false, any_weekday = false;  // begins with *
};

// The error names the field. A schedule that never comes (`0 0 31 2 *`) is one too. @hourly, @daily, @midnight, @weekly, @monthly,
// @yearly and @annually are known.
Result<Cron> parse_cron(std::string_view text);

// The first minute after `time` on which it is due; nothing where the calendar ends first.
std::optional<WallTime> next_after(const Cron& cron, WallTime time);

}  // namespace argos
