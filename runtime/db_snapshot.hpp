// SPDX-License-Identifier: Apache-2.0
// A copy of the database as it is at one moment, made while others write, and whether that copy is sound. Blocks: for workers.
#pragma once

#include <string>

#include "runtime/database.hpp"
#include "runtime/job_progress.hpp"

namespace argos {

// A file beside the database, gone with this. In the data folder, never where the archives are: SQLite locks what it writes, and that
// folder may be on NFS.
class DatabaseSnapshot {
 public:
  static Result<DatabaseSnapshot> take(const std::string& database, JobProgress& progress);
  DatabaseSnapshot(DatabaseSnapshot&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  DatabaseSnapshot& operator=(DatabaseSnapshot&&) = delete;
  ~DatabaseSnapshot();

  const std::string& path() const { return path_; }

 private:
  explicit DatabaseSnapshot(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

// What a killed run left behind.
void remove_snapshot_leftovers(const std::string& database);

// integrity_check and foreign_key_check. The error: SnapshotUnsound.
Result<> check_sound(Database& snapshot);

// NoSpace where fewer bytes than that are free for this process on the folder's disk.
Result<> check_free_space(const std::string& folder, std::uint64_t bytes);

}  // namespace argos
