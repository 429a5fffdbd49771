// SPDX-License-Identifier: Apache-2.0
#include "runtime/throttles.hpp"

#include "runtime/users.hpp"

namespace argos {
namespace {

constexpr auto kPlaceRemembered = std::chrono::hours(24 * 30);
constexpr auto kToldEvery = std::chrono::minutes(1);

const ThrottlePolicy& policy_of(const std::string& scope) {
  if (scope == "account") return kPerAccount;
  return scope == "place" ? kPerPlace : kPerAddress;
}

Result<bool> is_known_place(Database& database, const LoginAttempt& attempt, WallTime now) {
  const auto found =
      database.number("SELECT count(*) FROM login_places WHERE user = ? AND address = ? AND at > ?",
                      cells(attempt.account, throttled_address(attempt.address), to_milliseconds(now - kPlaceRemembered)));
  if (!found) return found.error();
  return *found > 0;
}

Result<std::vector<Charge::Bucket>> buckets_of(Database& database, const LoginAttempt& attempt, WallTime now) {
  const auto address = throttled_address(attempt.address);
  if (attempt.account.empty()) return std::vector<Charge::Bucket>{{"address", address}};
  const auto known = is_known_place(database, attempt, now);
  if (!known) return known.error();
  if (*known) return std::vector<Charge::Bucket>{{"place", attempt.account + " " + address}};
  return std::vector<Charge::Bucket>{{"address", address}, {"account", attempt.account}};
}

Result<WallTime> until_of(Database& database, const Charge::Bucket& bucket) {
  const auto until =
      database.number("SELECT until FROM login_throttles WHERE scope = ? AND subject = ?", cells(bucket.scope, bucket.subject));
  if (!until) return until.error();
  return from_milliseconds(*until);
}

Result<> put_until(Database& database, const Charge::Bucket& bucket, WallTime until) {
  return database.run(
      "INSERT INTO login_throttles (scope, subject, until) VALUES (?, ?, ?)"
      " ON CONFLICT (scope, subject) DO UPDATE SET until = excluded.until",
      cells(bucket.scope, bucket.subject, to_milliseconds(until)));
}

Result<bool> is_news(Database& database, const Charge::Bucket& bucket, WallTime now) {
  const auto done = database.run(
      "UPDATE login_throttles SET told_at = ? WHERE scope = ? AND subject = ? AND told_at NOT BETWEEN ? AND ?",
      cells(to_milliseconds(now), bucket.scope, bucket.subject, to_milliseconds(now - kToldEvery), to_milliseconds(now)));
  if (!done) return done.error();
  return database.changes() > 0;
}

}  // namespace

Result<Charge> charge_login(Database& database, const LoginAttempt& attempt, WallTime now) {
  auto buckets = buckets_of(database, attempt, now);
  if (!buckets) return buckets.error();
  Charge out{{}, false, std::move(*buckets)};
  std::vector<WallTime> held;
  for (const auto& bucket : out.buckets) {
    const auto until = until_of(database, bucket);
    if (!until) return until.error();
    held.push_back(*until);
    const auto wait = wait_of(policy_of(bucket.scope), *until, now);
    if (wait.count() == 0) continue;
    const auto news = is_news(database, bucket, now);
    if (!news) return news.error();
    out.to_be_told = out.to_be_told || *news;
    out.wait = std::max(out.wait, wait);
  }
  if (out.wait.count() > 0) return out;
  for (std::size_t at = 0; at < held.size(); ++at) {
    const auto& bucket = out.buckets[at];
    if (auto done = put_until(database, bucket, charged(policy_of(bucket.scope), held[at], now)); !done) return done.error();
  }
  return out;
}

Result<> refund_login(Database& database, const Charge& charge) {
  for (const auto& bucket : charge.buckets) {
    const auto until = until_of(database, bucket);
    if (!until) return until.error();
    if (auto done = put_until(database, bucket, refunded(policy_of(bucket.scope), *until)); !done) return done;
  }
  return {};
}

Result<> remember_place(Database& database, const LoginAttempt& attempt, WallTime now) {
  return database.run(
      "INSERT INTO login_places (user, address, at) VALUES (?, ?, ?) ON CONFLICT (user, address) DO UPDATE SET at = "
      "excluded.at",
      cells(attempt.account, throttled_address(attempt.address), to_milliseconds(now)));
}

Result<std::int64_t> count_old_throttles(Database& database, WallTime now) {
  return database.number(
      "SELECT (SELECT count(*) FROM login_throttles WHERE until < ?) + (SELECT count(*) FROM login_places WHERE at < ?)",
      cells(to_milliseconds(now), to_milliseconds(now - kPlaceRemembered)));
}

Result<> forget_throttles(Database& database, WallTime now) {
  auto done = database.run("DELETE FROM login_throttles WHERE until < ?", cells(to_milliseconds(now)));
  if (!done) return done;
  return database.run("DELETE FROM login_places WHERE at < ?", cells(to_milliseconds(now - kPlaceRemembered)));
}

}  // namespace argos
