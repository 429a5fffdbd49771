// SPDX-License-Identifier: Apache-2.0
// Makes an archive: a snapshot of the database and what can be read of Caddy's data, as a tar.gz that no one ever sees half of. Blocks:
// for workers.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "model/archive_metadata.hpp"
#include "runtime/caddy_capture.hpp"
#include "runtime/database.hpp"
#include "runtime/job_progress.hpp"

namespace argos {

// Whether the snapshot is good for anything, on a read-only connection to it; asked on a thread of its own, while it is compressed.
using SnapshotProof = std::function<Result<>(Database& snapshot)>;

struct ArchiveJob {
  std::string database;
  std::string folder;  // where archives lie
  std::string name;  // nothing is there under it: free_archive_name()
  std::string caddy_data;  // empty: none is wanted
  std::vector<std::string> never;  // files and folders that are not Caddy's, though they may lie below its folder
  ArchiveMetadata metadata;  // caddy_files, db_sha256 and db_bytes are found out
  SnapshotProof proof;  // none: it is not asked, and the archive is not read back
};

struct WrittenArchive {
  std::string name;
  std::uint64_t bytes = 0;
  std::string sha256;
  std::int64_t mtime_ns = 0;
  ArchiveMetadata metadata;
  CaddyCapture caddy;
};

// Written under a temporary name, fsynced, renamed, never over another. On an error nothing of it is left. Errors: AlreadyExists, NoSpace,
// CannotWrite, SnapshotUnsound and others of the proof, Cancelled, those of the database.
Result<WrittenArchive> write_archive(const ArchiveJob& job, JobProgress& progress);

// In that folder, for an archive made at that time.
std::string free_archive_name(const std::string& folder, WallTime created);

// Archives that a killed run did not finish.
Result<> remove_archive_leftovers(const std::string& folder);

}  // namespace argos
