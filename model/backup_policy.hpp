// SPDX-License-Identifier: Apache-2.0
// BackupPolicy: when archives are made, and which of them stay. One object, named "default".
#pragma once

#include <string>
#include <vector>

#include "model/describe.hpp"
#include "model/kind.hpp"

namespace argos {

// Why an archive was made. `orphan` is only what an archive without usable metadata is called.
enum class BackupKind { manual, scheduled, pre_upgrade, orphan };
BOOST_DESCRIBE_ENUM(BackupKind, manual, scheduled, pre_upgrade, orphan)
template <>
struct EnumText<BackupKind> {
  static std::string of(std::string_view name) { return name == "pre_upgrade" ? "pre-upgrade" : std::string(name); }
};

// An archive stays where any of these wants it; 0 wants none.
struct Retention {
  int days = 14;
  int keep_last = 3;
  int keep_daily = 0;
  int keep_weekly = 0;
  int keep_monthly = 0;
  std::vector<BackupKind> kinds{BackupKind::scheduled};

  bool operator==(const Retention&) const = default;
  static constexpr std::array<FieldDoc, 6> kDocs{{
      {"days", "archives younger than this many days stay"},
      {"keep_last", "so many of the newest stay, however old they are"},
      {"keep_daily", "the newest archive of a day stays, for so many days that have one"},
      {"keep_weekly", "the same for weeks, which begin on Monday"},
      {"keep_monthly", "the same for months"},
      {"kinds", "which archives may be deleted at all: scheduled, manual, orphan; pre-upgrade ones have a rule of their own"},
  }};
};
BOOST_DESCRIBE_STRUCT(Retention, (), (days, keep_last, keep_daily, keep_weekly, keep_monthly, kinds))

inline bool keeps_nothing(const Retention& retention) {
  return retention.days <= 0 && retention.keep_last <= 0 && retention.keep_daily <= 0 && retention.keep_weekly <= 0 &&
         retention.keep_monthly <= 0;
}

struct BackupPolicy {
  static constexpr Kind kKind = Kind::backup_policy;
  static constexpr std::string_view kName = "default";

  bool enabled = true;
  std::string schedule = "0 2 * * *";
  Retention retention;
  bool include_caddy_data = true;

  bool operator==(const BackupPolicy&) const = default;
  static constexpr std::array<FieldDoc, 4> kDocs{{
      {"enabled", "false: no scheduled archives; those that somebody asks for are made all the same"},
      {"schedule", "five fields as in cron (minute hour day month weekday), in UTC; @daily and the like"},
      {"retention", "which archives stay"},
      {"include_caddy_data", "take what can be read of Caddy's data folder too: ACME accounts and certificates"},
  }};
};
BOOST_DESCRIBE_STRUCT(BackupPolicy, (), (enabled, schedule, retention, include_caddy_data))

}  // namespace argos
