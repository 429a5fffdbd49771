// SPDX-License-Identifier: Apache-2.0
// Hosts, target groups, certificates and settings: list, get, put, delete, with optimistic locking by ETag.
#include <map>

#include <boost/json.hpp>
#include <spdlog/fmt/fmt.h>

#include "model/validate.hpp"
#include "panel/api.hpp"
#include "panel/object_json.hpp"
#include "panel/preview.hpp"
#include "runtime/rows.hpp"

namespace argos::api {
namespace {

// What a job inside a transaction hands out besides success: a refusal rolls everything back.
const Error kRolledBack{"RolledBack", "refused", "", Retry::never};

Problem not_found(Kind kind, const std::string& name) {
  return {404, "NotFound", "there is no " + to_string(Key{kind, name}), "", {}, {}};
}

// A list of tags as If-Match and If-None-Match carry it; weak ones never match.
bool names_tag(std::string_view list, std::string_view tag) {
  if (list == "*") return !tag.empty();
  while (!tag.empty() && !list.empty()) {
    const auto end = std::min(list.find(','), list.size());
    auto one = list.substr(0, end);
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (one == tag) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

// `tag` is empty where there is no such object.
std::optional<Problem> failed_precondition(const Request& request, const std::string& tag) {
  const auto match = request.header("if-match"), none_match = request.header("if-none-match");
  if (!match.empty() && !names_tag(match, tag)) {
    Problem problem{412, "PreconditionFailed", "", "get it again, make the change there, then send it with the new ETag", {},
                    {}};
    problem.detail = tag.empty() ? "there is no such object (any more)" : "somebody changed it meanwhile";
    if (!tag.empty()) problem.headers.emplace_back("ETag", tag);
    return problem;
  }
  if (!none_match.empty() && names_tag(none_match, tag)) {
    return Problem{412, "PreconditionFailed", "there is such an object already", "send it without If-None-Match to replace it",
                   {},  {{"ETag", tag}}};
  }
  return std::nullopt;
}

template <class Spec>
struct Held {
  std::optional<Object<Spec>> object;
  std::string tag;  // empty where there is none
  boost::json::value changed;
};

// Since when an object has its present form, and by whom: what the history says of its generation.
boost::json::value change_in(const Row& row) { return {{"at", row.at("at")}, {"by", row.at("actor")}}; }

Result<boost::json::value> last_change(Database& database, const Meta& meta) {
  const auto rows =
      database.query("SELECT at, actor FROM changes WHERE seq = ?", cells(static_cast<std::int64_t>(meta.generation)));
  if (!rows) return rows.error();
  return rows->empty() ? boost::json::value() : change_in(rows->front());
}

using Changes = std::map<std::uint64_t, boost::json::value>;
Result<Changes> last_changes(Database& database, Kind kind) {
  const auto rows = database.query(
      fmt::format("SELECT c.seq, c.at, c.actor FROM {} AS o JOIN changes AS c ON c.seq = o.generation", names_of(kind).table));
  if (!rows) return rows.error();
  Changes out;
  for (const auto& row : *rows) out[static_cast<std::uint64_t>(row.at("seq").as_int64())] = change_in(row);
  return out;
}

template <class Spec>
Result<Held<Spec>> look(Database& database, const std::string& name) {
  auto object = read_one<Spec>(database, name);
  if (!object) return object.error();
  auto epoch = read_epoch(database);
  if (!epoch) return epoch.error();
  Held<Spec> held{std::move(*object), "", nullptr};
  if (!held.object) return held;
  held.tag = etag_of(held.object->meta, to_json_value(held.object->spec), *epoch);
  auto changed = last_change(database, held.object->meta);
  if (!changed) return changed.error();
  held.changed = std::move(*changed);
  return held;
}

// With what visitors are shown, where that is known.
template <class Spec>
boost::json::object told(const PanelContext& context, const Object<Spec>& object, boost::json::value changed) {
  auto out = to_manifest(object, context.conditions, context.clock.wall());
  out["status"].get_object()["changed"] = std::move(changed);
  if (Spec::kKind != Kind::host) return out;
  auto shown = context.reports.look("tls", {Spec::kKind, object.meta.name});
  if (shown.is_array() && !shown.get_array().empty()) out["status"].get_object()["certificates"] = std::move(shown);
  return out;
}

template <class Spec>
Response to_response(const PanelContext& context, int status, const Held<Spec>& held) {
  auto response = json_response(status, told(context, *held.object, held.changed));
  response.headers.emplace_back("ETag", held.tag);
  return response;
}

// The names of a page, and of one object more where there is one.
template <class Spec>
Result<std::vector<std::string>> names_in(Database& database, const Page& page) {
  const auto rows =
      database.query("SELECT name FROM " + std::string(names_of(Spec::kKind).table) + " WHERE name > ? ORDER BY name LIMIT ?",
                     cells(page.after, page.rows()));
  if (!rows) return rows.error();
  std::vector<std::string> out;
  for (const auto& row : *rows) out.emplace_back(row.at("name").as_string());
  return out;
}

template <class Spec>
Result<> read_items(PanelContext& context, Database& database, const Page& page, boost::json::object& out) {
  auto& items = out["items"].emplace_array();
  if (!page.limit && page.after.empty()) {
    auto changes = last_changes(database, Spec::kKind);
    if (!changes) return changes.error();
    const auto objects = read_all<Spec>(database);
    if (!objects) return objects.error();
    for (const auto& object : *objects) items.push_back(told(context, object, std::move((*changes)[object.meta.generation])));
    return {};
  }
  auto names = names_in<Spec>(database, page);
  if (!names) return names.error();
  const bool more = page.limit && names->size() > static_cast<std::size_t>(*page.limit);
  if (more) names->pop_back();
  for (const auto& name : *names) {
    const auto object = read_one<Spec>(database, name);
    if (!object) return object.error();
    if (!*object) continue;
    auto changed = last_change(database, (*object)->meta);
    if (!changed) return changed.error();
    items.push_back(told(context, **object, std::move(*changed)));
  }
  if (more) out["continue"] = names->back();
  return {};
}

template <class Spec>
Answer list(PanelContext& context, const Request& request) {
  const auto page = read_page(request);
  if (!page) return page.error();
  boost::json::object out;
  const auto done = read_store(context, [&](Database& database) { return read_items<Spec>(context, database, *page, out); });
  if (!done) return problem_of(done.error());
  return json_response(200, out);
}

template <class Spec>
Answer get(PanelContext& context, const Request& request, const std::string& name) {
  Held<Spec> held;
  const auto done = read_store(context, [&](Database& database) -> Result<> {
    auto found = look<Spec>(database, name);
    if (!found) return found.error();
    held = std::move(*found);
    return {};
  });
  if (!done) return problem_of(done.error());
  if (!held.object) return not_found(Spec::kKind, name);
  if (names_tag(request.header("if-none-match"), held.tag)) return Response{304, {{"ETag", held.tag}}, ""};
  return to_response(context, 200, held);
}

// A change of one object: looked at, allowed, done, and looked at again, in one transaction.
template <class Spec>
struct Change {
  std::optional<Problem> refused;
  Held<Spec> before, after;
  std::optional<Preview> preview;  // of a dry run
};

boost::system::result<std::optional<Preview>, Problem> wished_preview(const Request& request) {
  const auto dry = read_dry_run(request);
  if (!dry) return dry.error();
  return *dry ? std::optional<Preview>(std::in_place) : std::nullopt;
}

template <class Spec, class Act>
Result<> change(PanelContext& context, const Request& request, const std::string& name, Database& database, Change<Spec>& out,
                Act act) {
  out.refused.reset();
  auto before = look<Spec>(database, name);
  if (!before) return before.error();
  out.before = std::move(*before);
  out.refused = failed_precondition(request, out.before.tag);
  if (!out.refused && out.before.object) out.refused = who_forbids(context, out.before.object->meta, Spec::kKind);
  if (out.refused) return kRolledBack;
  if (out.preview) {
    if (auto begun = begin_preview(context, database, *out.preview); !begun) return begun;
  }
  if (Result<> acted = act(); !acted) return acted;
  auto after = look<Spec>(database, name);
  if (!after) return after.error();
  out.after = std::move(*after);
  if (!out.preview) return {};
  if (auto ended = end_preview(database, *out.preview); !ended) return ended;
  return kRolledBack;
}

// What became of it, had it been done.
template <class Spec>
Task<Answer> foretold(PanelContext& context, Change<Spec>& outcome) {
  const auto& [before, after] = std::tie(outcome.before.object, outcome.after.object);
  const bool same = before && after && before->meta.generation == after->meta.generation;
  boost::json::object out{{"dryRun", true},
                          {"outcome", !after    ? "deleted"
                                      : !before ? "created"
                                      : same    ? "unchanged"
                                                : "configured"},
                          {"before", before ? boost::json::value(to_json_value(before->spec)) : nullptr},
                          {"after", after ? boost::json::value(to_json_value(after->spec)) : nullptr}};
  if constexpr (std::is_same_v<Spec, Certificate>) {
    out["certificate"] = after ? boost::json::value(certificate_facts(after->spec, context.clock.wall())) : nullptr;
  }
  Preview preview = std::move(*outcome.preview);
  out["caddy"] = co_await argos::told(context, std::move(preview));
  co_return json_response(200, out);
}

template <class Spec>
bool is_dry_run(const Change<Spec>& outcome, const Result<>& done) {
  return outcome.preview && !done && done.error().reason == kRolledBack.reason;
}

// Where somebody else came first: what is there now beside what was sent, so that nobody has to ask again to compare.
template <class Spec>
Response refused(const PanelContext& context, const Request& request, const Change<Spec>& outcome,
                 boost::json::value sent = nullptr) {
  boost::json::object more;
  if (outcome.refused->status == 412) {
    more["current"] =
        outcome.before.object ? boost::json::value(told(context, *outcome.before.object, outcome.before.changed)) : nullptr;
    more["sent"] = {{"ifMatch", request.header("if-match")}, {"spec", std::move(sent)}};
  }
  return argos::to_response(*outcome.refused, std::move(more));
}

// A private key is not sent back.
boost::json::value as_sent(const ReadCertificate&) { return nullptr; }
template <class Spec>
boost::json::value as_sent(const Spec& spec) {
  return to_json_value(spec);
}

template <class Spec>
Response not_in_force(const PanelContext& context, const Condition& why, const Held<Spec>& held) {
  const Problem problem{422, why.reason,          why.message, "it is stored and not in force: put it right, or undo it",
                        {},  {{"ETag", held.tag}}};
  return argos::to_response(problem, {{"stored", true}, {"current", told(context, *held.object, held.changed)}});
}

// It is written; whether it is in force too is another question.
template <class Spec>
Task<Answer> told_when_in_force(const PanelContext& context, WaitWish wish, const Change<Spec>& outcome) {
  const int status = outcome.before.object ? 200 : 201;
  if (wish.patience.count() == 0) co_return to_response(context, status, outcome.after);
  const auto& meta = outcome.after.object->meta;
  const Key key{Spec::kKind, meta.name};
  const auto waited = co_await wait_programmed(context, key, meta.generation, wish.patience);
  if (waited.in_force == InForce::yes) co_return to_response(context, status, outcome.after);
  if (waited.in_force == InForce::unknown) co_return to_response(context, 202, outcome.after);
  co_return not_in_force(context, waited.why, outcome.after);
}

// A person in a browser writes as the panel, a program as the owner that it names.
ManagedBy writer_of(const Request& request) {
  const bool by_session = request.caller && !request.caller->session.empty() && request.parameter("owner").empty();
  return by_session ? ManagedBy::panel : ManagedBy::apply;
}

template <class Spec>
Task<Answer> put_spec(PanelContext& context, const Request& request, std::string name, Sent<Spec> sent) {
  const auto owner = owner_of(request);
  if (!owner) co_return Problem{422, owner.error().reason, owner.error().message, "", {}, {}};
  const auto wish = read_wait(request);
  if (!wish) co_return wish.error();
  auto preview = wished_preview(request);
  if (!preview) co_return preview.error();
  Change<Spec> outcome;
  outcome.preview = std::move(*preview);
  const auto done = co_await write_store(context, actor_of(request), [&](Database& database) {
    return change(context, request, name, database, outcome, [&]() -> Result<> {
      FieldErrors errors;
      auto spec = to_stored(context, database, name, sent, errors);
      if (!spec) return spec.error();
      if (!*spec) {
        outcome.refused = invalid(std::move(errors));
        return kRolledBack;
      }
      const auto writer = writer_of(request);
      auto written = put(database, name, **spec, writer, writer == ManagedBy::panel ? "" : *owner);
      if (!written) return written.error();
      return {};
    });
  });
  if (outcome.refused) co_return refused(context, request, outcome, as_sent(sent));
  if (is_dry_run(outcome, done)) co_return co_await foretold(context, outcome);
  if (!done) co_return problem_of(done.error());
  co_return co_await told_when_in_force(context, *wish, outcome);
}

template <class Spec>
Task<Answer> erase(PanelContext& context, const Request& request, std::string name) {
  const auto wish = read_wait(request);
  if (!wish) co_return wish.error();
  auto preview = wished_preview(request);
  if (!preview) co_return preview.error();
  Change<Spec> outcome;
  outcome.preview = std::move(*preview);
  const auto done = co_await write_store(context, actor_of(request), [&](Database& database) {
    return change(context, request, name, database, outcome, [&]() -> Result<> {
      auto removed = remove(database, {Spec::kKind, name});
      if (!removed) return removed.error();
      return {};
    });
  });
  if (outcome.refused) co_return refused(context, request, outcome);
  if (is_dry_run(outcome, done) && outcome.before.object) co_return co_await foretold(context, outcome);
  if (!outcome.before.object) co_return not_found(Spec::kKind, name);
  if (!done) co_return problem_of(done.error());
  if (wish->patience.count() == 0) co_return Response{204, {}, ""};
  const Key key{Spec::kKind, name};
  const bool gone = co_await wait_gone(context, key, wish->patience);
  co_return Response{gone ? 204 : 202, {}, ""};
}

}  // namespace

Task<Answer> list_objects(PanelContext& context, const Request& request, const Match& match) {
  co_return with_spec(match.kind, [&]<class Spec>() { return list<Spec>(context, request); });
}

Task<Answer> get_object(PanelContext& context, const Request& request, const Match& match) {
  co_return with_spec(match.kind, [&]<class Spec>() { return get<Spec>(context, request, match.name); });
}

Task<Answer> put_object(PanelContext& context, const Request& request, const Match& match) {
  const auto body = read_body(request);
  if (!body) co_return body.error();
  const Key path{match.kind, match.name};
  auto sent = read_object(*body, &path);
  co_await judge_certificates(context, {&sent, 1});
  if (!sent.errors.empty()) co_return invalid(std::move(sent.errors));
  co_return co_await with_spec(match.kind, [&]<class Spec>() {
    return put_spec<Spec>(context, request, match.name, std::get<Sent<Spec>>(std::move(sent.spec)));
  });
}

Task<Answer> delete_object(PanelContext& context, const Request& request, const Match& match) {
  co_return co_await with_spec(match.kind, [&]<class Spec>() { return erase<Spec>(context, request, match.name); });
}

}  // namespace argos::api
