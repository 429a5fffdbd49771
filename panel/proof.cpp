// SPDX-License-Identifier: Apache-2.0
#include "panel/proof.hpp"

#include "model/text.hpp"
#include "runtime/audit.hpp"
#include "runtime/second_factor.hpp"
#include "runtime/throttles.hpp"

namespace argos {
namespace {

enum class Judgement { proven, wrong, code_needed, wrong_code, no_factor };

struct Trial {
  LoginAttempt attempt;
  Charge charge;
  std::optional<User> user;  // none: no such, or one who may not log in
  Judgement verdict = Judgement::wrong;
  std::string why;           // the second factor cannot be looked at
};

Problem too_many(std::chrono::milliseconds wait) {
  const auto seconds = std::to_string(std::chrono::ceil<std::chrono::seconds>(wait).count());
  return {429,
          "TooManyAttempts",
          "too many wrong passwords from there or for this account",
          "try again in " + seconds + " s",
          {},
          {{"Retry-After", seconds}}};
}

Problem busy(const Error& error) {
  Problem problem{503, error.reason, error.message, error.hint, {}, {{"Retry-After", "2"}}};
  return problem;
}

std::optional<Problem> problem_of(const Trial& trial) {
  switch (trial.verdict) {
    case Judgement::proven: return std::nullopt;
    case Judgement::wrong: return Problem{401, "WrongLogin", "the user or the password is wrong", "", {}, {}};
    case Judgement::code_needed:
      return Problem{401, "SecondFactorRequired", "this user has a second factor", "send its code too, or a recovery code", {},
                     {}};
    case Judgement::wrong_code:
      return Problem{401, "WrongCode", "the code is wrong, or was used before", "wait for the next one", {}, {}};
    case Judgement::no_factor: break;
  }
  return Problem{403,       "SecondFactorUnavailable",
                 trial.why, "use a recovery code, or where argos runs: argos user disable-2fa " + trial.attempt.account,
                 {},        {}};
}

// What cannot be a user's name is not kept: it may be a password in the wrong field.
std::string account_of(std::string_view given) {
  return validate_user_name(given).empty() ? std::string(given) : std::string();
}

AuditEntry entry_of(const Request& request, const Trial& trial, std::string_view action, std::string_view why) {
  const std::string name = trial.user ? trial.user->name : "";  // of nobody: of that name there is none
  return {std::string(action), "User", name, {{"why", why}, {"address", request.peer.address}}};
}

Result<> begin(Database& database, const Request& request, WallTime now, Trial& trial) {
  auto charge = charge_login(database, trial.attempt, now);
  if (!charge) return charge.error();
  trial.charge = std::move(*charge);
  auto user = read_user(database, trial.attempt.account);
  if (!user) return user.error();
  if (*user && !(*user)->disabled) trial.user = std::move(*user);
  if (!trial.charge.to_be_told) return {};
  return note_audit(database, entry_of(request, trial, "LoginThrottled", "too many wrong passwords"));
}

// As it is now: much may have happened while the password was looked at.
Result<Judgement> judge(const PanelContext& context, Database& database, const Proof& proof, bool right, Trial& trial) {
  if (!right || !trial.user) return Judgement::wrong;
  auto now = read_user(database, trial.user->name);
  if (!now) return now.error();
  if (!*now || (*now)->disabled || (*now)->password_hash != trial.user->password_hash) return Judgement::wrong;
  trial.user = std::move(*now);
  if (trial.user->totp.empty() || proof.factors == Proof::Factors::password) return Judgement::proven;
  if (proof.code.empty()) return Judgement::code_needed;
  const auto taken = take_code(database, context.secrets, *trial.user, proof.code, context.clock.wall());
  if (taken) return *taken ? Judgement::proven : Judgement::wrong_code;
  if (taken.error().reason.starts_with("Database")) return taken.error();
  trial.why = "the second factor cannot be checked: " + taken.error().text();
  return Judgement::no_factor;
}

Result<> end(const PanelContext& context, Database& database, const Request& request, const Proof& proof, bool right,
             Trial& trial, const OnProven& then) {
  const auto verdict = judge(context, database, proof, right, trial);
  if (!verdict) return verdict.error();
  trial.verdict = *verdict;
  switch (*verdict) {
    case Judgement::wrong: return note_audit(database, entry_of(request, trial, "LoginFailed", "password"));
    case Judgement::wrong_code: return note_audit(database, entry_of(request, trial, "LoginFailed", "code"));
    case Judgement::no_factor:
      return note_audit(database, entry_of(request, trial, "LoginFailed", "no master key for the second factor"));
    case Judgement::code_needed: return refund_login(database, trial.charge);
    case Judgement::proven: break;
  }
  if (auto refunded = refund_login(database, trial.charge); !refunded) return refunded;
  if (auto known = remember_place(database, trial.attempt, context.clock.wall()); !known) return known;
  return then(database, *trial.user);
}

}  // namespace

Task<std::optional<Problem>> prove(PanelContext& context, const Request& request, Proof proof, OnProven then) {
  Trial trial{{account_of(proof.account), request.peer.address}, {}, {}, Judgement::wrong, ""};
  auto by = actor_of(request);
  StoreJob first = [&](Database& database) {
    trial.user.reset();
    return begin(database, request, context.clock.wall(), trial);
  };
  if (auto begun = co_await write_store(context, by, std::move(first)); !begun) co_return problem_of(begun.error());
  if (trial.charge.wait.count() > 0) co_return too_many(trial.charge.wait);

  std::string hash = trial.user ? trial.user->password_hash : "";
  const auto right = co_await context.passwords.check(std::move(hash), std::move(proof.password));
  if (!right) {
    const Charge charge = trial.charge;
    (void)context.store.write([&](Database& database) { return refund_login(database, charge); });
    co_return busy(right.error());
  }
  if (*right && trial.user) by.who = trial.user->name;
  StoreJob last = [&](Database& database) { return end(context, database, request, proof, *right, trial, then); };
  if (auto ended = co_await write_store(context, by, std::move(last)); !ended) co_return argos::problem_of(ended.error());
  co_return problem_of(trial);
}

}  // namespace argos
