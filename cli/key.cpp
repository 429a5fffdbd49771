// SPDX-License-Identifier: Apache-2.0
// `key check` and `key accept`: asked of the running argos; with nothing running, worked out here.
#include <iostream>

#include <boost/json.hpp>

#include "cli/app.hpp"
#include "cli/client.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "runtime/key_report.hpp"
#include "runtime/lock.hpp"
#include "runtime/store.hpp"

namespace argos {
namespace {

Secrets secrets_of(const Config& config) { return Secrets(KeyRing(config.master_key, config.master_key_previous)); }

Result<boost::json::value> look_here(const Config& config) {
  const auto secrets = secrets_of(config);
  auto database = Database::open(config.db_path, Database::Mode::read_only);
  if (!database) return database.error();
  auto report = key_report(*database, secrets);
  if (!report) return report.error();
  return boost::json::value(std::move(*report));
}

Result<boost::json::value> accept_here(const Config& config) {
  const auto lock = Lock::take(config.lock_path());
  if (!lock) return lock.error();
  const auto secrets = secrets_of(config);
  Store store(config.db_path);
  if (auto opened = store.open(); !opened) return opened.error();
  const auto done = store.unguarded([&](Database& database) -> Result<> {
    if (auto begun = database.run("BEGIN IMMEDIATE"); !begun) return begun;
    const auto accepted = secrets.accept(database, "argos key accept");
    if (!accepted) return accepted.error();
    return database.run("COMMIT");
  });
  if (!done) return done.error();
  return look_here(config);
}

int tell(Format format, const boost::json::value& report) {
  if (format != Format::table) {
    print(format, report);
  } else {
    Table table({"KEY", "ROLE", "SEALED VALUES"});
    for (const auto& key : list_at(report, {"keys"}))
      table.add({text_at(key, {"id"}), text_at(key, {"role"}), text_at(key, {"values"})});
    if (!table.empty()) print(table);
    const auto hint = text_at(report, {"hint"});
    std::cout << text_at(report, {"verdict"}) << (hint.empty() ? "" : ": " + hint) << "\n";
  }
  return number_at(report, {"unreadable"}) == 0 ? kDone : kFailed;
}

// Of the running argos, whose keys count; where none runs, of the environment.
int ask_or(Format format, const char* method, const char* target, Result<boost::json::value> (*here)(const Config&)) {
  const auto config = read_config(client_environment());
  if (!config) return misused(config.error());
  const Client client(config->socket_path(), "argos key");
  const boost::json::object nothing;
  const boost::json::value body = nothing;
  const bool get = std::string_view(method) == "GET";
  auto report = get ? client.get(target) : client.post(target, body);
  if (!report && report.error().reason == "NotRunning") report = here(*config);
  if (!report) return fail(report.error());
  return tell(format, *report);
}

}  // namespace

int check_key(Format format) { return ask_or(format, "GET", "/api/v1/keys", look_here); }
int accept_key(Format format) { return ask_or(format, "POST", "/api/v1/keys/accept", accept_here); }

}  // namespace argos
