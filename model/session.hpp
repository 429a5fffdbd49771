// SPDX-License-Identifier: Apache-2.0
// How long a login lasts.
#pragma once

#include <chrono>

#include "model/condition.hpp"

namespace argos {

constexpr auto kSessionLasts = std::chrono::hours(12);      // whatever is done in it
constexpr auto kSessionIdle = std::chrono::hours(1);        // while nothing is
constexpr auto kConfirmedFor = std::chrono::minutes(10);    // the password counts as just given
constexpr auto kUseNotedEvery = std::chrono::minutes(1);    // not each request writes to the disk

struct SessionTimes {
  WallTime created, used, confirmed;
};

// Times that lie ahead are a clock that was put back: nobody knows how old it is, and it has ended.
bool has_ended(const SessionTimes& times, WallTime now);
bool is_confirmed(const SessionTimes& times, WallTime now);
bool is_use_to_be_noted(WallTime used, WallTime now);

}  // namespace argos
