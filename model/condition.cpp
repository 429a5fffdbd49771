// SPDX-License-Identifier: Apache-2.0
#include "model/condition.hpp"

#include <algorithm>
#include <ctime>
#include <limits>

#include <boost/json.hpp>
#include <spdlog/fmt/fmt.h>

namespace argos {

std::string_view to_string(Status status) {
  switch (status) {
    case Status::yes: return "True";
    case Status::no: return "False";
    case Status::unknown: break;
  }
  return "Unknown";
}

bool set(std::vector<Condition>& conditions, Condition next, WallTime now) {
  const auto held = std::ranges::find(conditions, next.type, &Condition::type);
  if (held == conditions.end()) {
    if (next.last_transition == WallTime{}) next.last_transition = now;
    conditions.push_back(std::move(next));
    return true;
  }
  const bool moved = held->status != next.status;
  next.last_transition = moved ? now : held->last_transition;
  *held = std::move(next);
  return moved;
}

const Condition* find(const std::vector<Condition>& conditions, std::string_view type) {
  const auto held = std::ranges::find(conditions, type, &Condition::type);
  return held == conditions.end() ? nullptr : &*held;
}

bool says_the_same(const Condition& one, const Condition& other) {
  return one.status == other.status && one.reason == other.reason && one.message == other.message &&
         one.observed_generation == other.observed_generation;
}

const Decisive& decisive_conditions(Kind kind) {
  static const Decisive kOfArchives{.required = {"Verified"}, .optional = {"Decryptable"}, .objecting = {}};
  if (kind == Kind::backup) return kOfArchives;
  static const Decisive kDecisive{.required = {"Accepted", "Programmed"},
                                  .optional = {"ManifestValid", "Decryptable", "Materialised"},
                                  .objecting = {"Valid"}};
  return kDecisive;
}

Condition summarise(const std::vector<Condition>& conditions, const Decisive& decisive) {
  Condition ready{"Ready", Status::yes, "Ready", "", std::numeric_limits<std::uint64_t>::max(), {}};
  const auto weigh = [&](const Condition& held) {
    const bool telling = held.status == Status::no ? ready.status != Status::no : ready.status == Status::yes;
    if (held.status == Status::yes || !telling) return;
    ready.status = held.status;
    ready.reason = held.reason;
    ready.message = held.message;
  };
  for (const auto type : decisive.optional) {
    if (const auto* const held = find(conditions, type)) weigh(*held);
  }
  for (const auto type : decisive.required) {
    const auto* const found = find(conditions, type);
    const Condition held =
        found != nullptr
            ? *found
            : Condition{std::string(type), Status::unknown, "Pending", fmt::format("{} is not known yet", type), 0, {}};
    ready.observed_generation = std::min(ready.observed_generation, held.observed_generation);
    weigh(held);
  }
  for (const auto type : decisive.objecting) {
    const auto* const held = find(conditions, type);
    if (held == nullptr) continue;
    ready.observed_generation = std::min(ready.observed_generation, held->observed_generation);
    if (held->status == Status::no || held->reason == "Pending") weigh(*held);
  }
  return ready;
}

std::string to_rfc3339(WallTime time) {
  using namespace std::chrono;
  const auto second = floor<seconds>(time);
  const std::time_t whole = system_clock::to_time_t(second);
  std::tm utc{};
  gmtime_r(&whole, &utc);
  // Digit by digit: an answer of the API has a hundred of them.
  std::string out = "0000-00-00T00:00:00.000Z";
  const auto put = [&out](std::size_t last, std::size_t digits, long number) {
    for (; digits > 0; --digits, --last, number /= 10) out[last] = static_cast<char>('0' + number % 10);
  };
  put(3, 4, utc.tm_year + 1900);
  put(6, 2, utc.tm_mon + 1);
  put(9, 2, utc.tm_mday);
  put(12, 2, utc.tm_hour);
  put(15, 2, utc.tm_min);
  put(18, 2, utc.tm_sec);
  put(22, 3, duration_cast<milliseconds>(time - second).count());
  return out;
}

boost::json::value to_json(const Condition& condition, boost::json::storage_ptr in) {
  return boost::json::value({{"type", condition.type},
                             {"status", to_string(condition.status)},
                             {"reason", condition.reason},
                             {"message", condition.message},
                             {"observedGeneration", condition.observed_generation},
                             {"lastTransitionTime", to_rfc3339(condition.last_transition)}},
                            std::move(in));
}

boost::json::array to_json(const std::vector<Condition>& conditions, const boost::json::storage_ptr& in) {
  boost::json::array out(in);
  out.reserve(conditions.size());
  for (const auto& condition : conditions) out.push_back(to_json(condition, in));
  return out;
}

boost::json::value time_or_null(WallTime time) {
  return time == WallTime{} ? boost::json::value() : boost::json::value(to_rfc3339(time));
}

std::int64_t to_milliseconds(WallTime time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

WallTime from_milliseconds(std::int64_t milliseconds) { return WallTime(std::chrono::milliseconds(milliseconds)); }

}  // namespace argos
