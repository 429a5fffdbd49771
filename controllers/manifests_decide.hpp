// SPDX-License-Identifier: Apache-2.0
// manifests, the deciding half: what the files mean for the rows, and whose doing a difference is. Pure.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controllers/manifest_folder.hpp"
#include "manifests/manifest.hpp"
#include "model/settings.hpp"
#include "runtime/database.hpp"
#include "runtime/findings.hpp"

namespace argos {

// What the files mean for the objects that came from files.
struct ManifestPlan {
  std::vector<const ManifestObject*> puts;
  std::vector<Key> gone;  // nothing declares them any more
  std::map<Key, std::string> invalid;  // stay as they are, and why: their new form is not valid
  std::vector<ManifestError> errors;  // objects declared twice, certificates that are refused, what is argos' own
  bool undecided = false;  // one of them may be taken later, with the same files and rows
};
// A form of an object: its row's columns less name, generation and created; managed_by and owner are among them.
// In place of a sealed key is its mark (key_mark(), runtime/certificate_intake.hpp).
using ManifestForm = Row;
ManifestForm form_of(const ManifestObject& object);

// What was written last for each object, and from which file: how a changed file is told from a changed row. Survives restarts in
// the table `remembered`.
struct WrittenForm {
  std::string text;  // the form as JSON
  std::string file;

  std::string to_value() const { return text + "\n" + file; }
  static WrittenForm from_value(std::string_view value);
};
std::string written_key(const Key& key);  // "manifest/hosts/app"
std::optional<Key> key_of_written(std::string_view key);

// Objects whose row is what their file declares: which declaration, and which generation of the row. Of the files and rows of one
// look.
struct Agreed {
  const ManifestObject* object;
  std::int64_t generation;
  bool operator==(const Agreed&) const = default;
};
using InOrder = std::map<Key, Agreed>;

// What the database holds, in one snapshot.
struct ManifestRows {
  std::map<Key, Row> rows;  // of every kind
  std::map<Key, WrittenForm> written;
  std::set<Key> suspended;
  std::optional<Error> cannot_seal;  // why

  // The file that this object came from; empty: from none.
  std::string_view file_of(const Key& key) const;
};

ManifestPlan plan(const ManifestFolder& folder, const ManifestRows& held);

// What is argos' own, by its row, is no more among `puts`, nor its last good form from a file.
void refuse_system_objects(const ManifestRows& held, ManifestPlan& plan);

// Certificates that are not held yet are no more among `puts` where they are not for every name of their host, as that is declared or
// else held, or where their key cannot be sealed.
void refuse_certificates(const ManifestFolder& folder, const ManifestRows& held, ManifestPlan& plan);

// What is to be done, in this order, and what is to be said of it.
struct ManifestWork {
  std::vector<std::pair<Key, ManifestForm>> puts;
  std::vector<Key> deletions;
  std::vector<std::pair<Key, WrittenForm>> remember;
  std::vector<Key> forget;
  std::vector<Finding> findings;
  InOrder in_order;

  bool nothing() const { return puts.empty() && deletions.empty() && remember.empty() && forget.empty(); }
};
// `gone`: those of plan.gone that have been gone long enough to be believed. `before`: what the look before found in order.
ManifestWork decide(const ManifestPlan& plan, const ManifestRows& held, const std::vector<Key>& gone, const InOrder& before);

}  // namespace argos
