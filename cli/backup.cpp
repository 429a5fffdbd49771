// SPDX-License-Identifier: Apache-2.0
// `backup now | list | verify | prune`, and what `get` and `describe` say of archives.
#include <iostream>
#include <thread>

#include <spdlog/fmt/fmt.h>

#include "cli/app.hpp"
#include "cli/client.hpp"
#include "cli/commands.hpp"
#include "cli/kinds.hpp"
#include "cli/progress.hpp"
#include "model/text.hpp"

namespace argos {
namespace {

constexpr std::chrono::milliseconds kPause{150};
constexpr auto kBackups = "/api/v1/backups";

std::string status_at(const boost::json::value& object, std::string_view type) {
  const auto* const held = condition_at(list_at(object, {"status", "conditions"}), type);
  if (held == nullptr) return "Unknown";
  const auto status = text_at(*held, {"status"});
  return status == "True" ? status : status + " " + text_at(*held, {"reason"});
}

std::string size_at(const boost::json::value& object) {
  return bytes_text(static_cast<std::uint64_t>(std::max<std::int64_t>(0, number_at(object, {"status", "sizeBytes"}))));
}

void print_backups(Format format, const boost::json::array& items) {
  Table table({"NAME", "KIND", "ORIGIN", "CREATED", "SIZE", "VERIFIED", "DECRYPTABLE", "NOTE"});
  for (const auto& item : items) {
    table.add({text_at(item, {"metadata", "name"}), text_at(item, {"spec", "kind"}), text_at(item, {"status", "origin"}),
               text_at(item, {"status", "createdAt"}), size_at(item), status_at(item, "Verified"),
               status_at(item, "Decryptable"), shown(text_at(item, {"spec", "note"}), 40)});
  }
  print_list(format, table, items);
}

// Until it has ended, however long it takes.
Result<boost::json::value> follow(const Client& client, const std::string& id) {
  PhaseBar bar;
  for (;;) {
    auto request = client.get("/api/v1/requests/" + id);
    if (!request) return request;
    if (!text_at(*request, {"finishedAt"}).empty()) return request;
    if (const auto phase = text_at(*request, {"progress", "phase"}); !phase.empty())
      bar.show(phase, number_at(*request, {"progress", "doneBytes"}), number_at(*request, {"progress", "totalBytes"}));
    std::this_thread::sleep_for(kPause);  // between two looks
  }
}

int told(const BackupOptions& options, const boost::json::value& request) {
  const bool done = text_at(request, {"state"}) == "done";
  if (options.format != Format::table) {
    print(options.format, request);
    return done ? kDone : kFailed;
  }
  const auto message = shown(text_at(request, {"message"}), 2000);
  if (!done) return fail({text_at(request, {"reason"}), text_at(request, {"reason"}) + ": " + message, ""});
  std::cout << message << "\n";
  return kDone;
}

int ask_and_follow(const BackupOptions& options, const char* command, const std::string& path,
                   const boost::json::object& body) {
  const auto client = make_client(command);
  if (!client) return misused(client.error());
  const auto asked = client->post(path, body);
  if (!asked) return fail(asked.error());
  const auto ended = follow(*client, text_at(*asked, {"id"}));
  if (!ended) return fail(ended.error());
  return told(options, *ended);
}

std::string path_of_backup(const std::string& name) { return path_of({Kind::backup, name}); }

}  // namespace

int backup_now(const BackupOptions& options) {
  boost::json::object body;
  if (!options.note.empty()) body["note"] = options.note;
  return ask_and_follow(options, "argos backup now", kBackups, body);
}

int backup_verify(const BackupOptions& options) {
  if (options.name.empty() != options.all)
    return misused({"Invalid", "which archive?", "write a name of `argos backup list`, or --all"});
  const auto path = options.all ? std::string(kBackups) + "/verify" : path_of_backup(options.name) + "/verify";
  return ask_and_follow(options, "argos backup verify", path, {});
}

int backup_list(const BackupOptions& options) {
  const auto client = make_client("argos backup list");
  if (!client) return misused(client.error());
  const auto answer = client->get(kBackups);
  if (!answer) return fail(answer.error());
  print_backups(options.format, list_at(*answer, {"items"}));
  return kDone;
}

int backup_prune(const BackupOptions& options) {
  if (!options.dry_run) return ask_and_follow(options, "argos backup prune", std::string(kBackups) + "/prune", {});
  const auto client = make_client("argos backup prune");
  if (!client) return misused(client.error());
  const auto answer = client->post(std::string(kBackups) + "/prune?dryRun=true", boost::json::object{});
  if (!answer) return fail(answer.error());
  Table table({"NAME", "ACTION", "REASON"});
  for (const auto& item : list_at(*answer, {"items"}))
    table.add({text_at(item, {"name"}), text_at(item, {"action"}), text_at(item, {"reason"})});
  print_list(options.format, table, list_at(*answer, {"items"}));
  return kDone;
}

bool is_backup_word(std::string_view word) {
  const auto kind = lower(word.substr(0, word.find('/')));
  return kind == "backup" || kind == "backups";
}

int get_backups(const std::string& name, Format format) {
  BackupOptions options;
  options.format = format;
  if (name.empty()) return backup_list(options);
  const auto client = make_client();
  if (!client) return misused(client.error());
  const auto answer = client->get(path_of_backup(name));
  if (!answer) return fail(answer.error());
  if (format == Format::table)
    print_backups(format, {*answer});
  else
    print(format, *answer);
  return kDone;
}

int describe_backup(const std::string& name, Format format) {
  if (name.empty()) return misused({"NameRequired", "which of the backups?", "`argos backup list` lists them"});
  return get_backups(name, format == Format::table ? Format::yaml : format);
}

}  // namespace argos
