// SPDX-License-Identifier: Apache-2.0
// What guessing costs: a bucket of tries that refills with time, kept as one point in time (the generic cell rate algorithm).
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "model/condition.hpp"

namespace argos {

struct ThrottlePolicy {
  int burst;                       // tries at once
  std::chrono::milliseconds each;  // after which one more comes back
};

// An address: whole offices share one. An account: from all addresses together, so that many do not help; those from which its user
// has logged in lately have a bucket of their own (a place), so that strangers who empty the account's keep nobody out.
constexpr ThrottlePolicy kPerAddress{20, std::chrono::minutes(1)};
constexpr ThrottlePolicy kPerAccount{10, std::chrono::minutes(5)};
constexpr ThrottlePolicy kPerPlace{10, std::chrono::minutes(1)};

// How long until the next try; zero: now. `until` is when the bucket will be full again. Never longer than `each`, whatever was tried,
// and whatever the clock has done meanwhile.
std::chrono::milliseconds wait_of(const ThrottlePolicy& policy, WallTime until, WallTime now);
// `until` after one more try, and after one that turned out to be right.
WallTime charged(const ThrottlePolicy& policy, WallTime until, WallTime now);
WallTime refunded(const ThrottlePolicy& policy, WallTime until);

// What stands for an address: of IPv6 its /64, which is one customer's; IPv4 within IPv6 is IPv4. Anything else as it is.
std::string throttled_address(std::string_view address);

}  // namespace argos
