// SPDX-License-Identifier: Apache-2.0
// `migrate status | rollback`: which schema the database has, and the way back before an upgrade.
#include <filesystem>
#include <iostream>

#include <unistd.h>

#include <boost/json.hpp>

#include "cli/app.hpp"
#include "cli/client.hpp"
#include "cli/commands.hpp"
#include "controllers/migrations.hpp"
#include "runtime/backup_rows.hpp"
#include "runtime/lock.hpp"
#include "runtime/restore_files.hpp"
#include "runtime/user.hpp"

namespace argos {
namespace {

constexpr int kBusyMilliseconds = 2000;

Result<Database> open_database(const Config& config) {
  std::error_code ignored;
  if (std::filesystem::exists(config.db_path, ignored))
    return Database::open(config.db_path, Database::Mode::read_only, kBusyMilliseconds);
  return Error{"NoDatabase", config.db_path + " is not there: argos has not run here yet", "start argos once", Retry::never};
}

boost::json::object row_of(const MigrationStep& step, const Rows& applied) {
  const int version = step_number(step);
  for (const auto& row : applied) {
    if (row.at("version").as_int64() == version)
      return {{"version", version}, {"name", step.first}, {"appliedAt", row.at("applied_at")}};
  }
  return {{"version", version}, {"name", step.first}, {"appliedAt", nullptr}};
}

Result<boost::json::array> steps_of(const Config& config) {
  auto database = open_database(config);
  if (!database) return database.error();
  const auto found = schema_version_of(*database);
  if (!found) return found.error();
  Rows applied;
  if (*found > 0) {
    auto rows = database->query("SELECT version, name, applied_at FROM schema_migrations ORDER BY version");
    if (!rows) return rows.error();
    applied = std::move(*rows);
  }
  boost::json::array out;
  for (const auto& step : migration_steps()) out.push_back(row_of(step, applied));
  if (*found > schema_version())
    return Error{"SchemaNewer",
                 "the database has schema version " + std::to_string(*found) + ", this argos knows versions up to " +
                     std::to_string(schema_version()),
                 "run the argos that wrote it, or `argos migrate rollback`", Retry::never};
  return out;
}

// The newest that was made before an upgrade and is whole.
Result<BackupRow> way_back(const Config& config) {
  auto database = open_database(config);
  if (!database) return database.error();
  const auto rows = read_backups(*database);
  if (!rows) return rows.error();
  for (const auto& row : *rows) {
    if (row.kind == BackupKind::pre_upgrade && row.is_good()) return row;
  }
  return Error{"NoPreUpgradeBackup", "no archive was made before an upgrade here", "`argos backup list` shows what there is",
               Retry::never};
}

}  // namespace

int migrate_status(Format format) {
  const auto config = read_config(client_environment());
  if (!config) return misused(config.error());
  auto steps = steps_of(*config);
  if (!steps) return fail(steps.error());
  Table table({"VERSION", "STEP", "APPLIED"});
  for (const auto& step : *steps) {
    const auto& at = step.at("appliedAt");
    table.add({std::to_string(step.at("version").as_int64()), std::string(step.at("name").as_string()),
               at.is_string() ? std::string(at.as_string()) : "not yet: when argos starts"});
  }
  print_list(format, table, std::move(*steps));
  return kDone;
}

int migrate_rollback() {
  const auto config = read_config(client_environment());
  if (!config) return misused(config.error());
  const auto archive = way_back(*config);
  if (!archive) return fail(archive.error());
  if (const auto alone = Lock::take(config->lock_path()); !alone)
    return fail({"Running", "this argos runs, and would bring the older database up to date again",
                 "end it, then: argos migrate rollback, and start the older argos"});
  auto marker =
      new_marker(config->backup_dir + "/" + archive->filename, user_name(::geteuid()), std::chrono::system_clock::now());
  marker.sha256 = archive->sha256;
  if (auto written = write_marker(RestorePlaces::of(*config), marker); !written) return fail(written.error());
  std::cout << archive->filename << " (schema " << archive->schema_version << ", argos " << archive->argos_version
            << ") is to be restored: start that argos now\n";
  return kDone;
}

}  // namespace argos
