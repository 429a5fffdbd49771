// SPDX-License-Identifier: Apache-2.0
#include "model/retention.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include <spdlog/fmt/fmt.h>

namespace argos {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::floor;
using std::chrono::sys_days;

constexpr auto kClocksDiffer = 5min;  // another machine may have made it

// One number for all times that fall into one day, week (from Monday) or month.
long day_of(WallTime time) { return floor<days>(time).time_since_epoch().count(); }
long week_of(WallTime time) {
  constexpr long kToMonday = 3;  // 1970 began on a Thursday
  return (day_of(time) + kToMonday) / 7;
}
long month_of(WallTime time) {
  const std::chrono::year_month_day date(floor<days>(time));
  return static_cast<int>(date.year()) * 12L + static_cast<long>(static_cast<unsigned>(date.month()));
}

class RetentionJudge {
 public:
  RetentionJudge(const Retention& rules, WallTime reference)
      : rules_(rules),
        reference_(reference),
        daily_{rules.keep_daily, "day", day_of},
        weekly_{rules.keep_weekly, "week", week_of},
        monthly_{rules.keep_monthly, "month", month_of} {}

  // Of each, the newest first.
  RetentionVerdict judge(const HeldArchive& archive) {
    const bool named = std::ranges::find(rules_.kinds, archive.kind) != rules_.kinds.end();
    if (archive.kind == BackupKind::pre_upgrade) return pre_upgrade(archive);
    if (!named)
      return {archive.name, false, fmt::format("{} archives are not deleted by this policy", enum_text(archive.kind))};
    std::string why;
    const auto keep = [&](std::string reason) { why += (why.empty() ? "" : "; ") + std::move(reason); };
    if (++seen_ <= rules_.keep_last) keep(fmt::format("one of the last {}", rules_.keep_last));
    if (is_young(archive)) keep(fmt::format("younger than {} days", rules_.days));
    for (auto* const period : {&daily_, &weekly_, &monthly_}) {
      if (period->is_first(archive.created)) keep(fmt::format("the newest of its {}", period->name));
    }
    if (!why.empty()) return {archive.name, false, std::move(why)};
    return {archive.name, true,
            rules_.days > 0 ? fmt::format("older than {} days, and no other rule keeps it", rules_.days)
                            : std::string("no rule keeps it")};
  }

 private:
  struct Period {
    int left;
    std::string_view name;
    long (*number)(WallTime);
    std::optional<long> last = {};

    bool is_first(WallTime time) {
      const auto now = number(time);
      if (left <= 0 || last == now) return false;
      last = now;
      --left;
      return true;
    }
  };

  bool is_young(const HeldArchive& archive) const {
    return rules_.days > 0 && archive.created > reference_ - days(rules_.days);
  }

  RetentionVerdict pre_upgrade(const HeldArchive& archive) {
    if (++pre_upgrades_ <= kPreUpgradeKept)
      return {archive.name, false, fmt::format("one of the last {} from before an upgrade", kPreUpgradeKept)};
    if (rules_.days <= 0) return {archive.name, false, "pre-upgrade archives go by age, and the policy names none"};
    if (is_young(archive)) return {archive.name, false, fmt::format("younger than {} days", rules_.days)};
    return {archive.name, true, fmt::format("older than {} days, and three from before later upgrades are there", rules_.days)};
  }

  const Retention& rules_;
  WallTime reference_;
  Period daily_, weekly_, monthly_;
  int seen_ = 0, pre_upgrades_ = 0;
};

}  // namespace

RetentionAnswer judge_retention(std::vector<HeldArchive> archives, const Retention& retention, WallTime now) {
  std::ranges::stable_sort(archives, [](const auto& one, const auto& other) {
    return one.created != other.created ? one.created > other.created : one.name > other.name;
  });
  RetentionAnswer out;
  if (archives.empty()) return out;
  if (archives.front().created > now + kClocksDiffer) {
    out.held =
        fmt::format("{} is from the future ({}, and it is {}): nothing is deleted until the clock is right or it is gone",
                    archives.front().name, to_rfc3339(archives.front().created), to_rfc3339(now));
  }
  if (keeps_nothing(retention)) out.held = "the policy keeps nothing: nothing is deleted until it says what is to stay";
  const auto reference = std::min(now, archives[std::min<std::size_t>(1, archives.size() - 1)].created);
  const auto newest_good = std::ranges::find(archives, true, &HeldArchive::verified);
  RetentionJudge judge(retention, reference);
  for (auto archive = archives.begin(); archive != archives.end(); ++archive) {
    auto verdict = judge.judge(*archive);
    if (verdict.expired && now - archive->brought < kGuest)
      verdict = {archive->name, false, "brought here less than a day ago"};
    if (archive == newest_good && verdict.expired)
      verdict = {archive->name, false, "the newest archive that is known to be good"};
    if (verdict.expired && !out.held.empty()) verdict = {archive->name, false, out.held};
    out.verdicts.push_back(std::move(verdict));
  }
  return out;
}

}  // namespace argos
