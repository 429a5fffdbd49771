// SPDX-License-Identifier: Apache-2.0
// `status`: every controller, every object in trouble, what is suspended, every error in the manifests.
#include <iostream>

#include "cli/app.hpp"
#include "cli/client.hpp"
#include "cli/commands.hpp"
#include "cli/kinds.hpp"
#include "model/kind.hpp"

namespace argos {
namespace {

// Objects that are not Ready; none where the database is not there: the controllers say why.
boost::json::array objects_not_ready(const Client& client) {
  boost::json::array out;
  for (const auto& names : desired_kinds()) {
    const auto answer = client.get(path_of({names.kind, ""}));
    if (!answer) continue;
    for (const auto& object : list_at(*answer, {"items"})) {
      const auto* const ready = condition_at(list_at(object, {"status", "conditions"}), "Ready");
      if (ready != nullptr && text_at(*ready, {"status"}) == "True") continue;
      out.push_back({{"object", to_string(Key{names.kind, text_at(object, {"metadata", "name"})})},
                     {"status", ready == nullptr ? "Unknown" : text_at(*ready, {"status"})},
                     {"reason", ready == nullptr ? "Pending" : text_at(*ready, {"reason"})},
                     {"message", ready == nullptr ? "no controller has looked at it yet" : text_at(*ready, {"message"})}});
    }
  }
  return out;
}

boost::json::array manifest_errors(const Client& client) {
  boost::json::array out;
  const auto report = client.get("/api/v1/manifests");
  if (!report) return out;
  const auto folder = text_at(*report, {"folder"});
  for (const auto& file : list_at(*report, {"files"})) {
    for (const auto& error : list_at(file, {"errors"})) {
      auto one = error.is_object() ? error.get_object() : boost::json::object{};
      one["file"] = folder + "/" + text_at(file, {"file"});
      out.push_back(std::move(one));
    }
  }
  return out;
}

void print_controllers(const boost::json::array& controllers) {
  Table table({"CONTROLLER", "READY", "REASON", "OBJECTS NOT READY", "MESSAGE"});
  for (const auto& controller : controllers) {
    const auto* const ready = condition_at(list_at(controller, {"conditions"}), "Ready");
    const boost::json::value none;
    const auto& shown = ready == nullptr ? none : *ready;
    table.add({text_at(controller, {"name"}), ready == nullptr ? "Unknown" : text_at(shown, {"status"}),
               text_at(shown, {"reason"}), text_at(controller, {"objectsNotReady"}), text_at(shown, {"message"})});
  }
  print(table);
}

void print_objects(const boost::json::array& objects) {
  if (objects.empty()) return;
  Table table({"OBJECT", "READY", "REASON", "MESSAGE"});
  for (const auto& one : objects)
    table.add({text_at(one, {"object"}), text_at(one, {"status"}), text_at(one, {"reason"}), text_at(one, {"message"})});
  std::cout << "\n";
  print(table);
}

void print_manifest_errors(const boost::json::array& errors) {
  if (errors.empty()) return;
  Table table({"MANIFEST", "ERROR", "HINT"});
  for (const auto& one : errors) {
    const auto line = text_at(one, {"line"});
    const auto place = line.empty() || line == "0" ? "" : ":" + line + ":" + text_at(one, {"column"});
    table.add({text_at(one, {"file"}) + place, text_at(one, {"message"}), text_at(one, {"hint"})});
  }
  std::cout << "\n";
  print(table);
}

// What doctor's checks found, as far as argos makes them while it runs: a disk that fills up stops no controller, yet.
void print_surroundings(const boost::json::array& controllers) {
  Table table({"SURROUNDINGS", "REASON", "MESSAGE"});
  bool well = true;
  for (const auto& controller : controllers) {
    if (text_at(controller, {"name"}) != "surroundings") continue;
    for (const auto& condition : list_at(controller, {"conditions"})) {
      const auto type = text_at(condition, {"type"});
      if (type == "Ready" || type == "Stalled" || text_at(condition, {"status"}) != "False") continue;
      table.add({type, text_at(condition, {"reason"}), text_at(condition, {"message"})});
      well = false;
    }
  }
  if (well) return;
  std::cout << "\n";
  print(table);
}

}  // namespace

int status(Format format) {
  const auto client = make_client();
  if (!client) {
    complain(client.error().text());
    return kUsage;
  }
  auto answer = client->get("/api/v1/status");
  if (!answer) return fail(answer.error());
  auto objects = objects_not_ready(*client);
  auto errors = manifest_errors(*client);
  const auto drifted = client->get("/api/v1/drift");
  auto suspended = drifted ? list_at(*drifted, {"suspended"}) : boost::json::array();
  if (format == Format::table) {
    print_controllers(list_at(*answer, {"controllers"}));
    print_surroundings(list_at(*answer, {"controllers"}));
    print_objects(objects);
    print_suspended(suspended);
    print_manifest_errors(errors);
  } else if (answer->is_object()) {
    answer->get_object()["objects"] = std::move(objects);
    answer->get_object()["suspended"] = std::move(suspended);
    answer->get_object()["manifestErrors"] = std::move(errors);
    print(format, *answer);
  }
  return text_at(*answer, {"ready"}) == "true" ? kDone : kFailed;
}

}  // namespace argos
