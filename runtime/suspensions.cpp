// SPDX-License-Identifier: Apache-2.0
#include "runtime/suspensions.hpp"

#include "runtime/rows.hpp"

namespace argos {

Result<std::map<Key, Suspension>> read_suspensions(Database& database) {
  const auto rows = database.query("SELECT kind, name, since, note, actor FROM suspensions");
  if (!rows) return rows.error();
  std::map<Key, Suspension> out;
  for (const auto& row : *rows) {
    const auto kind = kind_from(row.at("kind").as_string());
    if (!kind) continue;
    const WallTime since{std::chrono::milliseconds(row.at("since").as_int64())};
    out[{*kind, std::string(row.at("name").as_string())}] = {since, std::string(row.at("note").as_string()),
                                                             std::string(row.at("actor").as_string())};
  }
  return out;
}

bool may_be_suspended(const Key& key) {
  return key.kind != Kind::controller || (key.name != "migrations" && key.name != "drift");
}

Result<bool> suspend(Database& database, const Key& key, const std::string& note, const std::string& actor, WallTime now) {
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
  const auto written = database.run("INSERT OR IGNORE INTO suspensions (kind, name, since, note, actor) VALUES (?, ?, ?, ?, ?)",
                                    cells(names_of(key.kind).table, key.name, since, note, actor));
  if (!written) return written.error();
  return database.changes() > 0;
}

Result<bool> resume(Database& database, const Key& key) {
  const auto written =
      database.run("DELETE FROM suspensions WHERE kind = ? AND name = ?", cells(names_of(key.kind).table, key.name));
  if (!written) return written.error();
  return database.changes() > 0;
}

}  // namespace argos
