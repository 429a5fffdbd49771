// SPDX-License-Identifier: Apache-2.0
#include "runtime/revisions.hpp"

#include <spdlog/fmt/fmt.h>

namespace argos {
namespace {

std::string revisions_where(std::string_view condition) {
  return fmt::format("SELECT seq, kind, name, at, what, actor, origin, before, after FROM changes WHERE {}", condition);
}

std::string text_of(const Row& row, std::string_view column) {
  const auto& cell = row.at(column);
  return cell.is_string() ? std::string(cell.get_string()) : std::string();
}

Form form_from(const Row& row, std::string_view column) {
  const auto& cell = row.at(column);
  if (!cell.is_string()) return std::nullopt;
  boost::system::error_code bad;
  auto parsed = boost::json::parse(cell.get_string(), bad);
  if (bad || !parsed.is_object()) return std::nullopt;
  auto form = std::move(parsed.get_object());
  form["name"] = row.at("name");
  return form;
}

Revision revision_from(const Row& row, Kind kind) {
  return {row.at("seq").as_int64(), {kind, text_of(row, "name")}, text_of(row, "at"),       text_of(row, "what"),
          text_of(row, "actor"),    text_of(row, "origin"),       form_from(row, "before"), form_from(row, "after")};
}

void append(const Rows& rows, std::vector<Revision>& out) {
  for (const auto& row : rows) {
    if (const auto kind = kind_from(text_of(row, "kind"))) out.push_back(revision_from(row, *kind));
  }
}

void differing(const boost::json::value& before, const boost::json::value& after, const std::string& path,
               std::vector<std::string>& out) {
  if (before == after) return;
  const auto *const old = before.if_object(), *const now = after.if_object();
  if (old == nullptr || now == nullptr) return out.push_back(path);
  for (const auto& field : *now) {
    const auto* const held = old->if_contains(field.key());
    differing(held == nullptr ? boost::json::value() : *held, field.value(), detail::join(path, field.key()), out);
  }
  for (const auto& field : *old) {  // an empty optional is left out
    if (!now->contains(field.key())) out.push_back(detail::join(path, field.key()));
  }
}

boost::json::value spec_of(Kind kind, const Row& form) {
  return with_spec(kind, [&]<class Spec>() {
    Spec spec;
    FieldErrors ignored;
    from_row(form, "spec", spec, ignored);
    return to_json_value(spec);
  });
}

Error missing(std::int64_t seq, std::int64_t newest) {
  if (seq > 0 && seq <= newest) {
    return {"RevisionPruned", fmt::format("revision {} is not kept", seq),
            "the settings' historyLimit says how many are; `argos history` lists them", Retry::never};
  }
  return {"RevisionNotFound", fmt::format("there is no revision {}; the newest is {}", seq, newest),
          "`argos history` lists them", Retry::never};
}

}  // namespace

Result<std::vector<Revision>> read_revisions(Database& database, const RevisionQuery& query) {
  auto sql = revisions_where(query.changes_only ? kIsChange : kIsRevision);
  Cells parameters;
  const auto where = [&](std::string_view condition, boost::json::value parameter) {
    sql += fmt::format(" AND {}", condition);
    parameters.push_back(std::move(parameter));
  };
  if (query.kind) where("kind = ?", boost::json::string(names_of(*query.kind).table));
  for (const auto unseen : {Kind::request, Kind::user}) {  // in the feed, and no history
    if (!query.kind) where("kind <> ?", boost::json::string(names_of(unseen).table));
  }
  if (!query.name.empty()) where("name = ?", boost::json::string(query.name));
  if (!query.actor.empty()) where("actor = ?", boost::json::string(query.actor));
  if (!query.what.empty()) where("what = ?", boost::json::string(query.what));
  if (query.before) where("seq < ?", *query.before);
  const auto rows = database.query(fmt::format("{} ORDER BY seq DESC LIMIT {}", sql, query.limit), parameters);
  if (!rows) return rows.error();
  std::vector<Revision> out;
  append(*rows, out);
  return out;
}

Result<Revision> read_revision(Database& database, std::int64_t seq) {
  const auto rows = database.query(revisions_where(kIsRevision) + " AND seq = ?", cells(seq));
  if (!rows) return rows.error();
  std::vector<Revision> out;
  append(*rows, out);
  if (!out.empty()) return std::move(out.front());
  const auto newest = database.number("SELECT coalesce(max(seq), 0) FROM changes");
  if (!newest) return newest.error();
  return missing(seq, *newest);
}

std::vector<std::string> changed_fields(const Revision& revision) {
  std::vector<std::string> out;
  if (!revision.before || !revision.after) return out;
  differing(spec_of(revision.key.kind, *revision.before), spec_of(revision.key.kind, *revision.after), "spec", out);
  const auto before = meta_from_row(*revision.before), after = meta_from_row(*revision.after);
  if (before.managed_by != after.managed_by) out.emplace_back("managedBy");
  if (before.owner != after.owner) out.emplace_back("owner");
  return out;
}

}  // namespace argos
