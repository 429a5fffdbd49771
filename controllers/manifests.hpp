// SPDX-License-Identifier: Apache-2.0
// manifests: the folder of YAML files -> rows.
//
// Watches the folder, and the rows (a manifest object that somebody else changed is put back). Reads every file, on a worker.
// Writes rows with managed_by=manifest and owner=file: what the files declare is put, what they no longer declare is deleted, in
// one transaction. Publishes the report "manifests"; sets ManifestValid=False on an object whose new form is not valid.
//
// It never deletes on doubt: a folder that is missing, empty of manifests or not wholly readable, a file that does not parse, an
// object that does not validate keep their rows; and what is gone must stay gone for kSettle, since editors rename and truncate.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "manifests/manifest.hpp"
#include "runtime/conditions.hpp"
#include "runtime/reconciler.hpp"
#include "runtime/reports.hpp"
#include "runtime/rows.hpp"
#include "runtime/store.hpp"
#include "runtime/workers.hpp"

namespace argos {

constexpr auto kSettle = std::chrono::milliseconds(300);

// One file as it was read last: parsed again only when its bytes differ.
struct ReadManifest {
  std::string bytes;  // empty where it could not be read
  ManifestFile parsed;
};
struct ManifestFolder {
  bool present = false;  // the folder is there
  bool complete = false;  // every file and sub-folder in it could be listed
  std::map<std::string, std::shared_ptr<const ReadManifest>> files;  // by path relative to the folder
};

// Reads the folder, sub-folders too, links followed, names that begin with a dot left out. `before` saves parsing again.
ManifestFolder read_folder(const std::string& folder, const ManifestFolder& before);

// What the files mean for the rows that manifests own already (key -> file). Pure.
struct ManifestPlan {
  std::vector<const ManifestObject*> puts;
  std::vector<Key> gone;  // rows that nothing declares any more
  std::map<Key, std::string> invalid;  // rows that stay as they are, and why: their new form is not valid
  std::vector<ManifestError> errors;  // objects declared twice
};
ManifestPlan plan(const ManifestFolder& folder, const std::map<Key, std::string>& held);

class Manifests final : public Reconciler {
 public:
  Manifests(Store& store, Workers& workers, Conditions& conditions, Reports& reports, const Clock& clock, std::string folder)
      : store_(store),
        workers_(workers),
        conditions_(conditions),
        reports_(reports),
        clock_(clock),
        folder_(std::move(folder)) {}
  std::string_view name() const override { return "manifests"; }
  Task<Result<Next>> reconcile(const Key& key) override;

 private:
  Result<std::map<Key, std::string>> held_rows();
  std::vector<Key> settled(const std::vector<Key>& gone);
  Result<> write(const ManifestPlan& plan, const std::vector<Key>& deletions);
  void report(const ManifestPlan& plan);
  void mark_invalid(const ManifestPlan& plan);

  Store& store_;
  Workers& workers_;
  Conditions& conditions_;
  Reports& reports_;
  const Clock& clock_;
  std::string folder_;
  // Loop thread only
  ManifestFolder read_;
  std::map<Key, Time> gone_since_;
  std::set<Key> marked_invalid_;
  std::set<std::string> logged_;
};

}  // namespace argos
