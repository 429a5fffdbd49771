// SPDX-License-Identifier: Apache-2.0
// POST /api/v1/undo: brings an earlier form of one object back, in one transaction that is a revision itself.
#include <boost/json.hpp>

#include "panel/api.hpp"
#include "panel/object_json.hpp"
#include "panel/revision_json.hpp"
#include "runtime/undo.hpp"

namespace argos::api {
namespace {

constexpr std::string_view kOwner = "cli";  // of what was a manifest's, where there is no folder any more
const Error kRolledBack{"RolledBack", "refused, or a dry run", "", Retry::never};

// As it is sent.
struct UndoBody {
  std::string kind, name;
  std::optional<std::int64_t> to;
  bool dry_run = false;
};
BOOST_DESCRIBE_STRUCT(UndoBody, (), (kind, name, to, dry_run))

struct UndoWish {
  Key key;
  std::optional<std::int64_t> to;
  bool dry_run = false;
};

boost::system::result<UndoWish, Problem> read_undo(const Request& request) {
  const auto sent = read_body(request);
  if (!sent) return sent.error();
  UndoBody body;
  FieldErrors errors;
  from_json_value(*sent, "", body, errors);
  const auto kind = kind_from(body.kind);
  if (errors.empty() && (!kind || kind == Kind::controller))
    errors.push_back({"kind", body.kind.empty() ? "Required" : "Unknown", "this is no kind of objects", "send kind: Host"});
  if (errors.empty() && body.name.empty()) errors.push_back({"name", "Required", "is missing", ""});
  if (!errors.empty()) return invalid(std::move(errors));
  return UndoWish{{*kind, body.name}, body.to, body.dry_run};
}

struct Undone {
  std::optional<Problem> refused;
  boost::json::object more;  // beside the refusal
  UndoPlan plan;
  boost::json::value before, after;
  std::string outcome = "unchanged";
  std::string message;  // what is not as good as it was
  std::int64_t revision = 0;
};

Result<> refuse(Undone& out, Problem problem) {
  out.refused = std::move(problem);
  return kRolledBack;
}

// A manifest's object is its file's: the file must be edited, so the answer is what to write there.
template <class Spec>
std::optional<Problem> forbidden(const PanelContext& context, const std::optional<Object<Spec>>& held, const UndoPlan& plan,
                                 boost::json::object& more) {
  auto problem = held ? who_forbids(context, held->meta, Spec::kKind) : std::nullopt;
  if (!problem && plan.form) problem = who_forbids(context, meta_from_row(*plan.form), Spec::kKind);
  if (!problem) return problem;
  more["revision"] = plan.revision;
  more["earlier"] = argos::to_json(Spec::kKind, plan.form);
  if (problem->reason != "ManagedByManifest") return problem;
  const auto meta = held && held->meta.managed_by == ManagedBy::manifest ? held->meta : meta_from_row(*plan.form);
  const auto file = context.config.manifests_dir + "/" + meta.owner;
  more["file"] = file;
  problem->hint = plan.form ? "put its earlier form into " + file : "it did not exist then: take it out of " + file;
  return problem;
}

// A certificate's key stays as it lies where it is the same one; it may lie sealed under another master key by now. Says where it can no
// longer be opened.
template <class Spec>
void mind_the_key(const PanelContext&, const std::string&, const std::optional<Object<Spec>>&, Spec&, Undone&) {}
void mind_the_key(const PanelContext& context, const std::string& name, const std::optional<Object<Certificate>>& held,
                  Certificate& earlier, Undone& out) {
  const auto opened = [&](const Certificate& one) { return context.secrets.open(name_of_key(name), one.key_pem_encrypted); };
  if (held && same_but_sealed(held->spec, earlier) && opened(held->spec))
    earlier.key_pem_encrypted = held->spec.key_pem_encrypted;
  if (const auto key = opened(earlier); !key) out.message = key.error().text();
}

template <class Spec>
Result<> restore(const PanelContext& context, Database& database, const std::string& name,
                 const std::optional<Object<Spec>>& held, Undone& out) {
  const auto& plan = out.plan;
  if (!plan.form) {
    const auto removed = remove(database, {Spec::kKind, name});
    if (!removed) return removed.error();
    if (*removed) out.outcome = "deleted";
    return {};
  }
  auto object = object_from_row<Spec>(*plan.form);
  if (!object.errors.empty()) {
    auto problem = invalid(std::move(object.errors));
    problem.reason = "EarlierFormInvalid";
    problem.hint = "it cannot be brought back as it was; `argos diff --revision` shows it";
    return refuse(out, std::move(problem));
  }
  mind_the_key(context, name, held, object.spec, out);
  const bool released = object.meta.managed_by == ManagedBy::manifest || object.meta.managed_by == ManagedBy::system;
  const auto written = put(database, name, object.spec, released ? ManagedBy::apply : object.meta.managed_by,
                           released ? std::string(kOwner) : object.meta.owner);
  if (!written) return written.error();
  if (*written != Outcome::unchanged) out.outcome = held ? "restored" : "recreated";
  return {};
}

template <class Spec>
Result<Form> form_of_row(Database& database, const std::string& name) {
  auto rows = detail::select_rows(database, names_of(Spec::kKind).table, &name);
  if (!rows) return rows.error();
  return rows->empty() ? Form{} : Form{std::move(rows->front())};
}

template <class Spec>
Result<> undo_in(PanelContext& context, const UndoWish& wish, Database& database, Undone& out) {
  out = {};
  auto planned = plan_undo(database, wish.key, wish.to);
  if (!planned) return refuse(out, refusal(planned.error()));
  out.plan = std::move(*planned);
  const auto held = read_one<Spec>(database, wish.key.name);
  if (!held) return held.error();
  if (auto problem = forbidden(context, *held, out.plan, out.more)) return refuse(out, std::move(*problem));
  auto before = form_of_row<Spec>(database, wish.key.name);
  if (!before) return before.error();
  out.before = argos::to_json(Spec::kKind, *before);
  if (auto said = say_origin(database, out.plan.origin); !said) return said;
  if (auto done = restore(context, database, wish.key.name, *held, out); !done) return done;
  auto after = form_of_row<Spec>(database, wish.key.name);
  if (!after) return after.error();
  out.after = argos::to_json(Spec::kKind, *after);
  const auto newest = database.number("SELECT coalesce(max(seq), 0) FROM changes");
  if (!newest) return newest.error();
  out.revision = *newest;
  if (wish.dry_run) return kRolledBack;
  return {};
}

Response refused(Undone& undone) { return to_response(*undone.refused, std::move(undone.more)); }

boost::json::object to_json(const UndoWish& wish, const Undone& undone) {
  const bool made = undone.outcome != "unchanged" && !wish.dry_run;
  return {{"kind", names_of(wish.key.kind).manifest},
          {"name", wish.key.name},
          {"outcome", undone.outcome},
          {"dryRun", wish.dry_run},
          {"message", undone.message},
          {wish.to ? "to" : "undone", undone.plan.revision},
          {"revision", made ? boost::json::value(undone.revision) : boost::json::value()},
          {"before", undone.before},
          {"after", undone.after}};
}

}  // namespace

Task<Answer> undo(PanelContext& context, const Request& request, const Match&) {
  const auto wish = read_undo(request);
  if (!wish) co_return wish.error();
  Undone undone;
  const auto done = co_await write_store(context, actor_of(request), [&](Database& database) {
    return with_spec(wish->key.kind, [&]<class Spec>() { return undo_in<Spec>(context, *wish, database, undone); });
  });
  if (undone.refused) co_return refused(undone);
  if (!done && !(wish->dry_run && done.error().reason == kRolledBack.reason)) co_return problem_of(done.error());
  co_return json_response(200, to_json(*wish, undone));
}

}  // namespace argos::api
