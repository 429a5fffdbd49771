// SPDX-License-Identifier: Apache-2.0
// Which archives stay: a pure decision, with a reason for each.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "model/backup_policy.hpp"
#include "model/condition.hpp"

namespace argos {

struct HeldArchive {
  std::string name;
  BackupKind kind = BackupKind::scheduled;
  WallTime created{};
  bool verified = false;  // it was read whole, and found good, when it was last looked at
  WallTime brought{};  // when one was found that somebody else has put there; the epoch: none has
};

struct RetentionVerdict {
  std::string name;
  bool expired = false;
  std::string reason;  // for a person: "younger than 14 days"
};

struct RetentionAnswer {
  std::vector<RetentionVerdict> verdicts;  // the newest first
  std::string held;  // why nothing is deleted at all, whatever the verdicts: the clock makes no sense; else empty
};

constexpr int kPreUpgradeKept = 3;
constexpr std::chrono::hours kGuest{24};  // somebody brings an archive back in order to restore it

// Only the kinds of the policy expire. Of pre-upgrade archives the last kPreUpgradeKept stay, the others as long as `days` says, whatever
// the kinds. The newest verified archive stays in any case. Ages are counted from the newest archive but one, so that neither a clock that
// leaps ahead nor a long time without archives makes all of them old at once; where an archive is from the future none expires. One that
// somebody has brought stays for kGuest, however old it is.
RetentionAnswer judge_retention(std::vector<HeldArchive> archives, const Retention& retention, WallTime now);

}  // namespace argos
