// SPDX-License-Identifier: Apache-2.0
// Who may come in, as what, and with which password.
#pragma once

#include <optional>
#include <string_view>

#include "model/condition.hpp"
#include "model/describe.hpp"
#include "model/field_error.hpp"

namespace argos {

enum class Role { viewer, operator_, admin };
BOOST_DESCRIBE_ENUM(Role, viewer, operator_, admin)

enum class Right {
  own_account,  // one's own password, second factor and sessions
  read,         // everything but accounts
  change,       // desired state, and verbs on it: renew, suspend, undo
  administer,   // users, tokens, master keys, restoring
};
BOOST_DESCRIBE_ENUM(Right, own_account, read, change, administer)

// What a role may, all those before it may not more than.
bool may(Role role, Right right);
Role lesser(Role one, Role other);
std::optional<Role> role_from(std::string_view word);

// Lower-case letters, digits, and . _ - @ + within; 1 to 64 characters; none that the audit log means somebody else by.
FieldErrors validate_user_name(std::string_view name);

// A token's name, for people: as a user's.
FieldErrors validate_token_name(std::string_view name);
// When a token ends: "90d", "12h" (at most 3650d), or "never", which is the epoch. Nothing: it is no such span.
std::optional<WallTime> parse_expiry(std::string_view text, WallTime now);

constexpr std::size_t kShortestPassword = 8;
constexpr std::size_t kLongestPassword = 72;  // bytes: bcrypt reads no further, so more would be a promise not kept

// Whether it can be a password at all: not empty, UTF-8, no NUL, within kLongestPassword. Nothing of it is in the message.
FieldErrors validate_password_form(std::string_view password);
// And whether it is one to choose: long enough, not among the commonest, not the user's name or one thing over and over.
FieldErrors validate_password(std::string_view password, std::string_view user);

// Any case. One of the 3000 most used passwords of at least kShortestPassword characters (OWASP ASVS 5.0, 6.2.4).
bool is_common_password(std::string_view password);

}  // namespace argos
