// SPDX-License-Identifier: Apache-2.0
// `drift`, `suspend`, `resume`: what was found otherwise than wanted, and what is left alone for hand work.
#include <iostream>

#include "cli/app.hpp"
#include "cli/client.hpp"
#include "cli/commands.hpp"
#include "cli/kinds.hpp"
#include "cli/output.hpp"
#include "model/text.hpp"

namespace argos {
namespace {

constexpr std::size_t kWidest = 40;  // a cell of a value

// "2026-11-23T06:08:47.123Z" -> "2026-11-23 06:08:47"
std::string short_time(std::string text) {
  constexpr std::size_t kSeconds = 19;
  if (text.size() > kSeconds) text.resize(kSeconds);
  if (const auto at = text.find('T'); at != std::string::npos) text[at] = ' ';
  return text;
}

std::string value_of(const boost::json::value& item, std::string_view field) {
  const auto* const value = value_at(item, {field});
  if (value == nullptr || value->is_null()) return "-";
  return shown(value->is_string() ? std::string(value->get_string()) : boost::json::serialize(*value), kWidest);
}

void print_findings(const boost::json::array& items) {
  Table table({"ID", "SURFACE", "PATH", "OBJECT", "WANTED", "FOUND", "ACTION", "FIRST", "LAST", "TIMES", "OPEN"});
  for (const auto& item : items) {
    const auto path = text_at(item, {"path"}), object = text_at(item, {"object"});
    table.add({text_at(item, {"id"}), text_at(item, {"surface"}), path.empty() ? "(all of it)" : path,
               object.empty() ? "-" : object, value_of(item, "wanted"), value_of(item, "found"), text_at(item, {"action"}),
               short_time(text_at(item, {"firstSeen"})), short_time(text_at(item, {"lastSeen"})), text_at(item, {"times"}),
               text_at(item, {"open"}) == "true" ? "yes" : "no"});
  }
  if (table.empty()) {
    std::cout << "no drift was found\n";
  } else {
    print(table);
  }
}

int ask(const SuspendOptions& options, const char* command, const char* path, const char* done, const char* already) {
  const auto key = parse_key(options.name.empty() ? options.kind : options.kind + "/" + options.name);
  if (!key) return misused(key.error());
  if (key->name.empty()) return misused({"Invalid", "name one object or controller", "write KIND NAME or KIND/NAME"});
  const auto client = make_client(command);
  if (!client) return misused(client.error());
  boost::json::object body{{"kind", names_of(key->kind).manifest}, {"name", key->name}};
  if (!options.note.empty()) body["note"] = options.note;
  if (!options.lasts.empty()) body["for"] = options.lasts;
  const auto answer = client->post(path, body);
  if (!answer) return fail(answer.error());
  const auto until = short_time(text_at(*answer, {"until"}));
  std::cout << text_at(*answer, {"object"}) << " " << (text_at(*answer, {"changed"}) == "true" ? done : already)
            << (until.empty() ? "" : " until " + until + " UTC") << "\n";
  return kDone;
}

}  // namespace

void print_suspended(const boost::json::array& suspended) {
  if (suspended.empty()) return;
  Table table({"SUSPENDED", "BY", "SINCE", "UNTIL", "NOTE"});
  for (const auto& one : suspended) {
    const auto until = short_time(text_at(one, {"until"}));
    table.add({text_at(one, {"object"}), text_at(one, {"by"}), short_time(text_at(one, {"since"})),
               until.empty() ? "resumed" : until, text_at(one, {"note"})});
  }
  std::cout << "\n";
  print(table);
}

int drift(Format format) {
  const auto client = make_client();
  if (!client) return misused(client.error());
  const auto answer = client->get("/api/v1/drift");
  if (!answer) return fail(answer.error());
  if (format == Format::table) {
    print_findings(list_at(*answer, {"items"}));
    print_suspended(list_at(*answer, {"suspended"}));
  } else {
    print(format, *answer);
  }
  return number_at(*answer, {"open"}) > 0 ? kDifferent : kDone;
}

int keep_found(const KeepOptions& options) {
  const auto client = make_client("argos drift keep");
  if (!client) return misused(client.error());
  const auto answer = client->post("/api/v1/drift/" + options.id + "/keep?" + (options.dry_run ? "dryRun=true" : "wait=10s"),
                                   boost::json::object{});
  if (!answer) return fail(answer.error());
  if (options.dry_run) {
    std::cout << text_at(*answer, {"caddy", "diff"});
  } else {
    const Key key{kind_from(text_at(*answer, {"kind"})).value_or(Kind::host), text_at(*answer, {"metadata", "name"})};
    std::cout << to_string(key) << " wants it so now\n";
  }
  return kDone;
}

int suspend(const SuspendOptions& options) {
  return ask(options, "argos suspend", "/api/v1/suspend", "suspended", "was suspended already: it stays so");
}

int resume(const SuspendOptions& options) {
  return ask(options, "argos resume", "/api/v1/resume", "resumed", "was not suspended");
}

}  // namespace argos
