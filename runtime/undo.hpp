// SPDX-License-Identifier: Apache-2.0
// Which earlier form of an object an undo brings back.
//
// Without a number it is the form before the last change. An undo is a change too, but one that goes back: the next undo goes on
// from where that one led, so that undo after undo walks through all that is kept, as in an editor. `to` a number leads anywhere,
// forward too.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "runtime/revisions.hpp"

namespace argos {

struct UndoPlan {
  std::int64_t revision = 0;  // the one undone; with `to`, the one led to
  Form form;  // none: the object did not exist then
  std::string origin;  // what the history will say: "undo of 7", "undo to 7"
};

// Errors: NotFound (nothing is known of the object), NothingToUndo, NoEarlierForm, RevisionPruned, RevisionNotFound,
// AnotherObject, NotUndoable.
Result<UndoPlan> plan_undo(Database& database, const Key& key, std::optional<std::int64_t> to);

// Within a Store::write of an actor: what the history says about where the change came from.
Result<> say_origin(Database& database, const std::string& origin);

}  // namespace argos
