// SPDX-License-Identifier: Apache-2.0
// Tables login_throttles and login_places: what guessing has cost (model/throttle.hpp). On disk, so that a restart gives nothing back.
// Called inside Store::write.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "model/throttle.hpp"
#include "runtime/database.hpp"

namespace argos {

struct LoginAttempt {
  std::string account;  // as it was given, whether there is one or not; empty where it cannot be one
  std::string address;
};

// A try is taken before the password is looked at, so that many at once are not more than many after another.
struct Charge {
  struct Bucket {
    std::string scope, subject;
  };
  std::chrono::milliseconds wait{0};  // not zero: there is no try left, and none was taken
  bool to_be_told = false;  // for the audit log: not told of in the last minute
  std::vector<Bucket> buckets;
};
Result<Charge> charge_login(Database& database, const LoginAttempt& attempt, WallTime now);
// It turned out to be right.
Result<> refund_login(Database& database, const Charge& charge);

// A user has logged in from there.
Result<> remember_place(Database& database, const LoginAttempt& attempt, WallTime now);
// What no longer matters.
Result<std::int64_t> count_old_throttles(Database& database, WallTime now);
Result<> forget_throttles(Database& database, WallTime now);

}  // namespace argos
