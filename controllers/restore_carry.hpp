// SPDX-License-Identifier: Apache-2.0
// What is not desired state: carried from the database that is replaced into the one that takes its place, or made anew where there was
// none. In one transaction of the new one; the old one is only read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "model/restore_marker.hpp"
#include "runtime/database.hpp"

namespace argos {

struct CarryWish {
  RestoreMarker marker;
  std::string replaced;  // its path; empty: there is none, or nobody can read it
  std::string created_at;  // of the archive; empty: it is one that was replaced
  std::string not_carried = {};  // why nothing of the replaced one is
};

// How far the replaced one's log was carried over: what was written to it later is still to be.
struct Carried {
  struct Log {
    std::int64_t since = 0;  // the number in the replaced one of the last entry that both have
    std::int64_t up_to = 0;  // of the last one that was carried
    bool same_numbers = true;  // entries keep theirs
  };
  Log changes, audit;
  std::int64_t then = 0;  // the number of the archive's last change
};

// The audit log and the history that are newer than the archive, marked, as far as they go now; others may write to the replaced one
// meanwhile. Each entry once, however often this is called with what it returned. None: that one's schema is not this program's.
Result<std::optional<Carried>> carry_log(Database& fresh, const CarryWish& wish, std::optional<Carried> so_far);

// What was not carried of that yet, and all else: for each object that is another now, a revision of the restore; sessions that are open
// in both; tokens, unless they were revoked since; recovery codes as they are now; what argos saw of Caddy, files and archives; what
// guessing cost. `fresh` must have this program's schema.
Result<> carry_over(Database& fresh, const CarryWish& wish, std::optional<Carried> so_far);

}  // namespace argos
