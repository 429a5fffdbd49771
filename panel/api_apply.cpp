// SPDX-License-Identifier: Apache-2.0
// POST /api/v1/apply: several objects in one transaction. What is not valid is reported and keeps the row it had.
#include <algorithm>
#include <set>

#include <boost/json.hpp>

#include "model/text.hpp"
#include "panel/api.hpp"
#include "panel/object_json.hpp"
#include "panel/preview.hpp"
#include "runtime/rows.hpp"

namespace argos::api {
namespace {

const Error kRolledBack{"RolledBack", "a dry run", "", Retry::never};

struct Wish {
  std::string owner = "cli";
  bool prune = false;
  bool dry_run = false;
  std::vector<SentObject> objects;
  std::set<Key> keep;    // objects whose manifest is not valid at the sender's: never pruned
  bool nameless = false;  // some object could not even be named: nothing is pruned
  Preview preview;        // of a dry run
};

struct Outcome {
  std::string kind, name, outcome, message;
  FieldErrors errors;
  std::optional<std::uint64_t> generation;  // of what was written
  std::optional<InForce> in_force;          // where somebody waited for it
};

void read_flag(const boost::json::object& body, std::string_view name, bool& into, FieldErrors& errors) {
  if (const auto* const found = body.if_contains(name)) from_json_value(*found, std::string(name), into, errors);
}

const boost::json::array* read_list(const boost::json::object& body, std::string_view name, FieldErrors& errors) {
  const auto* const found = body.if_contains(name);
  if (found == nullptr) return nullptr;
  if (!found->is_array()) {
    detail::wrong_type(errors, std::string(name), "a list", *found);
    return nullptr;
  }
  return &found->get_array();
}

void read_keep(const boost::json::array& list, Wish& wish, FieldErrors& errors) {
  for (std::size_t at = 0; at < list.size(); ++at) {
    const auto* const item = list[at].if_object();
    const auto* const kind = item == nullptr ? nullptr : item->if_contains("kind");
    const auto* const name = item == nullptr ? nullptr : item->if_contains("name");
    const bool texts = kind != nullptr && name != nullptr && kind->is_string() && name->is_string();
    const auto known = texts ? kind_from(std::string_view(kind->get_string())) : std::nullopt;
    if (known) {
      wish.keep.insert({*known, std::string(name->get_string())});
    } else {
      errors.push_back({"keep[" + std::to_string(at) + "]", "Invalid", "this is no {kind, name}", ""});
    }
  }
}

void repeated_are_refused(std::vector<SentObject>& objects) {
  std::set<Key> seen;
  for (auto& object : objects) {
    if (!object.key || seen.insert(*object.key).second) continue;
    object.spec = std::monostate{};
    object.errors.push_back({"metadata.name", "Duplicate", to_string(*object.key) + " is in this list twice", "leave one out"});
  }
}

boost::system::result<Wish, Problem> read_wish(const Request& request) {
  const auto sent = read_body(request);
  if (!sent) return sent.error();
  if (!sent->is_object()) return Problem{400, "WrongType", "the body is not a mapping", "send {\"objects\": […]}", {}, {}};
  const auto& body = sent->get_object();
  Wish wish;
  FieldErrors errors;
  for (const auto& field : body) {
    static const std::vector<std::string> kKnown{"owner", "prune", "dryRun", "objects", "keep"};
    if (std::ranges::find(kKnown, std::string_view(field.key())) == kKnown.end())
      detail::unknown_field(errors, "", field.key(), kKnown);
  }
  if (const auto* const owner = body.if_contains("owner")) {
    from_json_value(*owner, "owner", wish.owner, errors);
    std::ranges::move(check_owner("owner", wish.owner), std::back_inserter(errors));
  }
  read_flag(body, "prune", wish.prune, errors);
  read_flag(body, "dryRun", wish.dry_run, errors);
  if (const auto* const keep = read_list(body, "keep", errors)) read_keep(*keep, wish, errors);
  if (const auto* const objects = read_list(body, "objects", errors)) {
    for (const auto& object : *objects) wish.objects.push_back(read_object(object, nullptr));
  }
  if (wish.prune && wish.objects.empty() && errors.empty()) {
    errors.push_back(
        {"objects", "Required", "an empty list would prune everything of " + wish.owner, "delete objects one by one instead"});
  }
  if (!errors.empty()) return invalid(std::move(errors));
  repeated_are_refused(wish.objects);
  wish.nameless = std::ranges::any_of(wish.objects, [](const auto& object) { return !object.key; });
  return wish;
}

template <class Spec>
Result<> put_one(const PanelContext& context, const Wish& wish, Database& database, const std::string& name,
                 const Sent<Spec>& sent, Outcome& out) {
  const auto held = read_one<Spec>(database, name);
  if (!held) return held.error();
  if (const auto forbidden = *held ? who_forbids(context, (*held)->meta, Spec::kKind) : std::nullopt) {
    out.outcome = "refused";
    out.message = forbidden->detail + " (" + forbidden->hint + ")";
    return {};
  }
  const auto spec = to_stored(context, database, name, sent, out.errors);
  if (!spec) return spec.error();
  if (!*spec) {
    out.outcome = "refused";
    return {};
  }
  const auto written = put(database, name, **spec, ManagedBy::apply, wish.owner);
  if (!written) return written.error();
  out.outcome = to_string(*written);
  const auto now = read_one<Spec>(database, name);
  if (!now) return now.error();
  if (*now) out.generation = (*now)->meta.generation;
  return {};
}

Result<> put_object(const PanelContext& context, const Wish& wish, Database& database, const SentObject& object, Outcome& out) {
  return with_spec(object.key->kind, [&]<class Spec>() {
    return put_one<Spec>(context, wish, database, object.name, std::get<Sent<Spec>>(object.spec), out);
  });
}

// Only what this owner applied, and only what is neither in the list nor to be kept. What refers to others goes first.
Result<> prune(const Wish& wish, Database& database, std::vector<Outcome>& out) {
  std::set<Key> wanted = wish.keep;
  for (const auto& object : wish.objects) wanted.insert(*object.key);
  const auto kinds = desired_kinds();
  for (auto names = kinds.rbegin(); names != kinds.rend(); ++names) {
    const auto rows = database.query(
        "SELECT name FROM " + std::string(names->table) + " WHERE managed_by = 'apply' AND owner = ? ORDER BY name",
        {boost::json::value(wish.owner)});
    if (!rows) return rows.error();
    for (const auto& row : *rows) {
      const Key key{names->kind, std::string(row.at("name").as_string())};
      if (wanted.contains(key)) continue;
      if (const auto removed = remove(database, key); !removed) return removed.error();
      out.push_back({std::string(names->manifest), key.name, "pruned", "", {}, {}, {}});
    }
  }
  return {};
}

constexpr std::size_t kLongestName = 63;  // as validate_name() allows

Result<> carry_out(PanelContext& context, Wish& wish, Database& database, std::vector<Outcome>& out) {
  out.clear();
  if (wish.dry_run) {
    if (auto begun = begin_preview(context, database, wish.preview); !begun) return begun;
  }
  for (const auto& object : wish.objects)
    out.push_back({shown(object.kind), shown(object.name, kLongestName), "refused", "", object.errors, {}, {}});
  for (const auto& names : desired_kinds()) {
    for (std::size_t at = 0; at < wish.objects.size(); ++at) {
      const auto& object = wish.objects[at];
      if (!object.errors.empty() || object.key->kind != names.kind) continue;
      if (auto done = put_object(context, wish, database, object, out[at]); !done) return done;
    }
  }
  if (wish.prune && !wish.nameless) {
    if (auto done = prune(wish, database, out); !done) return done;
  }
  if (!wish.dry_run) return {};
  if (auto ended = end_preview(database, wish.preview); !ended) return ended;
  return kRolledBack;
}

// Whether what was written is in force too, for each; all of them together have the time that was given.
Task<> wait_for(const PanelContext& context, std::chrono::milliseconds patience, std::vector<Outcome>& outcomes) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (auto& one : outcomes) {
    const auto kind = kind_from(one.kind);
    if (!kind || !one.generation) continue;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    const Key key{*kind, one.name};
    const auto waited = co_await wait_programmed(context, key, *one.generation, std::max(left, left.zero()));
    one.in_force = waited.in_force;
    if (waited.in_force == InForce::no) one.message = waited.why.reason + ": " + waited.why.message;
  }
}

boost::json::object to_json(const Wish& wish, const std::vector<Outcome>& outcomes) {
  boost::json::array results;
  for (const auto& one : outcomes) {
    auto message = one.message.empty() && !one.errors.empty() ? to_string(one.errors) : one.message;
    boost::json::object result{{"kind", one.kind},
                               {"name", one.name},
                               {"outcome", one.outcome},
                               {"errors", argos::to_json(one.errors)},
                               {"message", message}};
    if (one.in_force) result["inForce"] = enum_text(*one.in_force);
    results.push_back(std::move(result));
  }
  boost::json::object out{{"owner", wish.owner}, {"dryRun", wish.dry_run}, {"results", std::move(results)}};
  if (wish.prune && wish.nameless) out["message"] = "nothing was pruned: some object of the list has no valid kind and name";
  return out;
}

}  // namespace

Task<Answer> apply(PanelContext& context, const Request& request, const Match&) {
  auto wish = read_wish(request);
  if (!wish) co_return wish.error();
  const auto wait = read_wait(request);
  if (!wait) co_return wait.error();
  co_await judge_certificates(context, wish->objects);
  std::vector<Outcome> outcomes;
  const auto done = co_await write_store(context, actor_of(request),
                                         [&](Database& database) { return carry_out(context, *wish, database, outcomes); });
  if (!done && !(wish->dry_run && done.error().reason == kRolledBack.reason)) co_return problem_of(done.error());
  if (wait->patience.count() > 0 && !wish->dry_run) co_await wait_for(context, wait->patience, outcomes);
  auto out = to_json(*wish, outcomes);
  if (wish->dry_run) {
    Preview preview = std::move(wish->preview);
    out["caddy"] = co_await told(context, std::move(preview));
  }
  co_return json_response(200, out);
}

}  // namespace argos::api
