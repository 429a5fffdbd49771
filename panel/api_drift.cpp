// SPDX-License-Identifier: Apache-2.0
// What was found otherwise than wanted, and what is left alone for hand work.
#include <algorithm>

#include <boost/json.hpp>

#include "model/describe.hpp"
#include "model/nearest.hpp"
#include "model/object.hpp"
#include "model/text.hpp"
#include "panel/api.hpp"
#include "panel/keeping.hpp"
#include "runtime/drift_report.hpp"
#include "runtime/suspensions.hpp"

namespace argos::api {
namespace {

constexpr std::size_t kLongestNote = 500;
constexpr auto kShortest = std::chrono::minutes(1), kLongest = std::chrono::minutes(90 * 24 * 60);  // of a suspension
const Error kRolledBack{"RolledBack", "refused", "", Retry::never};

struct Wish {
  std::string kind, name, note;
  std::optional<Duration> for_;  // NOLINT(readability-identifier-naming): `for`, as it is sent, is a word of C++
};
BOOST_DESCRIBE_STRUCT(Wish, (), (kind, name, note, for_))

struct Named {
  Key key;
  std::string note;
  std::optional<Duration> lasts;
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
  if (errors.empty() && wish.for_ && (wish.for_->value < kShortest || wish.for_->value > kLongest))
    errors.push_back(
        {"for", "OutOfRange", "is shorter than a minute or longer than 90 days", "leave it out: until it is resumed"});
  if (!errors.empty()) return invalid(std::move(errors));
  return Named{{*kind, wish.name}, shown(wish.note, kLongestNote), wish.for_};
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
  out["until"] = outcome.now->until ? boost::json::value(to_rfc3339(*outcome.now->until)) : boost::json::value();
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

boost::json::object to_json(const Adoption& adoption) {
  return {{"kind", names_of(adoption.object.kind).manifest},
          {"name", adoption.object.name},
          {"field", adoption.field},
          {"wanted", adoption.wanted},
          {"found", adoption.found}};
}

// Of what is open: which field would say it, or why none does.
Result<> add_keeping(const PanelContext& context, Database& database, boost::json::object& report) {
  for (auto& one : report["items"].as_array()) {
    auto& item = one.as_object();
    item["keep"] = nullptr;
    item["notKept"] = nullptr;
    if (!item["open"].as_bool()) continue;
    const auto keeping = keeping_of(context, database, item);
    if (!keeping) return keeping.error();
    if (*keeping) {
      item["keep"] = to_json((*keeping)->adoption);
    } else {
      const auto& why = keeping->error();
      item["notKept"] = {{"reason", why.reason}, {"message", why.detail}, {"hint", why.hint}};
    }
  }
  return {};
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
    return add_keeping(context, database, report);
  });
  if (!read) co_return problem_of(read.error());
  co_return json_response(200, report);
}

// As a PUT of the object would, on condition that it still is as it was when this was made of it.
Task<Answer> keep_found(PanelContext& context, const Request& request, const Match& match) {
  boost::system::result<Keeping, Problem> keeping =
      Problem{404, "NotFound", "no difference " + shown(match.name) + " is open (any more)", "argos drift lists those that are",
              {},  {}};
  const auto read = read_store(context, [&](Database& database) -> Result<> {
    const auto report = drift_report(database, 0);
    if (!report) return report.error();
    for (const auto& item : report->at("items").as_array()) {
      if (serialize(item.at("id")) != match.name) continue;
      auto found = keeping_of(context, database, item.as_object());
      if (!found) return found.error();
      keeping = std::move(*found);
    }
    return {};
  });
  if (!read) co_return problem_of(read.error());
  if (!keeping) co_return keeping.error();
  const auto& [kind, name] = keeping->adoption.object;
  Request change = request;
  change.method = "PUT";
  change.headers["content-type"] = "application/json";
  change.headers["if-match"] = keeping->tag;
  change.body = serialize(boost::json::object{{"spec", keeping->adoption.spec}});
  const Match object{kind, name};
  co_return co_await put_object(context, change, object);
}

Task<Answer> suspend(PanelContext& context, const Request& request, const Match&) {
  const auto wish = read_wish(request);
  if (!wish) co_return wish.error();
  const auto& [key, note, lasts] = *wish;
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
  const auto now = context.clock.wall();
  const auto until = lasts ? std::optional(now + lasts->value) : std::nullopt;
  Act act = [key = key, note = note, by = actor_of(request).who, now, until](Database& database) {
    return argos::suspend(database, key, note, by, now, until);
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
