// SPDX-License-Identifier: Apache-2.0
#include "model/account.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "model/text.hpp"

namespace argos {
namespace {

constexpr std::size_t kLongestName = 64;
constexpr int kLongestDays = 3650;

// Who changes rows besides people: the controllers, hands on the database, and whoever has not logged in.
constexpr std::array<std::string_view, 14> kActors{"accounts", "backups",   "caddy",     "certificates", "drift",
                                                   "history",  "integrity", "manifests", "migrations",   "nobody",
                                                   "outside",  "restore",   "secrets",   "system"};

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool may_stand_in_a_name(char c) { return is_alphanumeric(c) || c == '.' || c == '_' || c == '-' || c == '@' || c == '+'; }

// "aaaaaaaa", "abcabcabc": the beginning again and again, for at least two times and a bit.
bool is_one_thing_repeated(std::string_view text) {
  constexpr std::size_t kLongestThing = 4;
  for (std::size_t length = 1; length <= kLongestThing && 2 * length <= text.size(); ++length) {
    if (text.substr(length) == text.substr(0, text.size() - length)) return true;
  }
  return false;
}

// "12345678", "hgfedcba".
bool is_one_run(std::string_view text) {
  const auto runs = [&](int step) {
    return std::ranges::adjacent_find(text, [step](char one, char next) { return next - one != step; }) == text.end();
  };
  return runs(1) || runs(-1);
}

FieldErrors refused(const char* path, const char* reason, std::string message, std::string hint) {
  return {{path, reason, std::move(message), std::move(hint)}};
}

FieldErrors validate_any_name(const char* what, std::string_view name) {
  if (name.empty()) return refused("name", "Required", std::string("a ") + what + " needs a name", "");
  const bool sound = name.size() <= kLongestName && is_alphanumeric(name.front()) && is_alphanumeric(name.back()) &&
                     std::ranges::all_of(name, may_stand_in_a_name);
  if (sound) return {};
  return refused("name", "Invalid", "'" + shown(name) + "' is not a " + what + "'s name",
                 "use lower-case letters and digits, and . _ - @ + between them; at most 64 characters");
}

}  // namespace

bool may(Role role, Right right) {
  switch (right) {
    case Right::own_account:
    case Right::read: return true;
    case Right::change: return role != Role::viewer;
    case Right::administer: return role == Role::admin;
  }
  return false;
}

Role lesser(Role one, Role other) { return std::min(one, other); }

std::optional<Role> role_from(std::string_view word) {
  for (const auto& [role, text] : enum_table<Role>()) {
    if (text == word) return role;
  }
  return std::nullopt;
}

FieldErrors validate_user_name(std::string_view name) {
  if (std::ranges::find(kActors, name) != kActors.end())
    return refused("name", "Reserved", "'" + std::string(name) + "' is what the audit log calls a part of argos",
                   "choose another");
  return validate_any_name("user", name);
}
FieldErrors validate_token_name(std::string_view name) { return validate_any_name("token", name); }

std::optional<WallTime> parse_expiry(std::string_view text, WallTime now) {
  if (text == "never") return WallTime{};
  int days = 0;
  const auto* const all = text.data() + text.size();
  const auto [end, code] = std::from_chars(text.data(), all, days);
  if (code == std::errc() && std::string_view(end, static_cast<std::size_t>(all - end)) == "d")
    return days > 0 && days <= kLongestDays ? std::optional<WallTime>(now + std::chrono::hours(24 * days)) : std::nullopt;
  const auto span = parse_duration(text);
  return span && span->value.count() > 0 ? std::optional<WallTime>(now + span->value) : std::nullopt;
}

FieldErrors validate_password_form(std::string_view password) {
  const auto bad = [](const char* reason, std::string message, std::string hint) {
    return refused("password", reason, std::move(message), std::move(hint));
  };
  if (password.empty()) return bad("Required", "a password is needed", "");
  if (password.size() > kLongestPassword)
    return bad("OutOfRange", "the password is longer than 72 bytes", "bcrypt reads no further: choose a shorter one");
  if (password.find('\0') != std::string_view::npos || !is_utf8(password))
    return bad("Invalid", "the password is not plain text", "it must be UTF-8 without zero bytes");
  return {};
}

FieldErrors validate_password(std::string_view password, std::string_view user) {
  if (auto errors = validate_password_form(password); !errors.empty()) return errors;
  const auto weak = [](std::string message) {
    return refused("password", "TooWeak", std::move(message),
                   "choose another; several random words of 15 characters or more are best");
  };
  if (count_characters(password) < kShortestPassword) return weak("the password is shorter than 8 characters");
  const auto word = lower(password);
  if (!user.empty() && (word == user || word == std::string(user) + std::string(user)))
    return weak("the password is the user's name");
  if (is_one_thing_repeated(word) || is_one_run(word)) return weak("the password is one thing over and over");
  if (is_common_password(word)) return weak("the password is one of those that are tried first");
  return {};
}

}  // namespace argos
