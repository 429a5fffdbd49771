// SPDX-License-Identifier: Apache-2.0
// The files that a restore goes by: the marker, why the last one was refused, where the new database is prepared, and the databases
// that were replaced.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/condition.hpp"
#include "model/restore_marker.hpp"
#include "runtime/config.hpp"

namespace argos {

struct RestorePlaces {
  std::string data_folder, database, backups;

  static RestorePlaces of(const Config& config) { return {config.data_dir, config.db_path, config.backup_dir}; }
  std::string marker() const { return data_folder + "/.restore_pending"; }
  std::string failed() const { return data_folder + "/.restore_failed"; }
  std::string staging() const { return database + ".restore-staging"; }  // a folder, on the database's own file system
  std::string staged() const { return staging() + "/argos.db"; }
  // The archive that a marker names: as it is, or in the folder of archives.
  std::string archive(const RestoreMarker& marker) const;
};

// A new wish, with an id of its own.
RestoreMarker new_marker(std::string archive, std::string by, WallTime now);

// None: nothing is wanted. Error: what lies there is no marker.
Result<std::optional<RestoreMarker>> read_marker(const RestorePlaces& places);
Result<> write_marker(const RestorePlaces& places, const RestoreMarker& marker);

struct RestoreRefusal {
  std::string reason, message, hint, archive, at;
};
BOOST_DESCRIBE_STRUCT(RestoreRefusal, (), (reason, message, hint, archive, at))
std::optional<RestoreRefusal> read_refusal(const RestorePlaces& places);
// Into .restore_failed; then the marker goes.
Result<> refuse_restore(const RestorePlaces& places, const RestoreRefusal& refusal);
// Done, or taken back: marker, .restore_failed where `all`, and what was prepared go.
Result<> end_restore(const RestorePlaces& places, bool all);

// Of the databases that a restore replaced the newest first.
std::vector<std::string> before_restore_files(const RestorePlaces& places);
// Named as such, and the live one still: a restore was ended just before the new one took its place.
std::vector<std::string> second_names(const RestorePlaces& places);
bool is_same_file(const std::string& one, const std::string& other);

}  // namespace argos
