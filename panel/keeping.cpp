// SPDX-License-Identifier: Apache-2.0
#include "panel/keeping.hpp"

#include <boost/json.hpp>

#include "panel/manifest_report.hpp"
#include "panel/object_json.hpp"
#include "runtime/rows.hpp"

namespace argos {
namespace {

using boost::json::object;
using Kept = boost::system::result<Keeping, Problem>;

Problem cannot(const Error& why) { return {409, why.reason, why.message, why.hint, {}, {}}; }

std::optional<Key> object_of(const object& item) {
  const auto* const text = item.at("object").if_string();
  if (text == nullptr) return std::nullopt;
  const std::string_view name = *text;
  const auto slash = std::min(name.find('/'), name.size());
  const auto kind = kind_from(name.substr(0, slash));
  if (!kind || slash == name.size()) return std::nullopt;
  return Key{*kind, std::string(name.substr(slash + 1))};
}

// Whoever keeps something in an object must be the one who writes it.
std::optional<Problem> not_ours(const PanelContext& context, const Meta& meta, Kind kind) {
  auto problem = who_forbids(context, meta, kind);
  if (!problem || problem->reason != "ManagedByManifest") return problem;
  const auto line = line_in_manifest(context.reports, meta.owner, {kind, meta.name});
  const auto where = line.is_null() ? "" : "line " + boost::json::serialize(line) + " of ";
  problem->hint = "to keep what was found, edit " + where + context.config.manifests_dir + "/" + meta.owner;
  return problem;
}

// Of a manifest's object: what was found is what lies in the database, and its file says otherwise.
template <class Spec>
Result<Kept> of_manifest(const PanelContext& context, Database& database, const std::string& name) {
  const auto held = read_one<Spec>(database, name);
  if (!held) return held.error();
  auto problem = *held ? not_ours(context, (*held)->meta, Spec::kKind) : std::nullopt;
  if (problem) return Kept(*problem);
  return Kept(cannot({"NotAField", "its manifest says otherwise", "write it into the manifest", Retry::never}));
}

template <class Spec>
Result<Kept> under_tag(const PanelContext& context, Database& database, const Object<Spec>& held, Adoption adoption) {
  if (auto problem = not_ours(context, held.meta, Spec::kKind)) return Kept(*problem);
  const auto epoch = read_epoch(database);
  if (!epoch) return epoch.error();
  return Kept(Keeping{std::move(adoption), etag_of(held.meta, to_json_value(held.spec), *epoch)});
}

Result<Kept> of_caddy(const PanelContext& context, Database& database, const object& item, const Key& key) {
  const auto host = read_one<Host>(database, key.name);
  if (!host) return host.error();
  if (!*host) return Kept(cannot({"NotFound", "there is no " + to_string(key) + " any more", "", Retry::never}));
  const auto group = read_one<TargetGroup>(database, (*host)->spec.target_group);
  if (!group) return group.error();
  const auto settings = read_one<Settings>(database, std::string(Settings::kName));
  if (!settings) return settings.error();
  auto adoption = adopt(std::string_view(item.at("path").as_string()), item.at("wanted"), item.at("found"), **host,
                        *group ? &**group : nullptr, *settings ? (*settings)->spec : Settings{});
  if (!adoption) return Kept(cannot(adoption.error()));
  if (adoption->object.kind == Kind::host) return under_tag(context, database, **host, std::move(*adoption));
  return under_tag(context, database, **group, std::move(*adoption));
}

}  // namespace

Result<boost::system::result<Keeping, Problem>> keeping_of(const PanelContext& context, Database& database,
                                                           const object& item) {
  const auto key = object_of(item);
  const auto surface = item.at("surface").as_string();
  if (key && surface == "manifests")
    return with_spec(key->kind, [&]<class Spec>() { return of_manifest<Spec>(context, database, key->name); });
  if (surface == "certificates" || surface == "integrity") {
    return Kept(
        cannot({"NotAField", "it is a file", "to keep what is there, import it as the host's certificate", Retry::never}));
  }
  if (key && key->kind == Kind::host && surface == "caddy") return of_caddy(context, database, item, *key);
  return Kept(cannot({"NotAField", "it belongs to no object: argos makes this part of Caddy's configuration itself",
                      "put it back, or suspend the controller caddy to work by hand", Retry::never}));
}

}  // namespace argos
