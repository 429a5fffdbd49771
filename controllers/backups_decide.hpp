// SPDX-License-Identifier: Apache-2.0
// What is to be done about archives: pure functions of rows, files, policy and time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/backup_policy.hpp"
#include "model/condition.hpp"
#include "model/cron.hpp"
#include "model/retention.hpp"
#include "runtime/backup_rows.hpp"

namespace argos {

struct FoundArchive {
  std::string name;
  std::int64_t bytes = 0, mtime_ns = 0;
  bool fresh = false;  // it moved a moment ago: somebody may still be copying it
};

// Rows beside files.
struct ArchiveSurvey {
  std::vector<BackupRow> gone;      // there is no file to it
  std::vector<FoundArchive> finished;  // of `moved`: a killed run may have finished it
  std::vector<FoundArchive> moved;  // new, or another than when it was read
  std::vector<std::string> stale;   // not read for kReread, the longest first
};
constexpr std::chrono::hours kReread{24};
// `making`: when the archive was begun that a killed run may have finished; nobody else is copying that one.
ArchiveSurvey survey(const std::vector<BackupRow>& rows, const std::vector<FoundArchive>& files, WallTime now,
                     std::string_view making = {});

// Up to when the schedule has been followed, and which one that was.
struct FollowedSchedule {
  std::string schedule;
  WallTime since{};

  static FollowedSchedule read(std::string_view json);  // whatever makes no sense is as if never followed
  std::string to_json() const;
};

struct ScheduleVerdict {
  bool due = false;
  std::optional<WallTime> next;  // none: there is no schedule in force
  std::optional<FollowedSchedule> follow;  // another to remember: the schedule has changed, or the clock makes no sense
};
// Runs that were missed are due once, together. A changed schedule is followed from now on. A clock that is set back by less than
// kClockSetBack neither repeats nor skips a run.
constexpr std::chrono::hours kClockSetBack{26};
ScheduleVerdict judge_schedule(const BackupPolicy& policy, const FollowedSchedule& followed, WallTime now);

// Whether the newest good archive is as new as the schedule promises: Fresh.
constexpr std::chrono::hours kLateAtMost{1};
Condition judge_freshness(const BackupPolicy& policy, const std::vector<BackupRow>& rows, const FollowedSchedule& followed,
                          WallTime now);

RetentionAnswer judge_rows(const std::vector<BackupRow>& rows, const Retention& retention, WallTime now);

// Decryptable: what lies sealed in an archive opens with those keys.
Condition judge_secrets(const BackupRow& row, const KeyRing& ring);
// Nobody has tried yet, or a key that was not at hand is so now.
bool are_to_be_tried(const BackupRow& row, const KeyRing& ring);

// CaddyDataCaptured, as the newest archive that was made here shows it.
Condition judge_caddy_data(const BackupPolicy& policy, const std::vector<BackupRow>& rows);

}  // namespace argos
