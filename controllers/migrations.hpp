// SPDX-License-Identifier: Apache-2.0
// migrations: brings argos.db to this program's schema, or says why it leaves it alone.
//
// Watches nothing but time. Reads the file's state and `schema_migrations`; writes what the numbered steps in steps/ say. Opens the
// store for everybody else: until it is Ready no other controller works, and so Caddy is left as it is. A database that is newer,
// corrupt or read-only is not touched: Ready=False with SchemaNewer, DatabaseCorrupt, DatabaseReadOnly or DatabaseMissing. One of an
// older schema is backed up first (`before`); where that fails it stays as it is: Ready=False with PreUpgradeBackupFailed.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/reconciler.hpp"
#include "runtime/store.hpp"
#include "runtime/workers.hpp"

namespace argos {

// A numbered step: "001_desired_state.sql" and its SQL.
using MigrationStep = std::pair<std::string_view, std::string_view>;

std::span<const MigrationStep> migration_steps();  // those of this program, in order
int schema_version();  // the last one's number

int step_number(const MigrationStep& step);
// 0: it is no database of argos'.
Result<int> schema_version_of(Database& database);

struct Migrated {
  int from = 0;
  int to = 0;
  int applied = 0;
};

// Applies what is missing; each step commits together with its record. A newer database is an error and stays untouched.
Result<Migrated> migrate(Database& database, std::span<const MigrationStep> steps);

// Called on a worker before the schema of a database that was there already is changed. Its error leaves the database as it is.
using BeforeUpgrade = std::function<Result<>(int from, int to)>;

class Migrations final : public Reconciler {
 public:
  Migrations(Store& store, Workers& workers, std::span<const MigrationStep> steps = migration_steps(),
             BeforeUpgrade before = {})
      : store_(store), workers_(workers), steps_(steps), before_(std::move(before)) {}
  std::string_view name() const override { return "migrations"; }
  Task<Result<Next>> reconcile(const Key& key) override;

 private:
  Task<Result<>> check();
  Result<> open_and_migrate();

  Store& store_;
  Workers& workers_;
  std::span<const MigrationStep> steps_;
  BeforeUpgrade before_;
  bool prepared_ = false;  // what comes before an upgrade was done
  bool checked_ = false;  // the file was found whole since it was opened
};

}  // namespace argos
