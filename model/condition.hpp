// SPDX-License-Identifier: Apache-2.0
// What argos says about an object or a controller, in the manner of Kubernetes (API conventions, "Typical status properties").
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "model/kind.hpp"

namespace argos {

using WallTime = std::chrono::system_clock::time_point;

enum class Status { unknown, no, yes };
std::string_view to_string(Status status);  // "Unknown", "False", "True"

struct Condition {
  std::string type;  // positive, CamelCase: "Ready", "Programmed"
  Status status = Status::unknown;
  std::string reason;   // CamelCase constant
  std::string message;  // for a person; never a secret
  std::uint64_t observed_generation = 0;
  WallTime last_transition{};  // moves only when status does
};

// Replaces the condition of that type or adds it, stamping the transition. True when the status moved (or is new).
bool set(std::vector<Condition>& conditions, Condition next, WallTime now);
const Condition* find(const std::vector<Condition>& conditions, std::string_view type);
// When it last moved aside.
bool says_the_same(const Condition& one, const Condition& other);

// The types that decide an object's Ready, most telling first. Those in `optional` count only where they are present, those in
// `objecting` only where they are False, for what they look at may be out of sight, or where nobody has looked yet (Pending).
struct Decisive {
  std::vector<std::string_view> required, optional, objecting;
};
const Decisive& decisive_conditions(Kind kind);

// An object's Ready, from its other conditions: False with the first False one's reason and message, else Unknown with the first
// Unknown one's (a required one that is absent is Unknown), else True. Its generation is the oldest that a required or an objecting
// one saw: nothing is Ready before it was looked at.
Condition summarise(const std::vector<Condition>& conditions, const Decisive& decisive);

// RFC 3339 in UTC with milliseconds: "2026-11-23T06:08:47.123Z".
std::string to_rfc3339(WallTime time);
boost::json::value time_or_null(WallTime time);  // null: never
std::int64_t to_milliseconds(WallTime time);  // since 1970, UTC
WallTime from_milliseconds(std::int64_t milliseconds);
boost::json::value to_json(const Condition& condition, boost::json::storage_ptr in = {});
boost::json::array to_json(const std::vector<Condition>& conditions, const boost::json::storage_ptr& in = {});

}  // namespace argos
