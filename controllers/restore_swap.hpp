// SPDX-License-Identifier: Apache-2.0
// The one moment in which a restore touches the live database: it stays beside the new one under another name, and is never missing.
#pragma once

#include "controllers/restore_carry.hpp"
#include "controllers/restore_stage.hpp"
#include "runtime/clock.hpp"

namespace argos {

constexpr std::size_t kReplacedKept = 3;

// Whether that restore is done already: the live database carries its id.
Result<bool> is_restored(const RestorePlaces& places, const RestoreMarker& marker);

// What takes long of what swap_in() does, done while others still use the live database: again and again, right before it.
Result<> prepare_swap(const RestorePlaces& places, const RestoreMarker& marker, Staged& staged, JobProgress& progress);

// Nobody of this process may have the database open. Errors: DatabaseInUse (another process has), and what files and databases say; the
// live database is as it was then, or is the new one already: is_restored() tells. Takes milliseconds after prepare_swap().
Result<> swap_in(const RestorePlaces& places, const RestoreMarker& marker, const Staged& staged, WallTime now);

// Why the restore that made the live database carried nothing over from the one that it replaced; empty: it did, or there was none.
std::string not_carried(const RestorePlaces& places);

// Of databases that were replaced the newest stay.
Result<> remove_old_replaced(const RestorePlaces& places);

}  // namespace argos
