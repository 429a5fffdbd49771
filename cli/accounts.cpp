// SPDX-License-Identifier: Apache-2.0
#include "cli/accounts.hpp"

#include <filesystem>

#include <unistd.h>

#include "cli/client.hpp"
#include "cli/output.hpp"
#include "model/text.hpp"
#include "runtime/store.hpp"
#include "runtime/user.hpp"

namespace argos {
namespace {

constexpr std::chrono::milliseconds kPatience{5'000};

Result<> knows_accounts(Database& database) {
  const auto found = database.number("SELECT count(*) FROM sqlite_schema WHERE name = 'users'");
  if (!found) return found.error();
  if (*found > 0) return {};
  return Error{"SchemaOlder", "the database is of an argos that knew no users",
               "start this argos once: it brings it up to date", Retry::never};
}

Result<> with_store(const std::function<Result<>(Store&)>& job) {
  const auto config = read_config(client_environment());
  if (!config) return config.error();
  std::error_code ignored;
  if (!std::filesystem::exists(config->db_path, ignored)) {
    return Error{"NoDatabase", config->db_path + " is not there: argos has not run here yet",
                 "start argos once, or name its data folder in ARGOS_DATA_DIR", Retry::never};
  }
  Store store(config->db_path, config->data_dir);
  if (auto opened = store.open(kPatience); !opened) return opened;
  return job(store);
}

}  // namespace

Result<> write_accounts(const std::string& command, const AccountsJob& job) {
  return with_store([&](Store& store) -> Result<> {
    if (auto known = store.read(knows_accounts); !known) return known;
    return store.write(Actor{user_name(::geteuid()), command}, job);
  });
}

Result<> read_accounts(const AccountsJob& job) {
  return with_store([&](Store& store) {
    return store.read([&](Database& database) -> Result<> {
      if (auto known = knows_accounts(database); !known) return known;
      return job(database);
    });
  });
}

int fail_or_misused(const Error& error) { return error.reason == "Invalid" ? misused(error) : fail(error); }

Result<> typed_well(const FieldErrors& errors) {
  if (errors.empty()) return {};
  return Error{"Invalid", errors.front().message, errors.front().hint, Retry::never};
}

Result<Role> typed_role(const std::string& word) {
  if (const auto role = role_from(word)) return *role;
  return Error{"Invalid", "'" + shown(word) + "' is no role", "use viewer, operator or admin", Retry::never};
}

}  // namespace argos
