// SPDX-License-Identifier: Apache-2.0
// metadata.json, which lies in every archive; and the names of archives.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/backup_policy.hpp"
#include "model/condition.hpp"
#include "model/error.hpp"

namespace argos {

constexpr int kArchiveFormat = 1;

struct ArchiveMetadata {
  int format = kArchiveFormat;
  std::string argos_version, git_commit;
  int schema_version = 0;
  BackupKind kind = BackupKind::manual;
  std::string note;
  std::string created_at;  // RFC 3339, UTC
  std::int64_t caddy_files = 0;  // that were really written
  std::string db_sha256;
  std::int64_t db_bytes = 0;
  std::string master_key_id;  // of the key that sealed what lies in it; empty: there was none

  bool operator==(const ArchiveMetadata&) const = default;
};
BOOST_DESCRIBE_STRUCT(ArchiveMetadata, (),
                      (format, argos_version, git_commit, schema_version, kind, note, created_at, caddy_files, db_sha256,
                       db_bytes, master_key_id))

std::string to_json_text(const ArchiveMetadata& metadata);
// Fields of later versions are passed over; what this one needs must be there and make sense.
Result<ArchiveMetadata> parse_archive_metadata(std::string_view text);

// "2026-11-27T02:00:00.123Z", with or without a fraction; nothing where it is none.
std::optional<WallTime> parse_rfc3339(std::string_view text);

constexpr std::string_view kArchivePrefix = "argos-backup-", kArchiveSuffix = ".tar.gz";
// "argos-backup-20261127-020000.tar.gz"; the next one of the same second has a number from 1 on behind the time.
std::string archive_name(WallTime created, int number = 0);
// The time in such a name.
std::optional<WallTime> time_in_archive_name(std::string_view name);
// Whether a file of that name in the folder of archives is one, whoever put it there: *.tar.gz, not hidden.
bool is_archive_name(std::string_view name);

}  // namespace argos
