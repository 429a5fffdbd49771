// SPDX-License-Identifier: Apache-2.0
#include "runtime/sealed.hpp"

namespace argos {
namespace {

// Whether there is one that satisfies `condition`. Stops at the first.
Result<bool> is_sealed(Database& database, const std::string& condition, const Cells& cells) {
  const auto found = database.number("SELECT count(*) FROM (SELECT 1 FROM sealed WHERE " + condition + " LIMIT 1)", cells);
  if (!found) return found.error();
  return *found > 0;
}

SealedValue value_of(const Row& row) {
  const auto text = [&](std::string_view column) { return std::string(row.at(column).as_string()); };
  return {text("kind"),
          text("subject"),
          text("field"),
          text("envelope"),
          row.at("in_rows").as_int64(),
          row.at("in_history").as_int64()};
}

void sort_in(SealedValue value, const KeyRing& ring, Sealed& out) {
  const auto places = value.rows + value.history;
  const auto id = key_id_of(value.envelope).value_or("");
  auto& count = out.by_key[id];
  count.rows += value.rows;
  count.history += value.history;
  out.all += places;
  const auto opened = ring.open(value.secret(), value.envelope);
  if (!opened) {
    out.unreadable.push_back({std::move(value), opened.error().reason});
  } else if (id == ring.current_id()) {
    out.current += places;
  } else {
    out.former.push_back(std::move(value));
  }
}

}  // namespace

std::int64_t Sealed::unreadable_places() const {
  std::int64_t out = 0;
  for (const auto& [value, reason] : unreadable) out += value.rows + value.history;
  return out;
}

Result<Sealed> look_at_sealed(Database& database, const KeyRing& ring) {
  Sealed out;
  const auto known = database.number("SELECT count(*) FROM sqlite_schema WHERE name = 'sealed'");
  if (!known) return known.error();
  if (*known == 0) return out;
  const auto rows = database.query(
      "SELECT kind, subject, field, CAST(envelope AS TEXT) AS envelope, sum(seq = 0) AS in_rows, sum(seq > 0) AS in_history "
      "FROM sealed GROUP BY 1, 2, 3, 4");
  if (!rows) return rows.error();
  for (const auto& row : *rows) sort_in(value_of(row), ring, out);
  return out;
}

Result<Standing> standing_of(Database& database, const KeyRing& ring) {
  for (const auto& id : ring.ids()) {
    const auto head = envelope_head(id);
    const auto held = is_sealed(database, "substr(envelope, 1, ?) = ?", cells(static_cast<std::int64_t>(head.size()), head));
    if (!held) return held.error();
    if (*held) return Standing::known;
  }
  const auto any = is_sealed(database, "envelope GLOB ?", cells(envelope_head(std::string(Envelope::kIdDigits, '?')) + "*"));
  if (!any) return any.error();
  return *any ? Standing::unknown : Standing::nothing_sealed;
}

Result<std::string> seal_anew(const SealedValue& value, const KeyRing& ring) {
  const auto opened = ring.open(value.secret(), value.envelope);
  if (!opened) return opened.error();
  return ring.seal(value.secret(), opened->text());
}

Result<> replace_sealed(Database& database, const SealedValue& value, const std::string& anew) {
  return database.run("UPDATE sealed SET envelope = ? WHERE kind = ? AND subject = ? AND field = ? AND envelope = ?",
                      cells(anew, value.kind, value.name, value.field, value.envelope));
}

}  // namespace argos
