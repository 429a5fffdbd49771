// SPDX-License-Identifier: Apache-2.0
// The new database, prepared beside the live one, which is not touched: unpacked, held against the schema of its version, migrated,
// checked. Blocks: for workers.
#pragma once

#include <span>
#include <string>

#include "controllers/migrations.hpp"
#include "controllers/restore_carry.hpp"
#include "model/archive_metadata.hpp"
#include "runtime/job_progress.hpp"
#include "runtime/key_ring.hpp"
#include "runtime/restore_files.hpp"
#include "runtime/sealed.hpp"

namespace argos {

struct StageWish {
  RestorePlaces places;
  RestoreMarker marker;
  std::string into;  // the file to make; its folder is made too
  bool keep_id = true;  // false: only looked at, never swapped in
};

struct Staged {
  std::string database;  // in journal mode DELETE: one file, whole
  std::string created_at;  // of the archive; empty for a database that was replaced
  int schema_before = 0;  // it was migrated from
  Standing keys = Standing::nothing_sealed;
  std::optional<Carried> carried = {};  // of the live one's log, by prepare_swap()
};

// What lies in the staging folder is nobody's before the swap: it lasts only from when it is fsynced, at the end of what writes to it.
Result<Database> open_staged(const std::string& path);

// From an archive, or from a database that a restore replaced. Errors: those of reading an archive (runtime/archive_reader.hpp);
// ArchiveDiffers (not the sha256 that was named), NotADatabase, DatabaseCorrupt, SchemaNewer, ForeignSchema, WrongMasterKey,
// MasterKeyNotConfigured, NotReplaced (it is the live one), NoSpace, CannotWrite, Cancelled.
Result<Staged> stage(const StageWish& wish, const KeyRing& ring, JobProgress& progress,
                     std::span<const MigrationStep> steps = migration_steps());

}  // namespace argos
