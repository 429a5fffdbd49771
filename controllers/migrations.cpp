// SPDX-License-Identifier: Apache-2.0
#include "controllers/migrations.hpp"

#include <charconv>
#include <filesystem>

#include <spdlog/spdlog.h>

namespace argos {
namespace embedded {
std::span<const std::pair<std::string_view, std::string_view>> argos_steps();
}
namespace {

// A whole check of a small database takes milliseconds; of a big one seconds, in which nobody would be served.
constexpr std::uintmax_t kLargestToCheck = 64U << 20U;

int number_of(std::string_view file) {
  int number = 0;
  std::from_chars(file.data(), file.data() + file.size(), number);
  return number;
}

Error newer(std::int64_t found, int known) {
  return {"SchemaNewer", fmt::format("the database has schema version {}, this argos knows versions up to {}", found, known),
          "run the argos that wrote it, or restore a backup made before the upgrade", Retry::never};
}

int last_of(std::span<const MigrationStep> steps) { return steps.empty() ? 0 : number_of(steps.back().first); }

}  // namespace

int step_number(const MigrationStep& step) { return number_of(step.first); }

Result<int> schema_version_of(Database& database) {
  const auto has_table = database.number("SELECT count(*) FROM sqlite_schema WHERE name = 'schema_migrations'");
  if (!has_table) return has_table.error();
  if (*has_table == 0) return 0;
  const auto version = database.number("SELECT coalesce(max(version), 0) FROM schema_migrations");
  if (!version) return version.error();
  return static_cast<int>(*version);
}

namespace {

// Its schema version; 0 where there is nothing yet. On a worker, through a read-only connection, before anything opens the file for writing.
Result<int> check_file(const std::string& path, int known) {
  std::error_code failed;
  const auto size = std::filesystem::file_size(path, failed);
  if (failed || size == 0) return 0;
  constexpr int kBusyMilliseconds = 2000;
  auto database = Database::open(path, Database::Mode::read_only, kBusyMilliseconds);
  if (!database) return database.error();
  const auto version = schema_version_of(*database);
  if (!version) return version.error();
  if (*version > known) return newer(*version, known);
  if (size > kLargestToCheck) return version;
  const auto rows = database->query("PRAGMA quick_check(1)");
  if (!rows) return rows.error();
  const std::string found(rows->empty() ? "" : rows->front().begin()->value().as_string());
  if (found == "ok") return version;
  return Error{"DatabaseCorrupt", found, "", Retry::never};
}

Error about_file(Error error, const std::string& path) {
  if (!error.message.starts_with(path)) error.message = fmt::format("{}: {}", path, error.message);
  if (error.reason == "DatabaseCorrupt") error.hint = "restore a backup, or move the file away to begin anew";
  return error;
}

}  // namespace

std::span<const MigrationStep> migration_steps() { return embedded::argos_steps(); }
int schema_version() { return last_of(migration_steps()); }

Result<Migrated> migrate(Database& database, std::span<const MigrationStep> steps) {
  const auto found = schema_version_of(database);
  if (!found) return found.error();
  Migrated out{.from = *found, .to = *found};
  if (out.from > last_of(steps)) return newer(out.from, last_of(steps));
  for (const auto& [file, sql] : steps) {
    const int version = number_of(file);
    if (version <= out.from) continue;
    const auto step = fmt::format(
        "BEGIN IMMEDIATE;\n"
        "CREATE TABLE IF NOT EXISTS schema_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT "
        "NULL) STRICT;\n"
        "{}\n"
        "INSERT INTO schema_migrations VALUES ({}, '{}', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'));\n"
        "COMMIT;",
        sql, version, file);
    if (auto applied = database.script(step); !applied) {
      if (database.in_transaction()) (void)database.run("ROLLBACK");
      Error failed = applied.error();
      failed.message = fmt::format("step {}: {}", file, failed.message);
      if (failed.reason == "DatabaseError")
        failed = {"StepFailed", failed.message, "the database is as it was before this step", Retry::backoff};
      return failed;
    }
    out.to = version;
    ++out.applied;
  }
  return out;
}

Result<> Migrations::open_and_migrate() {
  if (auto opened = store_.open(); !opened) return opened;
  Migrated migrated;
  if (auto done = store_.unguarded([&](Database& database) -> Result<> {
        auto result = migrate(database, steps_);
        if (!result) return result.error();
        migrated = *result;
        return {};
      });
      !done) {
    return done;
  }
  if (migrated.applied > 0)
    spdlog::info("migrations: schema {} -> {} ({} steps)", migrated.from, migrated.to, migrated.applied);
  return {};
}

Task<Result<>> Migrations::check() {
  const int known = last_of(steps_);
  auto look = [path = store_.path(), known] { return check_file(path, known); };
  const auto version = co_await workers_.run(std::move(look));
  if (!version) co_return version.error();
  if (*version > 0 && *version < known && before_ && !prepared_) {
    spdlog::info("migrations: a backup before the schema goes from {} to {}", *version, known);
    auto prepare = [before = before_, from = *version, known] { return before(from, known); };
    const auto done = co_await workers_.run(std::move(prepare));
    if (!done) {
      const auto& why = done.error();
      co_return Error{"PreUpgradeBackupFailed",
                      fmt::format("the backup before the upgrade failed, so the database is left as it is: {}: {}", why.reason,
                                  why.message),
                      why.hint.empty() ? "put that right, or run the argos that wrote the database" : why.hint};
    }
    prepared_ = true;
  }
  checked_ = true;
  co_return Result<>{};
}

Task<Result<Next>> Migrations::reconcile(const Key&) {
  if (!store_.not_ready()) co_return Next::on_change();
  if (!checked_) {
    if (auto whole = co_await check(); !whole) co_return about_file(whole.error(), store_.path());
  }
  if (auto done = open_and_migrate(); !done) {
    store_.close();
    checked_ = false;
    co_return about_file(done.error(), store_.path());
  }
  store_.set_ready(true);
  co_return Next::on_change();
}

}  // namespace argos
