// SPDX-License-Identifier: Apache-2.0
// Table users. Called inside Store::read and Store::write, as an actor; triggers write the audit log and end sessions in the same
// transaction (controllers/steps/007_accounts.sql).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "model/account.hpp"
#include "runtime/clock.hpp"
#include "runtime/database.hpp"
#include "runtime/page.hpp"

namespace argos {

struct User {
  std::string name;
  Role role = Role::viewer;
  std::string password_hash;
  bool must_change = false;
  bool disabled = false;
  std::string totp, totp_offered;  // sealed
  std::int64_t totp_step = 0;
  WallTime created, last_login;  // the epoch: never
};

Result<std::optional<User>> read_user(Database& database, std::string_view name);
Result<std::vector<User>> list_users(Database& database, const Page& page = {});  // by name

struct NewUser {
  std::string name;
  Role role = Role::viewer;
  std::string password_hash;
  bool must_change = true;
};
// Error: UserExists.
Result<> add_user(Database& database, const NewUser& user, WallTime now);

// All: NoSuchUser.
Result<> set_password(Database& database, std::string_view name, std::string_view hash, bool must_change);
// LastAdmin: nobody who may administer would be left.
Result<> set_role(Database& database, std::string_view name, Role role);
Result<> set_disabled(Database& database, std::string_view name, bool disabled);
// The second factor goes, and so do its recovery codes. False: there was none.
Result<bool> disable_second_factor(Database& database, std::string_view name);

Result<> note_login(Database& database, std::string_view name, WallTime now);

// No hash, nothing sealed.
boost::json::object to_json(const User& user);

}  // namespace argos
