// SPDX-License-Identifier: Apache-2.0
#include "runtime/users.hpp"

#include <boost/json.hpp>

namespace argos {
namespace {

std::string text_of(const Row& row, std::string_view column) { return std::string(row.at(column).as_string()); }

User user_of(const Row& row) {
  User out;
  out.name = text_of(row, "name");
  out.role = role_from(row.at("role").as_string()).value_or(Role::viewer);
  out.password_hash = text_of(row, "password_hash");
  out.must_change = row.at("must_change").as_int64() != 0;
  out.disabled = row.at("disabled").as_int64() != 0;
  out.totp = text_of(row, "totp");
  out.totp_offered = text_of(row, "totp_offered");
  out.totp_step = row.at("totp_step").as_int64();
  out.created = from_milliseconds(row.at("created_at").as_int64());
  out.last_login = from_milliseconds(row.at("last_login_at").as_int64());
  return out;
}

Result<> must_be_there(Database& database, std::string_view name) {
  const auto found = database.number("SELECT count(*) FROM users WHERE name = ?", cells(name));
  if (!found) return found.error();
  if (*found > 0) return {};
  return Error{"NoSuchUser", "there is no user " + std::string(name), "`argos user list` shows them", Retry::never};
}

Result<> change(Database& database, std::string_view name, const std::string& sql, const Cells& parameters) {
  if (auto there = must_be_there(database, name); !there) return there;
  return database.run(sql, parameters);
}

// Called after the change: the transaction is taken back where it fails.
Result<> an_admin_is_left(Database& database) {
  const auto left = database.number("SELECT count(*) FROM users WHERE role = 'admin' AND NOT disabled");
  if (!left) return left.error();
  if (*left > 0) return {};
  return Error{"LastAdmin", "nobody who may administer argos would be left", "make another user an admin first", Retry::never};
}

}  // namespace

Result<std::optional<User>> read_user(Database& database, std::string_view name) {
  const auto rows = database.query("SELECT * FROM users WHERE name = ?", cells(name));
  if (!rows) return rows.error();
  if (rows->empty()) return std::optional<User>{};
  return std::optional(user_of(rows->front()));
}

Result<std::vector<User>> list_users(Database& database, const Page& page) {
  const auto rows = database.query("SELECT * FROM users WHERE name > ? ORDER BY name LIMIT ?", cells(page.after, page.rows()));
  if (!rows) return rows.error();
  std::vector<User> out;
  for (const auto& row : *rows) out.push_back(user_of(row));
  return out;
}

Result<> add_user(Database& database, const NewUser& user, WallTime now) {
  const auto found = database.number("SELECT count(*) FROM users WHERE name = ?", cells(user.name));
  if (!found) return found.error();
  if (*found > 0) {
    return Error{"UserExists", "there is a user " + user.name + " already",
                 "to give a new password: argos user reset-password " + user.name, Retry::never};
  }
  return database.run("INSERT INTO users (name, role, password_hash, must_change, created_at) VALUES (?, ?, ?, ?, ?)",
                      cells(user.name, enum_text(user.role), user.password_hash, user.must_change, to_milliseconds(now)));
}

// A new password is also a new beginning: what guessing at the account has cost is forgotten.
Result<> set_password(Database& database, std::string_view name, std::string_view hash, bool must_change) {
  auto done = change(database, name, "UPDATE users SET password_hash = ?, must_change = ? WHERE name = ?",
                     cells(hash, must_change, name));
  if (!done) return done;
  return database.run("DELETE FROM login_throttles WHERE scope = 'account' AND subject = ?", cells(name));
}

Result<> set_role(Database& database, std::string_view name, Role role) {
  auto done = change(database, name, "UPDATE users SET role = ? WHERE name = ?", cells(enum_text(role), name));
  if (!done || role == Role::admin) return done;
  return an_admin_is_left(database);
}

Result<> set_disabled(Database& database, std::string_view name, bool disabled) {
  auto done = change(database, name, "UPDATE users SET disabled = ? WHERE name = ?", cells(disabled, name));
  if (!done || !disabled) return done;
  return an_admin_is_left(database);
}

Result<bool> disable_second_factor(Database& database, std::string_view name) {
  const auto had = database.number("SELECT count(*) FROM users WHERE name = ? AND totp <> ''", cells(name));
  if (!had) return had.error();
  const auto done =
      change(database, name, "UPDATE users SET totp = '', totp_offered = '', totp_step = 0 WHERE name = ?", cells(name));
  if (!done) return done.error();
  return *had > 0;
}

Result<> note_login(Database& database, std::string_view name, WallTime now) {
  return database.run("UPDATE users SET last_login_at = ? WHERE name = ?", cells(to_milliseconds(now), name));
}

boost::json::object to_json(const User& user) {
  return {{"name", user.name},
          {"role", enum_text(user.role)},
          {"disabled", user.disabled},
          {"mustChangePassword", user.must_change},
          {"secondFactor", !user.totp.empty()},
          {"createdAt", time_or_null(user.created)},
          {"lastLoginAt", time_or_null(user.last_login)}};
}

}  // namespace argos
