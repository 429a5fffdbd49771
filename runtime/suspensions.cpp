// SPDX-License-Identifier: Apache-2.0
#include "runtime/suspensions.hpp"

#include "runtime/rows.hpp"

namespace argos {

Result<std::map<Key, Suspension>> read_suspensions(Database& database) {
  const auto rows = database.query("SELECT kind, name, since, note, actor, until FROM suspensions");
  if (!rows) return rows.error();
  std::map<Key, Suspension> out;
  for (const auto& row : *rows) {
    const auto kind = kind_from(row.at("kind").as_string());
    if (!kind) continue;
    const auto& until = row.at("until");
    out[{*kind, std::string(row.at("name").as_string())}] = {
        from_milliseconds(row.at("since").as_int64()), std::string(row.at("note").as_string()),
        std::string(row.at("actor").as_string()),
        until.is_null() ? std::nullopt : std::optional(from_milliseconds(until.as_int64()))};
  }
  return out;
}

bool may_be_suspended(const Key& key) {
  return key.kind != Kind::controller || (key.name != "migrations" && key.name != "drift");
}

Result<bool> suspend(Database& database, const Key& key, const std::string& note, const std::string& actor, WallTime now,
                     std::optional<WallTime> until) {
  const auto when = until ? boost::json::value(to_milliseconds(*until)) : boost::json::value();
  const auto written = database.run(
      "INSERT INTO suspensions (kind, name, since, note, actor, until) VALUES (?, ?, ?, ?, ?, ?) "
      "ON CONFLICT (kind, name) DO UPDATE SET until = excluded.until WHERE excluded.until IS NOT NULL",
      cells(names_of(key.kind).table, key.name, to_milliseconds(now), note, actor, when));
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
