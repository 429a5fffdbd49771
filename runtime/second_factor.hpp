// SPDX-License-Identifier: Apache-2.0
// A user's second factor: offered, in force once a first code of it was given, asked for at each login; and the recovery codes for when
// the device is lost. Called inside Store::write, as an actor.
#pragma once

#include <string>
#include <vector>

#include "runtime/secrets.hpp"
#include "runtime/users.hpp"

namespace argos {

constexpr int kRecoveryCodes = 10;

// A new secret, not in force yet; an earlier offer ends. Errors: of sealing.
Result<Secret> offer_second_factor(Database& database, const Secrets& secrets, std::string_view user);

// What was offered comes into force, with new recovery codes, which are shown once. Errors: NothingOffered, WrongCode, and of opening.
Result<std::vector<std::string>> enable_second_factor(Database& database, const Secrets& secrets, const User& user,
                                                      std::string_view code, WallTime now);

// A code of the device, or a recovery code, each good for one time. Errors: of opening, where it may be one of the device's.
Result<bool> take_code(Database& database, const Secrets& secrets, const User& user, std::string_view code, WallTime now);

// Of those that were not used yet.
Result<std::int64_t> count_recovery_codes(Database& database, std::string_view user);

}  // namespace argos
