// SPDX-License-Identifier: Apache-2.0
// GET /api/v1/explain: an object's way from where it was written to what Caddy runs, and what was done about it lately. Each step begins
// with a short `answer`; what is not known says so. No secret is in it.
#include <boost/json.hpp>
#include <spdlog/fmt/fmt.h>

#include "model/masked.hpp"
#include "model/schema.hpp"
#include "panel/api.hpp"
#include "panel/manifest_report.hpp"
#include "panel/object_json.hpp"
#include "runtime/revisions.hpp"
#include "runtime/rows.hpp"
#include "runtime/suspensions.hpp"

namespace argos::api {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

// What the database knows, read on one snapshot.
struct Stored {
  bool exists = false;
  Meta meta;
  value spec;
  array errors;
  value revision;  // the last one, also of what is gone; null: none
  value suspended;  // null: it is not
};

template <class Spec>
value readable(const Spec& spec, WallTime) {
  return without_secrets("", to_json_value(spec));
}
value readable(const Certificate& spec, WallTime now) {
  return {{"host", spec.host}, {"certificate", certificate_facts(spec, now)}};
}

template <class Spec>
Result<> read_object_row(Database& database, const std::string& name, WallTime now, Stored& out) {
  const auto held = read_one<Spec>(database, name);
  if (!held) return held.error();
  if (!*held) return {};
  out.exists = true;
  out.meta = (*held)->meta;
  out.spec = readable((*held)->spec, now);
  out.errors = to_json((*held)->errors);
  return {};
}

Result<> read_revision(Database& database, const Key& key, Stored& out) {
  const auto rows = database.query(
      fmt::format("SELECT seq AS revision, what, actor, origin, at FROM changes WHERE {} AND kind = ? AND name = ? "
                  "ORDER BY seq DESC LIMIT 1",
                  kIsRevision),
      cells(names_of(key.kind).table, key.name));
  if (!rows) return rows.error();
  out.revision = nullptr;
  if (!rows->empty()) out.revision = rows->front();
  return {};
}

Result<> read_suspension(Database& database, const Key& key, Stored& out) {
  const auto all = read_suspensions(database);
  if (!all) return all.error();
  out.suspended = nullptr;
  if (const auto held = all->find(key); held != all->end()) {
    const auto& [since, note, actor, until] = held->second;
    out.suspended = {
        {"since", to_rfc3339(since)}, {"until", until ? value(to_rfc3339(*until)) : value()}, {"note", note}, {"actor", actor}};
  }
  return {};
}

Result<Stored> read_stored(PanelContext& context, const Key& key) {
  Stored out;
  const auto read = read_store(context, [&](Database& database) -> Result<> {
    auto row =
        with_spec(key.kind, [&]<class Spec>() { return read_object_row<Spec>(database, key.name, context.clock.wall(), out); });
    if (!row) return row;
    if (auto revision = read_revision(database, key, out); !revision) return revision;
    return read_suspension(database, key, out);
  });
  if (!read) return read.error();
  return out;
}

std::string text_of(const value& from, std::string_view field) {
  const auto* const found = from.is_object() ? from.get_object().if_contains(field) : nullptr;
  if (found == nullptr || found->is_null()) return {};
  return found->is_string() ? std::string(found->get_string()) : boost::json::serialize(*found);
}

// "changed by alice (argos apply) at 2026-11-23T06:08:47Z"
std::string told(const value& revision) {
  if (!revision.is_object()) return "no change of it is on record";
  const auto origin = text_of(revision, "origin");
  auto actor = text_of(revision, "actor");
  if (actor.empty()) actor = "an unknown hand";
  return text_of(revision, "what") + " by " + actor + (origin.empty() ? "" : " (" + origin + ")") + " at " +
         text_of(revision, "at");
}

object origin(const PanelContext& context, const Key& key, const Stored& stored) {
  object out{{"managedBy", enum_text(stored.meta.managed_by)}, {"owner", stored.meta.owner}, {"lastRevision", stored.revision}};
  const auto owned = stored.meta.owner.empty() ? "" : " (" + stored.meta.owner + ")";
  std::string answer = "written by " + enum_text(stored.meta.managed_by) + owned;
  if (stored.meta.managed_by == ManagedBy::manifest) {
    const auto file = context.config.manifests_dir + "/" + stored.meta.owner;
    auto line = line_in_manifest(context.reports, stored.meta.owner, key);
    answer = "the manifest " + file +
             (line.is_null() ? ", which does not declare it in a valid form now" : ":" + boost::json::serialize(line));
    out["file"] = file;
    out["line"] = std::move(line);
  }
  if (stored.meta.managed_by == ManagedBy::system) answer = comes_from_environment(key);
  out["answer"] = answer + "; " + told(stored.revision);
  return out;
}

object row(const Stored& stored) {
  const auto count = stored.errors.size();
  const auto sound = count == 0 ? std::string("sound") : std::to_string(count) + (count == 1 ? " error" : " errors") + " in it";
  return {{"answer", "generation " + std::to_string(stored.meta.generation) + ", " + sound},
          {"generation", stored.meta.generation},
          {"created", stored.meta.created},
          {"spec", stored.spec},
          {"errors", stored.errors}};
}

array pick(const value& view, std::initializer_list<std::string_view> fields) {
  array out;
  const auto* const places = view.is_object() ? view.get_object().if_contains("places") : nullptr;
  if (places == nullptr || !places->is_array()) return out;
  for (const auto& place : places->get_array()) {
    if (!place.is_object()) continue;
    const auto path = text_of(place, "path");
    object one{{"path", path}};
    for (const auto field : fields) {
      const auto* const found = place.get_object().if_contains(field);
      one[field] = found == nullptr || found->is_null() ? value() : found->is_bool() ? *found : without_secrets(path, *found);
    }
    out.push_back(std::move(one));
  }
  return out;
}

object rendered(const value& view) {
  auto places = pick(view, {"wanted"});
  std::string answer = "nothing in Caddy's configuration is for this object alone";
  if (view.is_null()) answer = "not known: the caddy controller has not come to it yet";
  if (!places.empty())
    answer = std::to_string(places.size()) + (places.size() == 1 ? " place" : " places") + " in Caddy's configuration";
  return {{"answer", std::move(answer)}, {"places", std::move(places)}};
}

bool all_equal(const array& places) {
  return std::ranges::all_of(places, [](const value& place) { return place.at("equal") == value(true); });
}

// Why Caddy does not run what is wanted: what the object's condition says.
std::string reason_of(const PanelContext& context, const Key& key, const value& refused) {
  if (const auto words = text_of(refused, "message"); !words.empty()) return text_of(refused, "reason") + ": " + words;
  const auto* const programmed = context.conditions.find(key, "Programmed");
  if (programmed == nullptr) return "no reason is known";
  return programmed->message.empty() ? programmed->reason : programmed->reason + ": " + programmed->message;
}

std::string what_runs(const PanelContext& context, const Key& key, const value& view, const array& places,
                      const value& refused) {
  const auto form = text_of(view, "form");
  const auto* const programmed = context.conditions.find(key, "Programmed");
  const bool as_wanted = programmed != nullptr && programmed->status == Status::yes;
  if (view.is_null()) return "not known: " + reason_of(context, key, refused);
  if (form == "wanted" && as_wanted && all_equal(places)) return "Caddy runs exactly this";
  if (form == "wanted") return "Caddy runs this form, changed by another hand: " + reason_of(context, key, refused);
  if (form == "accepted") return "Caddy runs an older form: " + reason_of(context, key, refused);
  if (as_wanted) return "nothing, as it should be: " + reason_of(context, key, refused);
  return "nothing of it: " + reason_of(context, key, refused);
}

object running(const PanelContext& context, const Key& key, const value& view) {
  auto places = pick(view, {"running", "equal"});
  const auto* const held = view.is_object() ? view.get_object().if_contains("refused") : nullptr;
  const value refused = held == nullptr ? value() : *held;
  const auto* const accepted = view.is_object() ? view.get_object().if_contains("accepted") : nullptr;
  auto answer = what_runs(context, key, view, places, refused);
  return {{"answer", std::move(answer)},
          {"form", view.is_null() ? value() : value(text_of(view, "form"))},
          {"refused", refused},
          {"accepted", accepted == nullptr ? value() : without_secrets({}, *accepted)},
          {"places", std::move(places)}};
}

// Whose work this object is, in the order in which they come to it.
array hands(const PanelContext& context, const Key& key, const Stored& stored) {
  array out;
  for (const auto& controller : context.manager.controllers()) {
    const auto name = controller->name();
    const bool reads_it = name == "manifests" && stored.meta.managed_by == ManagedBy::manifest;
    const bool looks_behind = name == "targets" && (key.kind == Kind::host || key.kind == Kind::target_group);
    const bool keeps_it = key.kind == Kind::certificate && (name == "certificates" || name == "secrets");
    const bool shakes_hands = name == "tls" && key.kind == Kind::host;
    const bool makes_it = name == "panel-host" && stored.meta.managed_by == ManagedBy::system;
    if (name == "caddy" || reads_it || makes_it || looks_behind || keeps_it || shakes_hands)
      out.push_back(controller_with_trace(context, *controller));
  }
  return out;
}

value targets_of(const PanelContext& context, const Key& key, const Stored& stored) {
  const auto group = key.kind == Kind::target_group ? key.name
                     : key.kind == Kind::host       ? text_of(stored.spec, "targetGroup")
                                                    : "";
  if (group.empty()) return nullptr;
  return context.reports.look("targets", {Kind::target_group, group});
}

Problem gone(const Key& key, const Stored& stored) {
  Problem out{404, "NotFound", "there is no " + to_string(key), "", {}, {}};
  if (stored.revision.is_object()) {
    out.detail += ": it was " + told(stored.revision);
    out.hint = "`argos history " + to_string(key) + "` shows what it was";
  }
  return out;
}

}  // namespace

Task<Answer> explain_object(PanelContext& context, const Request&, const Match& match) {
  const Key key{match.kind, match.name};
  const auto stored = read_stored(context, key);
  if (!stored) co_return problem_of(stored.error());
  if (!stored->exists) co_return gone(key, *stored);
  const auto view = context.reports.look("caddy", key);
  co_return json_response(200, object{{"object", to_string(key)},
                                      {"suspended", stored->suspended},
                                      {"from", origin(context, key, *stored)},
                                      {"row", row(*stored)},
                                      {"rendered", rendered(view)},
                                      {"running", running(context, key, view)},
                                      {"conditions", to_json(context.conditions.of(key))},
                                      {"certificates", context.reports.look("tls", key)},
                                      {"targets", targets_of(context, key, *stored)},
                                      {"controllers", hands(context, key, *stored)}});
}

}  // namespace argos::api
