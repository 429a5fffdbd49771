// SPDX-License-Identifier: Apache-2.0
// `export` and `delete`: everything as manifests that can be applied again; and one object gone.
#include <algorithm>
#include <iostream>

#include "cli/app.hpp"
#include "cli/client.hpp"
#include "cli/commands.hpp"
#include "cli/kinds.hpp"
#include "cli/objects.hpp"
#include "model/text.hpp"

namespace argos {
namespace {

// In the order in which they are applied, whatever was typed.
Result<std::vector<Kind>> kinds_of(const std::vector<std::string>& words) {
  std::vector<Kind> typed, out;
  for (const auto& word : words) {
    const auto kind = desired_kind(word);
    if (!kind) return kind.error();
    typed.push_back(*kind);
  }
  for (const auto& names : desired_kinds()) {
    if (typed.empty() || std::ranges::find(typed, names.kind) != typed.end()) out.push_back(names.kind);
  }
  return out;
}

// A row that makes no sense has no manifest: to write its defaults instead would be a lie.
bool is_sound(const boost::json::value& object) {
  const auto wrong = row_errors(object);
  if (wrong.empty()) return true;
  complain(to_string(key_of(object)) + " is left out, its row makes no sense: " + wrong);
  return false;
}

void print_all(Format format, const boost::json::array& objects) {
  if (format == Format::json) {
    boost::json::array manifests;
    for (const auto& object : objects) manifests.push_back(manifest_of(object));
    return print(Format::json, boost::json::object{{"items", std::move(manifests)}});
  }
  for (const auto& object : objects) std::cout << (&object == objects.begin() ? "" : "---\n") << manifest_text(object);
}

}  // namespace

int export_objects(const ExportOptions& options) {
  const auto kinds = kinds_of(options.kinds);
  if (!kinds) return misused(kinds.error());
  const auto client = make_client("argos export");
  if (!client) return misused(client.error());
  boost::json::array sound;
  bool all = true;
  for (const auto kind : *kinds) {
    const auto answer = client->get(path_of({kind, ""}));
    if (!answer) return fail(answer.error());
    for (const auto& object : list_at(*answer, {"items"})) {
      if (text_at(object, {"metadata", "managedBy"}) == "system") continue;  // the environment makes it
      if (is_sound(object))
        sound.push_back(object);
      else
        all = false;
    }
  }
  print_all(options.format, sound);
  return all ? kDone : kFailed;
}

int delete_object(const ObjectOptions& options) {
  const auto key = parse_object(options.kind, options.name);
  if (!key) return misused(key.error());
  const auto client = make_client("argos delete");
  if (!client) return misused(client.error());
  const auto answer = client->erase(path_of(*key));
  if (!answer) {
    auto error = answer.error();
    if (error.reason == "NotFound")
      error.hint = "`argos get " + std::string(names_of(key->kind).plural) + "` lists what there is";
    return fail(error);
  }
  std::cout << to_string(*key) << " deleted\n";
  return kDone;
}

}  // namespace argos
