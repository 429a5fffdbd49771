// SPDX-License-Identifier: Apache-2.0
#include "runtime/sessions.hpp"

#include <array>
#include <stdexcept>

#include <boost/json.hpp>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "model/text.hpp"
#include "runtime/random.hpp"
#include "runtime/users.hpp"

namespace argos {
namespace {

constexpr std::size_t kTokenBytes = 32;
constexpr std::size_t kIdBytes = 8;
constexpr std::size_t kLongestClient = 200;

Session session_of(const Row& row) {
  const auto text = [&](std::string_view column) { return std::string(row.at(column).as_string()); };
  const auto time = [&](std::string_view column) { return from_milliseconds(row.at(column).as_int64()); };
  return {
      text("id"), text("user"), {time("created_at"), time("used_at"), time("confirmed_at")}, text("address"), text("client")};
}

constexpr std::string_view kEnded = " FROM sessions WHERE created_at <= ? OR used_at <= ?";
Cells ended_by(WallTime now) { return cells(to_milliseconds(now - kSessionLasts), to_milliseconds(now - kSessionIdle)); }

constexpr std::string_view kOfWhoMay = "SELECT s.* FROM sessions AS s JOIN users AS u ON u.name = s.user AND NOT u.disabled ";

}  // namespace

SessionKey SessionKey::take(Config& config) {
  if (config.session_secret.empty()) return SessionKey(random_hex(kTokenBytes));
  SessionKey out(config.session_secret);
  wipe(config.session_secret);
  return out;
}

std::string SessionKey::hash_of(std::string_view token) const {
  const std::string labelled = "argos session " + std::string(token);
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned int size = 0;
  const auto key = secret_.text();
  const auto* const made = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                                reinterpret_cast<const unsigned char*>(labelled.data()), labelled.size(), out.data(), &size);
  if (made == nullptr) throw std::runtime_error("OpenSSL refuses to compute an HMAC");
  return to_hex({reinterpret_cast<const char*>(out.data()), size});
}

Result<OpenedSession> open_session(Database& database, const SessionKey& key, const NewSession& session, WallTime now) {
  OpenedSession out{random_hex(kIdBytes), Secret(random_hex(kTokenBytes))};
  const auto at = to_milliseconds(now);
  const auto done = database.run(
      "INSERT INTO sessions (id, token_hash, user, created_at, used_at, confirmed_at, address, client) VALUES (?, ?, ?, ?, ?, "
      "?, ?, ?)",
      cells(out.id, key.hash_of(out.token.text()), session.user, at, at, at, session.address,
            shown(session.client, kLongestClient)));
  if (!done) return done.error();
  return out;
}

Result<std::optional<Session>> find_session(Database& database, const SessionKey& key, std::string_view token, WallTime now) {
  if (token.size() != 2 * kTokenBytes) return std::optional<Session>{};
  const auto rows = database.query(std::string(kOfWhoMay) + "WHERE s.token_hash = ?", cells(key.hash_of(token)));
  if (!rows) return rows.error();
  if (rows->empty()) return std::optional<Session>{};
  auto session = session_of(rows->front());
  if (has_ended(session.times, now)) return std::optional<Session>{};
  return std::optional(std::move(session));
}

Result<bool> is_session(Database& database, std::string_view id, WallTime now) {
  const auto rows = database.query(std::string(kOfWhoMay) + "WHERE s.id = ?", cells(id));
  if (!rows) return rows.error();
  return !rows->empty() && !has_ended(session_of(rows->front()).times, now);
}

Result<std::vector<Session>> list_sessions(Database& database, std::string_view user, WallTime now, const Page& page) {
  const auto rows =
      database.query(std::string(kOfWhoMay) + "WHERE ? IN ('', s.user) AND s.id > ? ORDER BY s.id", cells(user, page.after));
  if (!rows) return rows.error();
  std::vector<Session> out;
  for (const auto& row : *rows) {
    auto session = session_of(row);
    if (has_ended(session.times, now)) continue;
    out.push_back(std::move(session));
    if (std::ssize(out) == page.rows()) break;
  }
  return out;
}

Result<> note_use(Database& database, const Session& session, WallTime now) {
  return database.run("UPDATE sessions SET used_at = ? WHERE id = ?", cells(to_milliseconds(now), session.id));
}

Result<> confirm_session(Database& database, std::string_view id, WallTime now) {
  return database.run("UPDATE sessions SET confirmed_at = ? WHERE id = ?", cells(to_milliseconds(now), id));
}

Result<bool> end_session(Database& database, std::string_view id, std::string_view user) {
  const auto done = database.run("DELETE FROM sessions WHERE id = ? AND ? IN ('', user)", cells(id, user));
  if (!done) return done.error();
  return database.changes() > 0;
}

Result<std::int64_t> count_ended_sessions(Database& database, WallTime now) {
  return database.number("SELECT count(*)" + std::string(kEnded), ended_by(now));
}

Result<> forget_ended_sessions(Database& database, WallTime now) {
  return database.run("DELETE" + std::string(kEnded), ended_by(now));
}

boost::json::object to_json(const Session& session) {
  return {{"id", session.id},
          {"user", session.user},
          {"createdAt", to_rfc3339(session.times.created)},
          {"usedAt", to_rfc3339(session.times.used)},
          {"address", session.address},
          {"client", session.client}};
}

}  // namespace argos
