// SPDX-License-Identifier: Apache-2.0
// Whether a snapshot is worth an archive, and what is done before an upgrade.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "controllers/migrations.hpp"
#include "runtime/archive_writer.hpp"
#include "runtime/backup_rows.hpp"
#include "runtime/clock.hpp"

namespace argos {

// SQLite finds it sound, this argos knows its schema, and, where that is the newest, a configuration for Caddy comes of it.
SnapshotProof snapshot_proof();

// That, and then opens all that lies sealed in it; what came of it stands in `into` when the archive is written. It is no objection to one.
SnapshotProof with_secrets(SnapshotProof proof, const KeyRing& ring, std::shared_ptr<SecretsTried> into);

// Where archives come from and go to.
struct BackupPlaces {
  std::string database, folder, caddy_data;
  std::vector<std::string> never;  // files and folders that are not Caddy's
};

// For an archive of that kind, made now.
ArchiveJob archive_job(const BackupPlaces& places, BackupKind kind, const std::string& master_key_id, WallTime now);

// The same for an archive that is whole. Errors: NoSpace, Cancelled, those of staging a restore.
Result<SecretsTried> secrets_in(const BackupPlaces& places, const BackupRow& row, const KeyRing& ring, JobProgress& progress);
// What a killed run left of that.
void remove_trial_leftovers(const std::string& database);

// Archives that were made before there was a table to note them in. Any thread.
class MadeBefore {
 public:
  void add(WrittenArchive archive);
  std::vector<WrittenArchive> take();

 private:
  std::mutex mutex_;
  std::vector<WrittenArchive> archives_;
};

// For Migrations: one archive of kind pre-upgrade.
BeforeUpgrade backup_before_upgrade(BackupPlaces places, std::string master_key_id, const Clock& clock,
                                    std::shared_ptr<MadeBefore> made);

}  // namespace argos
