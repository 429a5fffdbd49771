// SPDX-License-Identifier: Apache-2.0
// What is left alone for hand work: objects and controllers, in the table `suspensions`.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "model/kind.hpp"
#include "runtime/clock.hpp"
#include "runtime/database.hpp"

namespace argos {

struct Suspension {
  WallTime since;
  std::string note, actor;
  std::optional<WallTime> until;  // none: until somebody resumes it

  bool over(WallTime now) const { return until && *until <= now; }
};
Result<std::map<Key, Suspension>> read_suspensions(Database& database);

// Everything, save the controllers without which nothing could be given back.
bool may_be_suspended(const Key& key);

// True when that moved anything: what is suspended already stays so, until another time where one is given.
Result<bool> suspend(Database& database, const Key& key, const std::string& note, const std::string& actor, WallTime now,
                     std::optional<WallTime> until = std::nullopt);
Result<bool> resume(Database& database, const Key& key);

}  // namespace argos
