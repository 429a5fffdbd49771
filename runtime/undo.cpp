// SPDX-License-Identifier: Apache-2.0
#include "runtime/undo.hpp"

#include <charconv>

#include <spdlog/fmt/fmt.h>

namespace argos {
namespace {

constexpr std::string_view kUndoOf = "undo of ", kUndoTo = "undo to ";

std::optional<std::int64_t> number_after(std::string_view text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return std::nullopt;
  text.remove_prefix(prefix.size());
  std::int64_t number = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (bad != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Result<std::optional<Revision>> newest_change(Database& database, const Key& key, std::optional<std::int64_t> before) {
  auto found = read_revisions(database, {key.kind, key.name, before, 1, true});
  if (!found) return found.error();
  if (found->empty()) return std::optional<Revision>{};
  return std::optional<Revision>(std::move(found->front()));
}

Error keeps_none(const Revision& revision) {
  return {"NoEarlierForm", fmt::format("revision {} was made before argos kept earlier forms", revision.seq),
          "`argos history` shows where they begin", Retry::never};
}

// REPLACE INTO by another hand tells the triggers of the new row only, or of a deletion in the same breath: to people it is one
// change.
Result<Form> form_before(Database& database, const Revision& revision) {
  if (revision.before) return revision.before;
  if (!revision.after) return keeps_none(revision);
  const auto earlier = newest_change(database, revision.key, revision.seq);
  if (!earlier) return earlier.error();
  if (!*earlier) return Form{};
  const bool at_once = (*earlier)->seq + 1 == revision.seq && (*earlier)->at == revision.at;
  return at_once && !(*earlier)->after ? (*earlier)->before : (*earlier)->after;
}

bool same(Kind kind, const Form& one, const Form& other) {
  if (!one || !other) return !one && !other;
  return with_spec(kind, [&]<class Spec>() {
    return same_but_sealed(object_from_row<Spec>(*one).spec, object_from_row<Spec>(*other).spec);
  });
}

// Where an undo led to: what is older than this is what it left standing. Nothing for a change that is no undo; the origin alone is
// no proof, for a client may call itself what it likes.
Result<std::optional<std::int64_t>> led_to(Database& database, const Revision& revision) {
  using Found = std::optional<std::int64_t>;
  const auto of = number_after(revision.origin, kUndoOf), to = number_after(revision.origin, kUndoTo);
  if ((!of && !to) || of.value_or(0) >= revision.seq || to.value_or(0) >= revision.seq) return Found{};
  const auto other = read_revision(database, of ? *of : *to);
  if (!other) return other.error();
  if (other->key != revision.key) return Found{};
  const auto form = of ? form_before(database, *other) : Result<Form>(other->after);
  if (!form) return form.error();
  if (!same(revision.key.kind, *form, revision.after)) return Found{};
  return Found(of ? *of : *to + 1);
}

// The newest change that no later undo has undone.
Result<Revision> last_standing(Database& database, const Key& key) {
  std::optional<std::int64_t> below;
  while (true) {
    auto newest = newest_change(database, key, below);
    if (!newest) return newest.error();
    if (!*newest && !below)
      return Error{"NotFound", fmt::format("there is no {}, and no history of one", to_string(key)), "", Retry::never};
    if (!*newest) {
      return Error{"NothingToUndo", fmt::format("no change of {} from before revision {} is kept", to_string(key), *below),
                   fmt::format("`argos history {}` lists what is; --to leads to any of them", to_string(key)), Retry::never};
    }
    const auto next = led_to(database, **newest);
    if (!next) return next.error();
    if (!*next) return std::move(**newest);
    below = *next;
  }
}

Result<UndoPlan> plan_to(Database& database, const Key& key, std::int64_t to) {
  auto revision = read_revision(database, to);
  if (!revision) return revision.error();
  if (revision->key != key) {
    return Error{"AnotherObject",
                 fmt::format("revision {} is one of {}, not of {}", to, to_string(revision->key), to_string(key)),
                 fmt::format("`argos history {}` lists those of {}", to_string(key), to_string(key)), Retry::never};
  }
  if (!revision->is_change()) {
    return Error{"NotUndoable",
                 fmt::format("with revision {} {} was {}: its fields stayed as they were", to, to_string(key), revision->what),
                 "name another revision; `argos suspend` and `argos resume` are each other's way back", Retry::never};
  }
  if (!revision->keeps_forms()) return keeps_none(*revision);
  return UndoPlan{to, std::move(revision->after), fmt::format("{}{}", kUndoTo, to)};
}

}  // namespace

Result<UndoPlan> plan_undo(Database& database, const Key& key, std::optional<std::int64_t> to) {
  if (to) return plan_to(database, key, *to);
  const auto last = last_standing(database, key);
  if (!last) return last.error();
  auto form = form_before(database, *last);
  if (!form) return form.error();
  return UndoPlan{last->seq, std::move(*form), fmt::format("{}{}", kUndoOf, last->seq)};
}

Result<> say_origin(Database& database, const std::string& origin) {
  return database.run("UPDATE acting SET origin = ?", cells(origin));
}

}  // namespace argos
