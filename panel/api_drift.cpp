// SPDX-License-Identifier: Apache-2.0
// What was found otherwise than wanted, and what is left alone for hand work.
#include <algorithm>

#include <boost/json.hpp>

#include "model/describe.hpp"
#include "model/nearest.hpp"
#include "model/object.hpp"
#include "model/text.hpp"
#include "panel/api.hpp"
#include "runtime/drift_report.hpp"
#include "runtime/suspensions.hpp"

namespace argos::api {
namespace {

constexpr std::size_t kLongestNote = 500;
const Error kRolledBack{"RolledBack", "refused", "", Retry::never};

struct Wish {
  std::string kind, name, note;
};
BOOST_DESCRIBE_STRUCT(Wish, (), (kind, name, note))

struct Named {
  Key key;
  std::string note;
};

boost::system::result<Named, Problem> read_wish(const Request& request) {
  const auto body = read_body(request);
  if (!body) return body.error();
  Wish wish;
  FieldErrors errors;
  from_json_value(*body, "", wish, errors);
  const auto kind = kind_from(wish.kind);
  if (errors.empty() && !kind)
    detail::unknown_value(errors, "kind", wish.kind, {"Host", "TargetGroup", "Settings", "Controller"});
  if (errors.empty() && wish.name.empty()) errors.push_back({"name", "Required", "there is no name", "name one object"});
  if (errors.empty() && wish.note.size() > kLongestNote)
    errors.push_back({"note", "TooLong", "is longer than 500 bytes", "say it shorter"});
  if (!errors.empty()) return invalid(std::move(errors));
  return Named{{*kind, wish.name}, shown(wish.note, kLongestNote)};
}

Problem not_found(const PanelContext& context, const Key& key) {
  Problem problem{404, "NotFound", "there is no " + shown(to_string(key)), "", {}, {}};
  if (key.kind != Kind::controller) return problem;
  std::vector<std::string_view> known;
  for (const auto& controller : context.manager.controllers()) known.push_back(controller->name());
  if (const auto meant = nearest(key.name, known)) problem.hint = "did you mean " + std::string(*meant) + "?";
  return problem;
}

Result<bool> is_there(const PanelContext& context, Database& database, const Key& key) {
  if (key.kind == Kind::controller) return context.manager.find(key.name) != nullptr;
  const auto count =
      database.number("SELECT count(*) FROM " + std::string(names_of(key.kind).table) + " WHERE name = ?", cells(key.name));
  if (!count) return count.error();
  return *count > 0;
}

// What became of it, as it is afterwards.
struct Outcome {
  bool found = false;
  bool changed = false;
  std::optional<Suspension> now;
};

Result<> look(Database& database, const Key& key, Outcome& outcome) {
  const auto all = read_suspensions(database);
  if (!all) return all.error();
  const auto held = all->find(key);
  outcome.now = held == all->end() ? std::nullopt : std::optional(held->second);
  return {};
}

boost::json::object to_json(const Key& key, const Outcome& outcome) {
  boost::json::object out{{"object", to_string(key)},
                          {"kind", names_of(key.kind).manifest},
                          {"name", key.name},
                          {"suspended", outcome.now.has_value()},
                          {"changed", outcome.changed}};
  if (!outcome.now) return out;
  out["since"] = to_rfc3339(outcome.now->since);
  out["by"] = outcome.now->actor;
  out["note"] = outcome.now->note;
  return out;
}

using Act = std::function<Result<bool>(Database&)>;

// Does it, in one transaction with the look before and after. Already so: no error, and nothing changes.
Task<Answer> change(PanelContext& context, const Request& request, Key key, Act act) {
  Outcome outcome;
  StoreJob job = [&](Database& database) -> Result<> {
    if (auto looked = look(database, key, outcome); !looked) return looked;
    const auto there = is_there(context, database, key);
    if (!there) return there.error();
    outcome.found = *there || outcome.now;
    if (!outcome.found) return kRolledBack;
    const auto changed = act(database);
    if (!changed) return changed.error();
    outcome.changed = *changed;
    return look(database, key, outcome);
  };
  const auto done = co_await write_store(context, actor_of(request), std::move(job));
  if (done) co_return json_response(200, to_json(key, outcome));
  if (done.error().reason == kRolledBack.reason) co_return not_found(context, key);
  co_return problem_of(done.error());
}

bool is_of_the_panel(const Config& config, const Key& key) {
  return config.is_behind_caddy() && key.name == kPanelObject && (key.kind == Kind::host || key.kind == Kind::target_group);
}

}  // namespace

Task<Answer> drift(PanelContext& context, const Request&, const Match&) {
  boost::json::object report;
  const auto read = read_store(context, [&](Database& database) -> Result<> {
    auto made = drift_report(database);
    if (!made) return made.error();
    report = std::move(*made);
    return {};
  });
  if (!read) co_return problem_of(read.error());
  co_return json_response(200, report);
}

Task<Answer> suspend(PanelContext& context, const Request& request, const Match&) {
  const auto wish = read_wish(request);
  if (!wish) co_return wish.error();
  const auto& [key, note] = *wish;
  if (!may_be_suspended(key)) {
    co_return Problem{409,
                      "NotSuspendable",
                      to_string(key) + " cannot be suspended: nothing could be given back without it",
                      "suspend the objects or the controller that you want to work on",
                      {},
                      {}};
  }
  if (is_of_the_panel(context.config, key)) {
    co_return Problem{
        409, "ManagedBySystem", comes_from_environment(key), "it cannot be suspended: nobody should lose the panel", {}, {}};
  }
  Act act = [key = key, note = note, by = actor_of(request).who, now = context.clock.wall()](Database& database) {
    return argos::suspend(database, key, note, by, now);
  };
  co_return co_await change(context, request, key, std::move(act));
}

Task<Answer> resume(PanelContext& context, const Request& request, const Match&) {
  const auto wish = read_wish(request);
  if (!wish) co_return wish.error();
  Act act = [key = wish->key](Database& database) { return argos::resume(database, key); };
  co_return co_await change(context, request, wish->key, std::move(act));
}

}  // namespace argos::api
