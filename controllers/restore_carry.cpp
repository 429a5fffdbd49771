// SPDX-License-Identifier: Apache-2.0
#include "controllers/restore_carry.hpp"

#include <algorithm>
#include <array>
#include <functional>

#include <spdlog/fmt/fmt.h>

#include "controllers/migrations.hpp"

namespace argos {
namespace {

// What is seen, not wanted: of now, never of then.
constexpr std::array<std::string_view, 16> kSeen{"requests",       "findings",         "condition_times",    "accepted",
                                                 "tried",          "refused",          "certificate_files",  "suspensions",
                                                 "backups",        "integrity_places", "integrity_baseline", "integrity_own",
                                                 "integrity_read", "login_throttles",  "login_places",       "acting"};

// In `remembered`: what the caddy controller wrote there of the running Caddy.
constexpr std::string_view kOfCaddy = "key LIKE 'caddy.%'";

constexpr std::string_view kBefore = "before the restore ";  // in the origin of an entry that was carried over
constexpr std::string_view kIsChange = "what IN ('created', 'changed', 'deleted')";

std::string origin_of(const RestoreMarker& marker) { return "restore " + marker.id; }

// Runs them one after the other, with the same parameters.
Result<> run_all(Database& database, std::initializer_list<std::string> statements) {
  for (const auto& statement : statements) {
    if (auto done = database.run(statement); !done) return done;
  }
  return {};
}

Result<bool> has(Database& database, std::string_view schema, std::string_view table) {
  const auto found = database.number(
      fmt::format("SELECT count(*) FROM {}.sqlite_schema WHERE type = 'table' AND name = ?", schema), cells(table));
  if (!found) return found.error();
  return *found > 0;
}

Result<> empty_what_was_seen(Database& fresh, bool from_replaced) {
  for (const auto table : kSeen) {
    const auto there = has(fresh, "main", table);
    if (!there) return there.error();
    if (!*there) continue;
    if (auto done = fresh.run(fmt::format("DELETE FROM {}", table)); !done) return done;
    if (!from_replaced || table == "acting") continue;
    if (auto done = fresh.run(fmt::format("INSERT INTO main.{0} SELECT * FROM replaced.{0}", table)); !done) return done;
  }
  auto done = fresh.run(fmt::format("DELETE FROM remembered WHERE {}", kOfCaddy));
  if (!done || !from_replaced) return done;
  return fresh.run(fmt::format("INSERT INTO main.remembered SELECT * FROM replaced.remembered WHERE {}", kOfCaddy));
}

// Numbers are never used again, whichever database gave them.
Result<> go_on_counting(Database& fresh) {
  return fresh.script(
      "INSERT INTO main.sqlite_sequence (name, seq) SELECT name, 0 FROM replaced.sqlite_sequence"
      "  WHERE name NOT IN (SELECT name FROM main.sqlite_sequence);"
      "UPDATE main.sqlite_sequence SET seq = max(seq, coalesce((SELECT seq FROM replaced.sqlite_sequence AS other"
      "  WHERE other.name = main.sqlite_sequence.name), 0));");
}

// Where both have the same beginning the replaced one's later numbers are newer than the archive; else what was written later is.
Result<Carried::Log> newer_than(Database& fresh, std::string_view table, std::string_view number, const CarryWish& wish) {
  const auto last = fresh.number(fmt::format("SELECT coalesce(max({}), 0) FROM main.{}", number, table));
  if (!last) return last.error();
  const auto same = fresh.number(
      fmt::format("SELECT count(*) FROM main.{0} AS one JOIN replaced.{0} AS other USING ({1}, at, kind, name) WHERE {1} = ?",
                  table, number),
      cells(*last));
  if (!same) return same.error();
  if (*same > 0 || *last == 0) return Carried::Log{*last, *last, true};
  const auto since = fresh.number(
      fmt::format("SELECT coalesce(max({1}), 0) FROM replaced.{0} WHERE at <= max(?, (SELECT max(at) FROM main.{0}))", table,
                  number),
      cells(wish.created_at));
  if (!since) return since.error();
  return Carried::Log{*since, *since, *since >= *last};
}

Result<Carried> begin_carrying(Database& fresh, const CarryWish& wish) {
  const auto then = fresh.number("SELECT coalesce(max(seq), 0) FROM main.changes");
  const auto changes = newer_than(fresh, "changes", "seq", wish);
  const auto audit = newer_than(fresh, "audit_log", "id", wish);
  if (!then) return then.error();
  if (!changes || !audit) return changes ? audit.error() : changes.error();
  return Carried{*changes, *audit, *then};
}

Result<> carry_entries(Database& fresh, const CarryWish& wish, Carried::Log& log, std::string_view table,
                       std::string_view number, std::string_view columns, std::string_view which) {
  const auto last = fresh.number(fmt::format("SELECT coalesce(max({}), 0) FROM replaced.{}", number, table));
  if (!last) return last.error();
  auto done = fresh.run(fmt::format("INSERT INTO main.{0} ({1}, {2}, origin) SELECT {3}, {2},"
                                    "  iif(origin LIKE '%{4}%', origin, origin || iif(origin = '', '', ', ') || ?)"
                                    " FROM replaced.{0} WHERE {1} > ? AND {1} <= ? AND {5} ORDER BY {1}",
                                    table, number, columns, log.same_numbers ? number : "NULL", kBefore, which),
                        cells(std::string(kBefore) + wish.marker.id, log.up_to, *last));
  if (done) log.up_to = std::max(log.up_to, *last);
  return done;
}

Result<> carry_entries(Database& fresh, const CarryWish& wish, Carried& so_far) {
  if (auto done = go_on_counting(fresh); !done) return done;
  auto done = carry_entries(fresh, wish, so_far.changes, "changes", "seq", "kind, name, at, what, actor, before, after",
                            "what <> 'materialised' AND kind <> 'requests'");
  if (!done) return done;
  return carry_entries(fresh, wish, so_far.audit, "audit_log", "id", "at, actor, action, kind, name, detail", "true");
}

std::string all_objects() {
  std::string out;
  for (const auto& names : desired_kinds())
    out += fmt::format("{0}SELECT '{1}' AS kind, name FROM main.{1} UNION SELECT '{1}', name FROM replaced.{1}",
                       out.empty() ? "" : " UNION ", names.table);
  return out;
}

// What each object was when it was replaced, and what it is now: the last forms of either side.
Result<> record_revisions(Database& fresh, const CarryWish& wish, const Carried& so_far) {
  return fresh.run(
      fmt::format(
          "WITH objects AS ({0}), moved AS (SELECT kind, name,"
          "    (SELECT one.seq FROM replaced.changes AS one WHERE one.kind = objects.kind AND one.name = objects.name"
          "      AND one.seq > ?1 AND {1} ORDER BY one.seq DESC LIMIT 1) AS seq FROM objects),"
          "  forms AS (SELECT moved.kind, moved.name, last.after AS before,"
          "    (SELECT after FROM main.changes AS one WHERE one.kind = moved.kind AND one.name = moved.name AND one.seq <= ?2"
          "      AND {1} ORDER BY one.seq DESC LIMIT 1) AS after"
          "    FROM moved JOIN replaced.changes AS last ON last.seq = moved.seq)"
          " INSERT INTO main.changes (kind, name, what, actor, origin, before, after)"
          " SELECT kind, name, CASE WHEN before IS NULL THEN 'created' WHEN after IS NULL THEN 'deleted' ELSE 'changed' END,"
          "   'restore', ?3, before, after FROM forms WHERE before IS NOT after",
          all_objects(), kIsChange),
      cells(so_far.changes.since, so_far.then, origin_of(wish.marker)));
}

// Of recovery codes those that somebody holds now: former ones were used, or lie about somewhere.
Result<> carry_accounts(Database& fresh) {
  return run_all(fresh, {"DELETE FROM main.sessions WHERE token_hash NOT IN (SELECT token_hash FROM replaced.sessions)",
                         "DELETE FROM main.api_tokens WHERE id NOT IN (SELECT id FROM replaced.api_tokens) AND id IN"
                         " (SELECT detail ->> '$.id' FROM replaced.audit_log WHERE action = 'TokenRevoked')",
                         "DELETE FROM main.recovery_codes WHERE user IN (SELECT user FROM replaced.recovery_codes)",
                         "INSERT INTO main.recovery_codes SELECT * FROM replaced.recovery_codes"
                         " WHERE user IN (SELECT name FROM main.users WHERE totp <> '')"});
}

// A form that nobody has seen in force yet, whatever conditions say of an earlier one.
Result<> begin_generations(Database& fresh) {
  const auto last = fresh.number(
      "SELECT max((SELECT coalesce(max(seq), 0) FROM changes),"
      " (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'changes')) + 1");
  if (!last) return last.error();
  auto done = fresh.run(
      "INSERT INTO changes (seq, kind, name, what, actor) VALUES (?, 'controllers', 'restore', 'materialised', 'restore')",
      cells(*last));
  for (const auto& names : desired_kinds()) {
    if (done) done = fresh.run(fmt::format("UPDATE {} SET generation = ?", names.table), cells(*last));
  }
  return done;
}

Result<> record(Database& fresh, const CarryWish& wish) {
  const auto& marker = wish.marker;
  return fresh.run(
      "INSERT INTO audit_log (actor, origin, action, kind, name, detail) VALUES (?, ?, 'Restored', 'Backup', ?, "
      "json_object('id', ?,"
      " 'createdAt', ?, 'requestedAt', ?, 'notCarried', ?))",
      cells(marker.requested_by.empty() ? std::string("restore") : marker.requested_by, origin_of(marker), marker.archive,
            marker.id, wish.created_at, marker.requested_at, wish.not_carried));
}

Result<> carry(Database& fresh, const CarryWish& wish, std::optional<Carried> so_far) {
  if (so_far) {
    if (auto done = carry_entries(fresh, wish, *so_far); !done) return done;
    if (auto done = record_revisions(fresh, wish, *so_far); !done) return done;
    if (auto done = carry_accounts(fresh); !done) return done;
  }
  if (auto done = empty_what_was_seen(fresh, so_far.has_value()); !done) return done;
  if (auto done = begin_generations(fresh); !done) return done;
  return record(fresh, wish);
}

// Of another schema its rows cannot be carried: an upgrade and a restore at once.
Result<bool> can_be_read(Database& fresh) {
  const auto there = has(fresh, "replaced", "schema_migrations");
  if (!there || !*there) return there;
  const auto version = fresh.number("SELECT coalesce(max(version), 0) FROM replaced.schema_migrations");
  if (!version) return version.error();
  return *version == schema_version();
}

// With the replaced one beside it, where there is one of this schema, in one transaction.
Result<> with_replaced(Database& fresh, const std::string& replaced, const std::function<Result<>(bool readable)>& job) {
  if (auto silent = fresh.silence_triggers(); !silent) return silent;
  bool readable = false;
  if (!replaced.empty()) {
    if (auto attached = fresh.run("ATTACH ? AS replaced", cells(replaced)); !attached) return attached;
    const auto found = can_be_read(fresh);
    readable = found && *found;
  }
  if (auto begun = fresh.run("BEGIN"); !begun) return begun;  // IMMEDIATE would lock the replaced one too
  auto done = job(readable);
  if (done) done = fresh.run("COMMIT");
  if (!done && fresh.in_transaction()) (void)fresh.run("ROLLBACK");
  if (!replaced.empty()) (void)fresh.run("DETACH replaced");
  return done;
}

}  // namespace

Result<std::optional<Carried>> carry_log(Database& fresh, const CarryWish& wish, std::optional<Carried> so_far) {
  auto done = with_replaced(fresh, wish.replaced, [&](bool readable) -> Result<> {
    if (!readable) return {};
    if (!so_far) {
      const auto begun = begin_carrying(fresh, wish);
      if (!begun) return begun.error();
      so_far = *begun;
    }
    return carry_entries(fresh, wish, *so_far);
  });
  if (!done) return done.error();
  return so_far;
}

Result<> carry_over(Database& fresh, const CarryWish& wish, std::optional<Carried> so_far) {
  return with_replaced(fresh, wish.replaced, [&](bool readable) -> Result<> {
    CarryWish known = wish;
    if (!readable && known.not_carried.empty() && !wish.replaced.empty())
      known.not_carried = "the database that was replaced has another schema";
    if (!readable) so_far.reset();
    if (readable && !so_far) {
      const auto begun = begin_carrying(fresh, wish);
      if (!begun) return begun.error();
      so_far = *begun;
    }
    return carry(fresh, known, so_far);
  });
}

}  // namespace argos
