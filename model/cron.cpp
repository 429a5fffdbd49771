// SPDX-License-Identifier: Apache-2.0
#include "model/cron.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <string>
#include <vector>

#include <spdlog/fmt/fmt.h>

#include "model/text.hpp"

namespace argos {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::size_t kLongest = 1000;  // characters
constexpr int kYearsAhead = 9;          // from one 29 February to the next there are up to eight years

constexpr std::array<std::string_view, 12> kMonths{"jan", "feb", "mar", "apr", "may", "jun",
                                                   "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kWeekdays{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

struct CronField {
  std::string_view name;
  int least, most;
  std::span<const std::string_view> words = {};
};
const std::array<CronField, 5> kFields{
    {{"minute", 0, 59}, {"hour", 0, 23}, {"day of month", 1, 31}, {"month", 1, 12, kMonths}, {"day of week", 0, 7, kWeekdays}}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kShort{{{"@hourly", "0 * * * *"},
                                                                               {"@daily", "0 0 * * *"},
                                                                               {"@midnight", "0 0 * * *"},
                                                                               {"@weekly", "0 0 * * 0"},
                                                                               {"@monthly", "0 0 1 * *"},
                                                                               {"@yearly", "0 0 1 1 *"},
                                                                               {"@annually", "0 0 1 1 *"}}};

Error invalid(std::string message, std::string hint = "write five fields, such as 0 2 * * * for 02:00 every day (UTC)") {
  return {"Invalid", std::move(message), std::move(hint), Retry::never};
}

std::vector<std::string_view> split(std::string_view text, std::string_view at) {
  std::vector<std::string_view> out;
  for (;;) {
    const auto end = text.find_first_of(at);
    out.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

std::vector<std::string_view> fields_of(std::string_view text) {
  auto out = split(text, " \t");
  std::erase(out, std::string_view{});
  return out;
}

std::optional<int> number_in(std::string_view text, const CronField& field) {
  const auto word = std::ranges::find(field.words, lower(text));
  if (word != field.words.end()) return static_cast<int>(word - field.words.begin()) + field.least;
  int number = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (bad != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number >= field.least && number <= field.most ? std::optional(number) : std::nullopt;
}

struct CronRange {
  int first = 0, last = 0, step = 1;
};

// `*`, `5`, `1-5`, each with `/2` behind it.
std::optional<CronRange> range_in(std::string_view part, const CronField& field) {
  const auto slash = part.find('/');
  const auto span = part.substr(0, slash);
  const auto dash = span.find('-');
  CronRange out{field.least, field.most, 1};
  if (span != "*") {
    const auto first = number_in(span.substr(0, dash), field);
    const auto last = dash == std::string_view::npos ? first : number_in(span.substr(dash + 1), field);
    if (!first || !last || *last < *first) return std::nullopt;
    const bool open = dash == std::string_view::npos && slash != std::string_view::npos;  // 5/10: from 5 on
    out = {*first, open ? field.most : *last, 1};
  }
  if (slash == std::string_view::npos) return out;
  const auto step = part.substr(slash + 1);
  const auto [end, bad] = std::from_chars(step.data(), step.data() + step.size(), out.step);
  const bool whole = bad == std::errc{} && end == step.data() + step.size() && out.step > 0;
  return whole ? std::optional(out) : std::nullopt;
}

template <std::size_t N>
Result<std::bitset<N>> read_field(std::string_view text, const CronField& field) {
  std::bitset<N> out;
  for (const auto part : split(text, ",")) {
    const auto range = range_in(part, field);
    if (!range) {
      return invalid(fmt::format("'{}' makes no sense as {}", shown(text), field.name),
                     fmt::format("use *, numbers from {} to {}{}, ranges (1-5), lists (1,15) and steps (*/10)", field.least,
                                 field.most, field.words.empty() ? "" : fmt::format(" or names ({})", field.words.front())));
    }
    for (int at = range->first; at <= range->last; at += range->step) out.set(static_cast<std::size_t>(at));
  }
  return out;
}

Result<Cron> read_fields(std::span<const std::string_view> text) {
  Cron out;
  const auto minute = read_field<60>(text[0], kFields[0]);
  if (!minute) return minute.error();
  const auto hour = read_field<24>(text[1], kFields[1]);
  if (!hour) return hour.error();
  const auto day = read_field<32>(text[2], kFields[2]);
  if (!day) return day.error();
  const auto month = read_field<13>(text[3], kFields[3]);
  if (!month) return month.error();
  const auto weekday = read_field<8>(text[4], kFields[4]);
  if (!weekday) return weekday.error();
  out = {*minute, *hour, *day, *month, {}, text[2].starts_with('*'), text[4].starts_with('*')};
  for (std::size_t at = 0; at < weekday->size(); ++at) {
    if (weekday->test(at)) out.weekdays.set(at % 7);
  }
  return out;
}

bool is_due_on(const Cron& cron, const year_month_day& date) {
  const bool day = cron.days.test(static_cast<unsigned>(date.day()));
  const bool weekday = cron.weekdays.test(std::chrono::weekday(sys_days(date)).c_encoding());
  return cron.any_day || cron.any_weekday ? day && weekday : day || weekday;
}

// On that day, not before that minute of it.
std::optional<minutes> first_from(const Cron& cron, minutes from) {
  for (auto at = from; at < hours(24); ++at) {
    const auto hour = static_cast<std::size_t>(at / hours(1));
    if (!cron.hours.test(hour)) {
      at = minutes(hours(static_cast<int>(hour) + 1)) - minutes(1);
    } else if (cron.minutes.test(static_cast<std::size_t>(at.count()) % 60)) {
      return at;
    }
  }
  return std::nullopt;
}

}  // namespace

Result<Cron> parse_cron(std::string_view text) {
  if (text.size() > kLongest) return invalid(fmt::format("has {} characters; at most {} are allowed", text.size(), kLongest));
  auto fields = fields_of(text);
  if (fields.size() == 1 && fields[0].starts_with('@')) {
    const auto* const known =
        std::ranges::find(kShort, lower(fields[0]), &std::pair<std::string_view, std::string_view>::first);
    if (known == kShort.end())
      return invalid(fmt::format("'{}' is no schedule", shown(text)),
                     "write @hourly, @daily, @weekly or @monthly, or five fields");
    fields = fields_of(known->second);
  }
  if (fields.size() != kFields.size())
    return invalid(fmt::format("'{}' has {} {}, not 5", shown(text), fields.size(), fields.size() == 1 ? "field" : "fields"));
  auto cron = read_fields(fields);
  if (!cron) return cron;
  if (!next_after(*cron, sys_days(std::chrono::year(2000) / 1 / 1))) {
    return invalid(fmt::format("'{}' never comes: there is no such date", shown(text)), "look at its day and month");
  }
  return cron;
}

std::optional<WallTime> next_after(const Cron& cron, WallTime time) {
  const auto next = std::chrono::floor<minutes>(time) + minutes(1);
  auto day = std::chrono::floor<days>(next);
  auto from = next - day;
  const auto end = day + days(366 * kYearsAhead);
  for (; day < end; day += days(1), from = minutes(0)) {
    const year_month_day date(day);
    if (!cron.months.test(static_cast<unsigned>(date.month())) || !is_due_on(cron, date)) continue;
    if (const auto at = first_from(cron, std::chrono::duration_cast<minutes>(from))) return WallTime(day + *at);
  }
  return std::nullopt;
}

}  // namespace argos
