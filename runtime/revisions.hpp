// SPDX-License-Identifier: Apache-2.0
// The feed read as history: every change of desired state, by whom, from where, what was before and after. Called inside
// Store::read and Store::write.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/kind.hpp"
#include "runtime/database.hpp"
#include "runtime/rows.hpp"

namespace argos {

// In SQL, of an entry of the feed. That a certificate's files were written is in the feed too, and is nobody's wish.
constexpr std::string_view kIsRevision = "what <> 'materialised'";
constexpr std::string_view kIsChange = "what NOT IN ('suspended', 'resumed', 'materialised')";

// The columns of a row as they were, its name too; none where there was no row.
using Form = std::optional<Row>;

struct Revision {
  std::int64_t seq = 0;
  Key key;             // an object; or a controller, which can only be suspended
  std::string at;      // RFC 3339, UTC
  std::string what;    // created, changed, deleted, suspended, resumed
  std::string actor;  // "outside": somebody who did not ask argos. Empty: from before argos kept that, as are the forms then
  std::string origin;  // "argos apply", "undo of 7"; may be empty
  Form before, after;

  // Of the object itself, not of whether it is left alone.
  bool is_change() const { return what != "suspended" && what != "resumed"; }
  bool keeps_forms() const { return before || after; }
};

struct RevisionQuery {
  std::optional<Kind> kind = {};  // none: all
  std::string name = {};  // empty: all of the kind
  std::optional<std::int64_t> before = {};  // only older ones than this
  std::size_t limit = 20;
  bool changes_only = false;
  std::string actor = {}, what = {};  // empty: whoever, whatever
};

// Newest first.
Result<std::vector<Revision>> read_revisions(Database& database, const RevisionQuery& query);
// One that is kept. Errors: RevisionPruned, RevisionNotFound.
Result<Revision> read_revision(Database& database, std::int64_t seq);

// The fields of the spec that differ, "spec.tls.mode", and managedBy and owner; nothing for one that keeps no forms.
std::vector<std::string> changed_fields(const Revision& revision);

}  // namespace argos
