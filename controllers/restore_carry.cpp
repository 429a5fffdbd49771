// SPDX-License-Identifier: Apache-2.0
#include "controllers/restore_carry.hpp"

#include <array>

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

// The seq behind which the replaced database's changes are newer than the archive: where both have the same beginning, by number; else by
// time.
struct Since {
  std::int64_t seq = 0, audit = 0;
};
Result<std::int64_t> newer_than(Database& fresh, std::string_view table, std::string_view number, const CarryWish& wish) {
  const auto last = fresh.number(fmt::format("SELECT coalesce(max({}), 0) FROM main.{}", number, table));
  if (!last) return last.error();
  const auto same = fresh.number(
      fmt::format("SELECT count(*) FROM main.{0} AS one JOIN replaced.{0} AS other USING ({1}, at, kind, name) WHERE {1} = ?",
                  table, number),
      cells(*last));
  if (!same) return same.error();
  if (*same > 0 || *last == 0) return *last;
  return fresh.number(fmt::format("SELECT coalesce(max({}), 0) FROM replaced.{} WHERE at <= ?", number, table),
                      cells(wish.created_at));
}

Result<> carry_history(Database& fresh, const CarryWish& wish, const Since& since, std::int64_t then) {
  const auto marked = "origin || iif(origin = '', '', ', ') || 'before the " + origin_of(wish.marker) + "'";
  auto done = fresh.run(fmt::format("INSERT INTO main.changes (kind, name, at, what, actor, origin, before, after)"
                                    " SELECT kind, name, at, what, actor, {}, before, after FROM replaced.changes"
                                    " WHERE seq > ? AND what <> 'materialised' AND kind <> 'requests' ORDER BY seq",
                                    marked),
                        cells(since.seq));
  if (done) {
    done = fresh.run(
        fmt::format("INSERT INTO main.audit_log (at, actor, origin, action, kind, name, detail)"
                    " SELECT at, actor, {}, action, kind, name, detail FROM replaced.audit_log WHERE id > ? ORDER BY id",
                    marked),
        cells(since.audit));
  }
  if (!done) return done;
  // What each object was when it was replaced, and what it is now: the last forms of either side.
  return fresh.run(
      fmt::format(
          "WITH moved AS (SELECT kind, name, max(seq) AS seq FROM replaced.changes"
          "    WHERE seq > ?1 AND {0} AND kind NOT IN ('users') GROUP BY kind, name),"
          "  forms AS (SELECT moved.kind, moved.name, last.after AS before,"
          "    (SELECT after FROM main.changes AS one WHERE one.kind = moved.kind AND one.name = moved.name AND one.seq <= ?2"
          "      AND {0} ORDER BY one.seq DESC LIMIT 1) AS after"
          "    FROM moved JOIN replaced.changes AS last USING (seq))"
          " INSERT INTO main.changes (kind, name, what, actor, origin, before, after)"
          " SELECT kind, name, CASE WHEN before IS NULL THEN 'created' WHEN after IS NULL THEN 'deleted' ELSE 'changed' END,"
          "   'restore', ?3, before, after FROM forms WHERE before IS NOT after",
          kIsChange),
      cells(since.seq, then, origin_of(wish.marker)));
}

Result<> carry_accounts(Database& fresh) {
  return run_all(fresh, {"DELETE FROM main.sessions WHERE token_hash NOT IN (SELECT token_hash FROM replaced.sessions)",
                         "DELETE FROM main.api_tokens WHERE id NOT IN (SELECT id FROM replaced.api_tokens) AND id IN"
                         " (SELECT detail ->> '$.id' FROM replaced.audit_log WHERE action = 'TokenRevoked')",
                         "UPDATE main.recovery_codes SET used_at = used.used_at FROM replaced.recovery_codes AS used"
                         " WHERE used.user = recovery_codes.user AND used.code_hash = recovery_codes.code_hash"
                         "  AND recovery_codes.used_at = 0"});
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
      " 'createdAt', ?, 'requestedAt', ?))",
      cells(marker.requested_by.empty() ? std::string("restore") : marker.requested_by, origin_of(marker), marker.archive,
            marker.id, wish.created_at, marker.requested_at));
}

Result<> carry_from_replaced(Database& fresh, const CarryWish& wish) {
  const auto then = fresh.number("SELECT coalesce(max(seq), 0) FROM main.changes");
  if (!then) return then.error();
  const auto seq = newer_than(fresh, "changes", "seq", wish);
  const auto audit = newer_than(fresh, "audit_log", "id", wish);
  if (!seq || !audit) return seq ? audit.error() : seq.error();
  if (auto done = go_on_counting(fresh); !done) return done;
  if (auto done = carry_history(fresh, wish, {*seq, *audit}, *then); !done) return done;
  return carry_accounts(fresh);
}

Result<> carry(Database& fresh, const CarryWish& wish) {
  const bool from_replaced = !wish.replaced.empty();
  if (from_replaced) {
    if (auto done = carry_from_replaced(fresh, wish); !done) return done;
  }
  if (auto done = empty_what_was_seen(fresh, from_replaced); !done) return done;
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

}  // namespace

Result<> carry_over(Database& fresh, const CarryWish& wish) {
  if (auto silent = fresh.silence_triggers(); !silent) return silent;
  CarryWish known = wish;
  if (!wish.replaced.empty()) {
    if (auto attached = fresh.run("ATTACH ? AS replaced", cells(wish.replaced)); !attached) return attached;
    const auto readable = can_be_read(fresh);
    if (!readable || !*readable) known.replaced.clear();
  }
  if (auto begun = fresh.run("BEGIN"); !begun) return begun;  // IMMEDIATE would lock the replaced one too
  auto done = carry(fresh, known);
  if (done) done = fresh.run("COMMIT");
  if (!done && fresh.in_transaction()) (void)fresh.run("ROLLBACK");
  if (!wish.replaced.empty()) (void)fresh.run("DETACH replaced");
  return done;
}

}  // namespace argos
