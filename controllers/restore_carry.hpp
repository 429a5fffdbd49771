// SPDX-License-Identifier: Apache-2.0
// What is not desired state: carried from the database that is replaced into the one that takes its place, or made anew where there was
// none. In one transaction of the new one; the old one is only read.
#pragma once

#include <string>

#include "model/restore_marker.hpp"
#include "runtime/database.hpp"

namespace argos {

struct CarryWish {
  RestoreMarker marker;
  std::string replaced;  // its path; empty: there is none, or nobody can read it
  std::string created_at;  // of the archive; empty: it is one that was replaced
};

// The audit log and the history that are newer than the archive, marked; for each object that is another now, a revision of the
// restore; sessions that are open in both; tokens, unless they were revoked since; what argos saw of Caddy, files and archives; what
// guessing cost. `fresh` must have this program's schema.
Result<> carry_over(Database& fresh, const CarryWish& wish);

}  // namespace argos
