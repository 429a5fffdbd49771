// SPDX-License-Identifier: Apache-2.0
#include "runtime/audit.hpp"

#include <boost/json.hpp>

namespace argos {

Result<> note_audit(Database& database, const AuditEntry& entry) {
  return database.run(
      "INSERT INTO audit_log (actor, origin, action, kind, name, detail) SELECT actor, origin, ?, ?, ?, ? FROM actor",
      cells(entry.action, entry.kind, entry.name, boost::json::serialize(entry.detail)));
}

Result<std::vector<boost::json::object>> read_audit(Database& database, const AuditQuery& query) {
  const auto rows = database.query(
      "SELECT * FROM audit_log WHERE id < ? AND ? IN ('', actor) AND ? IN ('', action) AND ? IN ('', kind) AND ? IN ('', name)"
      " ORDER BY id DESC LIMIT ?",
      cells(query.before.value_or(INT64_MAX), query.actor, query.action, query.kind, query.name,
            static_cast<std::int64_t>(query.limit)));
  if (!rows) return rows.error();
  std::vector<boost::json::object> out;
  for (const auto& row : *rows) {
    boost::system::error_code bad;
    auto detail = boost::json::parse(row.at("detail").as_string(), bad);
    out.push_back({{"id", row.at("id")},
                   {"at", row.at("at")},
                   {"actor", row.at("actor")},
                   {"origin", row.at("origin")},
                   {"action", row.at("action")},
                   {"kind", row.at("kind")},
                   {"name", row.at("name")},
                   {"detail", bad ? boost::json::value(nullptr) : std::move(detail)}});
  }
  return out;
}

}  // namespace argos
