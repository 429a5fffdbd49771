// SPDX-License-Identifier: Apache-2.0
// `diff`: manifests against what the running argos has, or what one revision changed.
#include <set>

#include "cli/app.hpp"
#include "cli/client.hpp"
#include "cli/commands.hpp"
#include "cli/gather.hpp"
#include "cli/kinds.hpp"
#include "cli/objects.hpp"
#include "model/schema.hpp"
#include "model/text.hpp"
#include "model/unified_diff.hpp"

namespace argos {
namespace {

using Held = std::map<Key, boost::json::value>;

// The running argos' objects of the kinds that are asked about.
Result<Held> read_held(const Client& client, const std::vector<ManifestObject>& objects) {
  std::set<Kind> kinds;
  for (const auto& object : objects) kinds.insert(object.key.kind);
  Held out;
  for (const auto kind : kinds) {
    const auto answer = client.get(path_of({kind, ""}));
    if (!answer) return answer.error();
    for (const auto& object : list_at(*answer, {"items"})) out[{kind, text_at(object, {"metadata", "name"})}] = object;
  }
  return out;
}

// In full, as argos would print it once it has it.
std::string wanted_text(const ManifestObject& object) {
  return readable_text({{"apiVersion", kApiVersion},
                        {"kind", names_of(object.key.kind).manifest},
                        {"metadata", {{"name", object.key.name}}},
                        {"spec", std::visit([](const auto& spec) { return to_json_value(spec); }, object.spec)}});
}

bool differs(const Held& held, const ManifestObject& object) {
  const auto name = to_string(object.key);
  const auto there = held.find(object.key);
  const auto has = there == held.end() ? std::string() : readable_text(there->second);
  const auto diff =
      unified_diff({has, name + " (argos)", there != held.end()},
                   {wanted_text(object), name + " (" + shown(object.file, 200) + ":" + std::to_string(object.at.line) + ")"});
  print_diff(diff);
  // What cannot be read from the row is shown as its default, which the manifest may happen to say.
  const auto wrong = there == held.end() ? std::string() : row_errors(there->second);
  if (!wrong.empty()) complain(name + ": what argos has makes no sense: " + wrong);
  return !diff.empty() || !wrong.empty();
}

int diff_manifests(const DiffOptions& options) {
  const auto gathered = gather(options.paths);
  complain_about(gathered);
  if (gathered.nothing()) return fail({"NoManifests", "there is no manifest (*.yaml, *.yml) in what -f names"});
  const auto client = make_client("argos diff");
  if (!client) return misused(client.error());
  const auto held = read_held(*client, gathered.objects);
  if (!held) return fail(held.error());
  bool any = false;
  for (const auto& object : gathered.objects) any = differs(*held, object) || any;
  if (!gathered.errors.empty()) return kFailed;
  return any ? kDifferent : kDone;
}

int diff_revision(const DiffOptions& options) {
  const auto client = make_client("argos diff");
  if (!client) return misused(client.error());
  const auto revision = client->get("/api/v1/history/" + std::to_string(options.revision));
  if (!revision) return fail(revision.error());
  const auto name = to_string(key_of(*revision)), number = std::to_string(options.revision);
  const auto what = text_at(*revision, {"what"});
  if (what == "suspended" || what == "resumed") {
    complain("with revision " + number + " " + name + " was " + what + ": its fields stayed as they were");
    return kDone;
  }
  const auto& before = revision->at("before");
  const auto& after = revision->at("after");
  if (before.is_null() && after.is_null()) {
    return fail({"NoEarlierForm", "revision " + number + " was made before argos kept earlier forms",
                 "`argos history` shows where they begin"});
  }
  const auto from = text_at(*revision, {"origin"});
  const auto who = text_at(*revision, {"actor"}) + (from.empty() ? "" : ", " + from);
  const auto diff = form_diff(before, name + " (before revision " + number + ")", after,
                              shown(name + " (revision " + number + ", " + text_at(*revision, {"at"}) + ", " + who + ")", 400));
  print_diff(diff);
  return diff.empty() ? kDone : kDifferent;
}

}  // namespace

int diff(const DiffOptions& options) {
  if (options.revision > 0) return diff_revision(options);
  if (!options.paths.empty()) return diff_manifests(options);
  return misused({"Required", "diff what?", "name manifests with -f PATH, or a revision with --revision N"});
}

}  // namespace argos
