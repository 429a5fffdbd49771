// SPDX-License-Identifier: Apache-2.0
#include "controllers/backup_proof.hpp"

#include <algorithm>
#include <filesystem>

#include <spdlog/spdlog.h>

#include "controllers/restore_stage.hpp"
#include "model/caddy_config.hpp"
#include "runtime/db_snapshot.hpp"
#include "runtime/rows.hpp"
#include "runtime/version.hpp"

namespace argos {
namespace {

Result<int> schema_of(Database& snapshot) {
  const auto version = snapshot.number("SELECT coalesce(max(version), 0) FROM schema_migrations");
  if (!version) return version.error();
  return static_cast<int>(*version);
}

Result<> proven(Database& snapshot) {
  if (auto sound = check_sound(snapshot); !sound) return sound;
  const auto version = schema_of(snapshot);
  if (!version) return version.error();
  if (*version > schema_version())
    return Error{"SchemaNewer", fmt::format("the database has schema version {}, this argos knows versions up to {}", *version,
                                            schema_version())};
  if (*version < schema_version()) return {};  // its rows are not this program's yet
  const auto desired = read_desired(snapshot);
  if (!desired) return desired.error();
  (void)render(*desired, CaddyAbilities{}, CaddySurroundings{});
  return {};
}

std::string trial_folder(const std::string& database) { return database + ".trial"; }

// A folder beside the database, gone with this.
class TrialFolder {
 public:
  explicit TrialFolder(std::string database) : database_(std::move(database)) {}
  ~TrialFolder() { remove_trial_leftovers(database_); }
  TrialFolder(const TrialFolder&) = delete;
  TrialFolder& operator=(const TrialFolder&) = delete;
  std::string path() const { return trial_folder(database_); }

 private:
  std::string database_;
};

int schema_in(const std::string& path) {
  constexpr int kBusyMilliseconds = 2000;
  auto database = Database::open(path, Database::Mode::read_only, kBusyMilliseconds);
  const auto version = database ? schema_of(*database) : Result<int>(0);
  return version ? *version : 0;
}

}  // namespace

SnapshotProof snapshot_proof() { return proven; }

SnapshotProof with_secrets(SnapshotProof proof, const KeyRing& ring, std::shared_ptr<SecretsTried> into) {
  return [proof = std::move(proof), &ring, into = std::move(into)](Database& snapshot) -> Result<> {
    if (auto sound = proof(snapshot); !sound) return sound;
    auto tried = try_secrets(snapshot, ring);
    if (tried) *into = std::move(*tried);
    return tried ? Result<>() : tried.error();
  };
}

Result<SecretsTried> secrets_in(const BackupPlaces& places, const BackupRow& row, const KeyRing& ring, JobProgress& progress) {
  constexpr std::uint64_t kSpare = 64U << 20U;  // for others, and for what a migration adds
  const TrialFolder trial(places.database);
  const auto beside = std::filesystem::path(places.database).parent_path();
  const auto bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(0, row.db_bytes));
  if (auto room = check_free_space(beside.string(), 2 * bytes + kSpare); !room) return room.error();
  StageWish wish;
  wish.places = {beside.string(), places.database, places.folder};
  wish.marker.archive = places.folder + "/" + row.filename;
  wish.marker.without_secrets = true;  // the question is which of them open
  wish.into = trial.path() + "/argos.db";
  wish.keep_id = false;
  const auto staged = stage(wish, ring, progress);
  if (!staged) return staged.error();
  auto database = Database::open(wish.into, Database::Mode::read_only);
  if (!database) return database.error();
  return try_secrets(*database, ring);
}

void remove_trial_leftovers(const std::string& database) {
  std::error_code none;
  std::filesystem::remove_all(trial_folder(database), none);
}

ArchiveJob archive_job(const BackupPlaces& places, BackupKind kind, const std::string& master_key_id, WallTime now) {
  ArchiveJob out;
  out.database = places.database;
  out.folder = places.folder;
  out.caddy_data = places.caddy_data;
  out.never = places.never;
  out.metadata.argos_version = version();
  out.metadata.git_commit = git_commit();
  out.metadata.schema_version = schema_version();
  out.metadata.kind = kind;
  out.metadata.created_at = to_rfc3339(now);
  out.metadata.master_key_id = master_key_id;
  out.proof = snapshot_proof();
  return out;
}

void MadeBefore::add(WrittenArchive archive) {
  const std::lock_guard lock(mutex_);
  archives_.push_back(std::move(archive));
}

std::vector<WrittenArchive> MadeBefore::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(archives_, {});
}

BeforeUpgrade backup_before_upgrade(BackupPlaces places, std::string master_key_id, const Clock& clock,
                                    std::shared_ptr<MadeBefore> made) {
  return [places = std::move(places), id = std::move(master_key_id), &clock, made = std::move(made)](int from,
                                                                                                     int to) -> Result<> {
    const auto now = clock.wall();
    auto job = archive_job(places, BackupKind::pre_upgrade, id, now);
    job.name = free_archive_name(places.folder, now);
    job.metadata.schema_version = schema_in(places.database);
    job.metadata.note = fmt::format("before schema {} -> {}", from, to);
    JobProgress progress;
    auto written = write_archive(job, progress);
    if (!written) return written.error();
    spdlog::info("migrations: {} holds the database as it was", written->name);
    made->add(std::move(*written));
    return {};
  };
}

}  // namespace argos
