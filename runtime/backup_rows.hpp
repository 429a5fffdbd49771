// SPDX-License-Identifier: Apache-2.0
// The table `backups`: what is known of each archive. Called inside Store::read and Store::write.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/archive_metadata.hpp"
#include "model/retention.hpp"
#include "runtime/archive_reader.hpp"
#include "runtime/caddy_capture.hpp"
#include "runtime/database.hpp"
#include "runtime/sealed.hpp"

namespace argos {

// What came of opening what lies sealed in an archive's database.
struct SecretsTried {
  std::string outcome = {};  // empty: nobody has tried; Tried; else why it could not be tried
  std::string message = {};
  std::int64_t opened = 0;
  std::int64_t unopened = 0, broken = 0;   // their key was not at hand; was, and did not open them
  std::vector<std::string> keys = {}, missing = {};  // ids of those that sealed them; which of them were not at hand

  bool is_done() const { return outcome == "Tried"; }
  bool operator==(const SecretsTried&) const = default;
};
BOOST_DESCRIBE_STRUCT(SecretsTried, (), (outcome, message, opened, unopened, broken, keys, missing))

// The members are the columns.
struct BackupRow {
  std::string filename;
  std::int64_t size_bytes = 0;
  std::string sha256;
  BackupKind kind = BackupKind::orphan;
  std::string origin = "adopted";  // local
  std::string created_at, note, argos_version, git_commit;
  int schema_version = 0;
  std::string db_sha256;
  std::int64_t db_bytes = 0, caddy_files = 0;
  std::string master_key_id;
  std::vector<SkippedFile> caddy_skipped;  // the first of them
  std::int64_t caddy_left_out = 0;         // how many there are
  std::int64_t took_ms = 0;
  std::string verified = "Unknown", verified_reason, verified_message;
  std::int64_t verified_at = 0, mtime_ns = 0;
  std::int64_t adopted_at = 0;  // milliseconds; 0: it was not, or long ago
  SecretsTried secrets;

  bool is_good() const { return verified == "True"; }
  WallTime created() const { return parse_rfc3339(created_at).value_or(WallTime{}); }
  void take(const ArchiveMetadata& metadata);
};
BOOST_DESCRIBE_STRUCT(BackupRow, (),
                      (filename, size_bytes, sha256, kind, origin, created_at, note, argos_version, git_commit, schema_version,
                       db_sha256, db_bytes, caddy_files, master_key_id, caddy_skipped, caddy_left_out, took_ms, verified,
                       verified_reason, verified_message, verified_at, mtime_ns, adopted_at, secrets))

// Opens all that lies sealed there.
Result<SecretsTried> try_secrets(Database& database, const KeyRing& ring);

// What reading the file has shown, noted in its row; without a problem, that it is as when it was first read.
void judge(BackupRow& row, const ReadArchive& read, WallTime now);

Result<std::vector<BackupRow>> read_backups(Database& database);  // the newest first
std::vector<HeldArchive> held_archives(const std::vector<BackupRow>& rows);
Result<std::optional<BackupRow>> read_backup(Database& database, const std::string& filename);
Result<> put_backup(Database& database, const BackupRow& row);  // in the place of one of that name
Result<> remove_backup(Database& database, const std::string& filename);

// What was done to an archive, and by whom.
Result<> note_backup(Database& database, const std::string& actor, const std::string& origin, std::string_view action,
                     const BackupRow& row);

}  // namespace argos
