// SPDX-License-Identifier: Apache-2.0
#include "runtime/backup_rows.hpp"

#include <boost/json.hpp>
#include <spdlog/fmt/fmt.h>

namespace argos {
namespace {

// What somebody has broken by hand is left as it is by default.
BackupRow backup_from(const Row& row) {
  BackupRow out;
  FieldErrors errors;
  from_row(row, "", out, errors);
  return out;
}

}  // namespace

void BackupRow::take(const ArchiveMetadata& metadata) {
  kind = metadata.kind;
  created_at = metadata.created_at;
  note = metadata.note;
  argos_version = metadata.argos_version;
  git_commit = metadata.git_commit;
  schema_version = metadata.schema_version;
  db_sha256 = metadata.db_sha256;
  db_bytes = metadata.db_bytes;
  caddy_files = metadata.caddy_files;
  master_key_id = metadata.master_key_id;
}

// In rows only: what history holds under a key of then is needed for no restore.
Result<SecretsTried> try_secrets(Database& database, const KeyRing& ring) {
  const auto sealed = look_at_sealed(database, ring);
  if (!sealed) return sealed.error();
  SecretsTried out{.outcome = "Tried"};
  for (const auto& [id, count] : sealed->by_key) {
    out.opened += count.rows;
    if (id.empty() || count.rows == 0) continue;
    out.keys.push_back(id);
    if (!ring.has(id)) out.missing.push_back(id);
  }
  for (const auto& [value, reason] : sealed->unreadable) {
    (reason == "BrokenEnvelope" ? out.broken : out.unopened) += value.rows;
    out.opened -= value.rows;
  }
  return out;
}

void judge(BackupRow& row, const ReadArchive& read, WallTime now) {
  const bool another = !read.problem && !row.sha256.empty() && row.sha256 != read.sha256;
  const bool known = !read.problem || is_about_bytes(*read.problem);
  row.verified = read.problem || another ? (known ? "False" : "Unknown") : "True";
  row.verified_reason = another ? "ContentChanged" : read.problem ? read.problem->reason : "Whole";
  row.verified_message = another        ? "its bytes are no longer those that were first read"
                         : read.problem ? read.problem->message
                                        : "";
  row.verified_at = to_milliseconds(now);
  if (read.mtime_ns == 0) return;  // it could not even be opened
  row.size_bytes = static_cast<std::int64_t>(read.bytes);
  row.mtime_ns = read.mtime_ns;
}

Result<std::vector<BackupRow>> read_backups(Database& database) {
  const auto rows = database.query("SELECT * FROM backups ORDER BY created_at DESC, filename DESC");
  if (!rows) return rows.error();
  std::vector<BackupRow> out;
  out.reserve(rows->size());
  for (const auto& row : *rows) out.push_back(backup_from(row));
  return out;
}

std::vector<HeldArchive> held_archives(const std::vector<BackupRow>& rows) {
  std::vector<HeldArchive> out;
  out.reserve(rows.size());
  for (const auto& row : rows)
    out.push_back({row.filename, row.kind, row.created(), row.is_good(), from_milliseconds(row.adopted_at)});
  return out;
}

Result<std::optional<BackupRow>> read_backup(Database& database, const std::string& filename) {
  const auto rows = database.query("SELECT * FROM backups WHERE filename = ?", cells(filename));
  if (!rows) return rows.error();
  if (rows->empty()) return std::optional<BackupRow>{};
  return std::optional(backup_from(rows->front()));
}

Result<> put_backup(Database& database, const BackupRow& row) {
  Row columns;
  to_row(row, columns);
  Cells values;
  std::string names, marks, changes;
  for (const auto& column : columns) {
    const auto* const comma = values.empty() ? "" : ", ";
    names += comma + std::string(column.key());
    marks += std::string(comma) + "?";
    changes += fmt::format("{}{} = excluded.{}", comma, std::string_view(column.key()), std::string_view(column.key()));
    values.push_back(column.value());
  }
  return database.run(
      fmt::format("INSERT INTO backups ({}) VALUES ({}) ON CONFLICT (filename) DO UPDATE SET {}", names, marks, changes),
      values);
}

Result<> remove_backup(Database& database, const std::string& filename) {
  return database.run("DELETE FROM backups WHERE filename = ?", cells(filename));
}

Result<> note_backup(Database& database, const std::string& actor, const std::string& origin, std::string_view action,
                     const BackupRow& row) {
  const boost::json::object detail{{"kind", enum_text(row.kind)},
                                   {"sizeBytes", row.size_bytes},
                                   {"sha256", row.sha256},
                                   {"createdAt", row.created_at},
                                   {"note", row.note},
                                   {"verified", row.verified},
                                   {"reason", row.verified_reason}};
  return database.run("INSERT INTO audit_log (actor, origin, action, kind, name, detail) VALUES (?, ?, ?, 'Backup', ?, ?)",
                      cells(actor, origin, action, row.filename, boost::json::serialize(detail)));
}

}  // namespace argos
