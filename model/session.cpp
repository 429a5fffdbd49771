// SPDX-License-Identifier: Apache-2.0
#include "model/session.hpp"

namespace argos {
namespace {

constexpr auto kClocksDiffer = std::chrono::seconds(60);

bool within(WallTime since, WallTime now, std::chrono::minutes span) {
  return since <= now + kClocksDiffer && now - since < span;
}

}  // namespace

bool has_ended(const SessionTimes& times, WallTime now) {
  return !within(times.created, now, kSessionLasts) || !within(times.used, now, kSessionIdle);
}

bool is_confirmed(const SessionTimes& times, WallTime now) { return within(times.confirmed, now, kConfirmedFor); }

bool is_use_to_be_noted(WallTime used, WallTime now) { return !within(used, now, kUseNotedEvery); }

}  // namespace argos
