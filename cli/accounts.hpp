// SPDX-License-Identifier: Apache-2.0
// The accounts of the database here, for `argos user` and `argos token`: the same way whether argos runs or not, with the rights of
// whoever asks. What a running argos must know it learns from the feed.
#pragma once

#include <functional>
#include <string>

#include "model/account.hpp"
#include "runtime/config.hpp"
#include "runtime/database.hpp"

namespace argos {

using AccountsJob = std::function<Result<>(Database&)>;
// In one transaction, on record as made by this user with `command`. Errors: NoDatabase, SchemaOlder, and the job's.
Result<> write_accounts(const std::string& command, const AccountsJob& job);
Result<> read_accounts(const AccountsJob& job);

// Used wrongly where the environment or what was typed makes no sense, failed otherwise.
int fail_or_misused(const Error& error);
// Error: Invalid, for what was typed.
Result<> typed_well(const FieldErrors& errors);
Result<Role> typed_role(const std::string& word);

}  // namespace argos
