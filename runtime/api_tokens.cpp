// SPDX-License-Identifier: Apache-2.0
#include "runtime/api_tokens.hpp"

#include <boost/json.hpp>

#include "runtime/files.hpp"
#include "runtime/random.hpp"
#include "runtime/users.hpp"

namespace argos {
namespace {

constexpr std::size_t kTokenBytes = 32;
constexpr std::size_t kIdBytes = 8;

// Nobody guesses 256 bits, so nothing slow is needed.
std::string hash_of(std::string_view token) { return sha256_hex("argos token " + std::string(token)); }

ApiToken token_of(const Row& row) {
  const auto text = [&](std::string_view column) { return std::string(row.at(column).as_string()); };
  const auto time = [&](std::string_view column) { return from_milliseconds(row.at(column).as_int64()); };
  const auto role = [&](std::string_view column) { return role_from(row.at(column).as_string()).value_or(Role::viewer); };
  ApiToken out{text("id"),         text("name"),       role("role"),    text("owner"),    text("created_by"),
               time("created_at"), time("expires_at"), time("used_at"), text("used_from")};
  if (!out.owner.empty()) out.role = lesser(out.role, role("owners_role"));
  return out;
}

constexpr std::string_view kValid = " AND (t.expires_at = 0 OR t.expires_at > ?) AND (t.owner = '' OR NOT u.disabled)";

// An owner who is gone owns nothing; the triggers see to that, whatever hands do.
constexpr std::string_view kTokens =
    "SELECT t.*, coalesce(u.role, 'viewer') AS owners_role FROM api_tokens AS t LEFT JOIN users AS u ON u.name = t.owner ";

}  // namespace

Result<Secret> create_token(Database& database, const NewToken& token, WallTime now) {
  const auto found = database.number("SELECT count(*) FROM api_tokens WHERE name = ?", cells(token.name));
  if (!found) return found.error();
  if (*found > 0) {
    return Error{"TokenExists", "there is a token " + token.name + " already",
                 "choose another name, or revoke that one: argos token revoke " + token.name, Retry::never};
  }
  Secret out(std::string(kTokenPrefix) + random_hex(kTokenBytes));
  const auto done = database.run(
      "INSERT INTO api_tokens (id, name, token_hash, role, owner, created_by, created_at, expires_at) VALUES (?, ?, ?, ?, ?, "
      "?, ?, ?)",
      cells(random_hex(kIdBytes), token.name, hash_of(out.text()), enum_text(token.role), token.owner, token.created_by,
            to_milliseconds(now), to_milliseconds(token.expires)));
  if (!done) return done.error();
  return out;
}

Result<std::optional<ApiToken>> find_token(Database& database, std::string_view token, WallTime now) {
  if (token.size() != kTokenPrefix.size() + 2 * kTokenBytes) return std::optional<ApiToken>{};
  const auto rows = database.query(std::string(kTokens) + "WHERE t.token_hash = ?" + std::string(kValid),
                                   cells(hash_of(token), to_milliseconds(now)));
  if (!rows) return rows.error();
  if (rows->empty()) return std::optional<ApiToken>{};
  return std::optional(token_of(rows->front()));
}

Result<bool> is_token(Database& database, std::string_view id, WallTime now) {
  const auto rows =
      database.query(std::string(kTokens) + "WHERE t.id = ?" + std::string(kValid), cells(id, to_milliseconds(now)));
  if (!rows) return rows.error();
  return !rows->empty();
}

Result<std::vector<ApiToken>> list_tokens(Database& database, const std::optional<std::string>& owner, const Page& page) {
  const auto rows = database.query(std::string(kTokens) + "WHERE (? OR t.owner = ?) AND t.name > ? ORDER BY t.name LIMIT ?",
                                   cells(!owner, owner.value_or(""), page.after, page.rows()));
  if (!rows) return rows.error();
  std::vector<ApiToken> out;
  for (const auto& row : *rows) out.push_back(token_of(row));
  return out;
}

Result<> note_use(Database& database, const ApiToken& token, std::string_view address, WallTime now) {
  return database.run("UPDATE api_tokens SET used_at = ?, used_from = ? WHERE id = ?",
                      cells(to_milliseconds(now), address, token.id));
}

Result<> revoke_token(Database& database, std::string_view name) {
  const auto done = database.run("DELETE FROM api_tokens WHERE name = ? OR id = ?", cells(name, name));
  if (!done) return done;
  if (database.changes() > 0) return {};
  return Error{"NoSuchToken", "there is no token " + std::string(name), "`argos token list` shows them", Retry::never};
}

boost::json::object to_json(const ApiToken& token) {
  return {{"id", token.id},
          {"name", token.name},
          {"role", enum_text(token.role)},
          {"owner", token.owner},
          {"createdBy", token.created_by},
          {"createdAt", time_or_null(token.created)},
          {"expiresAt", time_or_null(token.expires)},
          {"usedAt", time_or_null(token.used)},
          {"usedFrom", token.used_from}};
}

}  // namespace argos
