// SPDX-License-Identifier: Apache-2.0
// `key check`, `key accept`: asked of the running argos, whose keys count; where none runs, of the environment and the database.
#include <filesystem>
#include <iostream>

#include <unistd.h>

#include <boost/json.hpp>
#include <spdlog/fmt/fmt.h>

#include "cli/accounts.hpp"
#include "cli/app.hpp"
#include "cli/client.hpp"
#include "cli/commands.hpp"
#include "cli/key.hpp"
#include "runtime/key_report.hpp"
#include "runtime/lock.hpp"
#include "runtime/store.hpp"

namespace argos {
namespace {

using Answer = Result<boost::json::value>;

bool is_there(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

Secrets secrets_of(const Config& config) { return Secrets(KeyRing(config.master_key, config.master_key_previous)); }

Answer accept_here(const Config& config) {
  const auto secrets = secrets_of(config);
  const auto lock = Lock::take(config.lock_path());
  if (!lock) return lock.error();
  bool news = false;
  if (is_there(config.db_path)) {
    Store store(config.db_path, config.data_dir);
    if (auto opened = store.open(); !opened) return opened.error();
    const auto by = fmt::format("uid {}", ::geteuid());
    const auto done = store.write([&](Database& database) -> Result<> {
      const auto accepted = secrets.accept(database, by);
      if (!accepted) return accepted.error();
      news = *accepted;
      return {};
    });
    if (!done) return done.error();
  }
  return boost::json::value{{"key", secrets.ring().current_id()}, {"changed", news}};
}

template <class Ask>
Answer ask_or(const Ask& ask, Answer (*here)(const Config&)) {
  const auto config = read_config(client_environment());
  if (!config) return config.error();
  const Client client(config->socket_path(), "argos key");
  auto answer = ask(client);
  if (!answer && answer.error().reason == "NotRunning") return here(*config);
  return answer;
}

void print_report(const boost::json::value& report) {
  Table keys({"KEY", "ROLE", "ROWS", "HISTORY", "ARCHIVES"});
  for (const auto& key : list_at(report, {"keys"})) {
    const auto id = text_at(key, {"id"});
    keys.add({id.empty() ? "-" : id, text_at(key, {"role"}), text_at(key, {"rows"}), text_at(key, {"history"}),
              text_at(key, {"archives"})});
  }
  if (!keys.empty()) print(keys);
  Table items({"OBJECT", "FIELD", "KEY", "ROWS", "HISTORY", "WHY"});
  for (const auto& item : list_at(report, {"items"})) {
    items.add({text_at(item, {"kind"}) + "/" + text_at(item, {"name"}), text_at(item, {"field"}), text_at(item, {"key"}),
               text_at(item, {"rows"}), text_at(item, {"history"}), text_at(item, {"reason"})});
  }
  if (!items.empty()) print(items);
  const Error verdict(text_at(report, {"verdict", "reason"}), text_at(report, {"verdict", "message"}),
                      text_at(report, {"verdict", "hint"}));
  std::cout << verdict.text() << "\n";
}

}  // namespace

Answer keys_here(const Config& config) {
  const auto secrets = secrets_of(config);
  const auto found = look_at_keys(config.db_path, secrets);
  if (!found) return found.error();
  return boost::json::value(key_report(*found, secrets.ring()));
}

int check_key(Format format) {
  const auto report = ask_or([](const Client& client) { return client.get("/api/v1/keys"); }, keys_here);
  if (!report) return fail_or_misused(report.error());
  format == Format::table ? print_report(*report) : print(format, *report);
  return text_at(*report, {"verdict", "status"}) == "False" ? kDifferent : kDone;
}

int accept_key(Format format) {
  const auto answer =
      ask_or([](const Client& client) { return client.post("/api/v1/keys/accept", boost::json::object{}); }, accept_here);
  if (!answer) return fail_or_misused(answer.error());
  if (format != Format::table) {
    print(format, *answer);
  } else if (text_at(*answer, {"changed"}) == "true") {
    std::cout << "secrets are sealed under the master key " << text_at(*answer, {"key"})
              << " from now on; what lies sealed under another stays unreadable until it is entered again\n";
  } else {
    std::cout << "nothing to accept: nothing lies sealed that the configured keys could not have sealed\n";
  }
  return kDone;
}

}  // namespace argos
