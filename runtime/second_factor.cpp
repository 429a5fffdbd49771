// SPDX-License-Identifier: Apache-2.0
#include "runtime/second_factor.hpp"

#include <algorithm>

#include "model/text.hpp"
#include "model/totp.hpp"
#include "runtime/files.hpp"
#include "runtime/random.hpp"

namespace argos {
namespace {

constexpr std::size_t kRecoveryCharacters = 16;  // 80 bits: nobody guesses them, so nothing slow is needed
constexpr std::size_t kGroup = 4;
constexpr std::size_t kDeviceDigits = 6;

SecretName name_of_factor(std::string_view user) { return {"User", user, "totp"}; }

// As typed: with or without hyphens and spaces, in any case.
std::string bare(std::string_view code) {
  std::string out = lower(code);
  std::erase_if(out, [](char c) { return c == '-' || c == ' '; });
  return out;
}

std::string hash_of_code(std::string_view user, std::string_view code) {
  return sha256_hex("argos recovery code " + std::string(user) + " " + bare(code));
}

std::string new_recovery_code() {
  std::string out = random_word(kRecoveryCharacters);
  for (std::size_t at = kGroup; at < out.size(); at += kGroup + 1) out.insert(at, "-");
  return out;
}

Result<std::vector<std::string>> new_recovery_codes(Database& database, std::string_view user) {
  if (auto gone = database.run("DELETE FROM recovery_codes WHERE user = ?", cells(user)); !gone) return gone.error();
  std::vector<std::string> out;
  for (int made = 0; made < kRecoveryCodes; ++made) {
    out.push_back(new_recovery_code());
    const auto done =
        database.run("INSERT INTO recovery_codes (user, code_hash) VALUES (?, ?)", cells(user, hash_of_code(user, out.back())));
    if (!done) return done.error();
  }
  return out;
}

bool is_of_a_device(std::string_view code) {
  return code.size() == kDeviceDigits && std::ranges::all_of(code, [](char c) { return c >= '0' && c <= '9'; });
}

Result<bool> take_device_code(Database& database, const Secrets& secrets, const User& user, std::string_view code,
                              WallTime now) {
  const auto secret = secrets.open(name_of_factor(user.name), user.totp);
  if (!secret) return secret.error();
  const auto step = totp_match(secret->text(), code, user.totp_step, now);
  if (!step) return false;
  const auto done = database.run("UPDATE users SET totp_step = ? WHERE name = ?", cells(*step, user.name));
  if (!done) return done.error();
  return true;
}

Result<bool> take_recovery_code(Database& database, const User& user, std::string_view code, WallTime now) {
  const auto done = database.run("UPDATE recovery_codes SET used_at = ? WHERE user = ? AND code_hash = ? AND used_at = 0",
                                 cells(to_milliseconds(now), user.name, hash_of_code(user.name, code)));
  if (!done) return done.error();
  return database.changes() > 0;
}

}  // namespace

Result<Secret> offer_second_factor(Database& database, const Secrets& secrets, std::string_view user) {
  Secret secret(random_bytes(kTotpSecretBytes));
  const auto sealed = secrets.seal(database, name_of_factor(user), secret.text());
  if (!sealed) return sealed.error();
  const auto done = database.run("UPDATE users SET totp_offered = ? WHERE name = ?", cells(*sealed, user));
  if (!done) return done.error();
  return secret;
}

Result<std::vector<std::string>> enable_second_factor(Database& database, const Secrets& secrets, const User& user,
                                                      std::string_view code, WallTime now) {
  if (user.totp_offered.empty())
    return Error{"NothingOffered", "no second factor was begun", "begin one, and give a code of it", Retry::never};
  const auto secret = secrets.open(name_of_factor(user.name), user.totp_offered);
  if (!secret) return secret.error();
  const auto step = totp_match(secret->text(), code, 0, now);
  if (!step) return Error{"WrongCode", "that is not the code of now", "is the clock of the device right?", Retry::never};
  const auto done = database.run("UPDATE users SET totp = totp_offered, totp_offered = '', totp_step = ? WHERE name = ?",
                                 cells(*step, user.name));
  if (!done) return done.error();
  return new_recovery_codes(database, user.name);
}

Result<bool> take_code(Database& database, const Secrets& secrets, const User& user, std::string_view code, WallTime now) {
  if (is_of_a_device(code)) return take_device_code(database, secrets, user, code, now);
  return take_recovery_code(database, user, code, now);
}

Result<std::int64_t> count_recovery_codes(Database& database, std::string_view user) {
  return database.number("SELECT count(*) FROM recovery_codes WHERE user = ? AND used_at = 0", cells(user));
}

}  // namespace argos
