// SPDX-License-Identifier: Apache-2.0
// manifests: the folder of YAML files -> rows.
//
// Watches the folder, and the rows. Reads, on a worker, the files that moved, and every kReadThrough all of them: not each file system
// tells of each change. Writes rows with managed_by=manifest and owner=file: what the files declare is put, what they no longer
// declare is deleted, in one transaction. Publishes the report "manifests"; sets ManifestValid=False on an object whose new form is
// not valid.
//
// An object that somebody else changed in the database is put back, or with settings.drift.manifests=report left until its file
// changes; either is a finding. A suspended object is left alone.
//
// It never deletes on doubt: a folder that is missing, empty of manifests or not wholly readable, a file that does not parse, an
// object that does not validate keep their rows; and what is gone must stay gone for kSettle, since editors rename and truncate.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "controllers/manifests_decide.hpp"
#include "runtime/conditions.hpp"
#include "runtime/feed_place.hpp"
#include "runtime/findings.hpp"
#include "runtime/reconciler.hpp"
#include "runtime/reports.hpp"
#include "runtime/store.hpp"
#include "runtime/workers.hpp"

namespace argos {

constexpr auto kSettle = std::chrono::milliseconds(300);
constexpr auto kReadThrough = std::chrono::minutes(10);

class Manifests final : public Reconciler {
 public:
  Manifests(Store& store, Workers& workers, Conditions& conditions, Reports& reports, const Clock& clock,
            const Secrets& secrets, std::string folder)
      : store_(store),
        workers_(workers),
        conditions_(conditions),
        reports_(reports),
        clock_(clock),
        secrets_(secrets),
        folder_(std::move(folder)),
        findings_(store, clock, "manifests") {}
  std::string_view name() const override { return "manifests"; }
  Task<Result<Next>> reconcile(const Key& key) override;

 private:
  ManifestFolder what_to_trust();
  bool nothing_moved();
  Result<> look_at_rows();
  Result<Next> put_right(const ManifestPlan& planned, const InOrder& in_order);
  std::optional<Error> unusable() const;
  std::vector<Key> settled(const std::vector<Key>& gone);
  Result<> write(const ManifestWork& work);
  Result<std::optional<ManifestForm>> to_store(Database& database, const Key& key, ManifestForm form) const;
  void report(const ManifestPlan& plan);
  void mark_invalid(const ManifestPlan& plan);

  Store& store_;
  Workers& workers_;
  Conditions& conditions_;
  Reports& reports_;
  const Clock& clock_;
  const Secrets& secrets_;
  std::string folder_;
  Findings findings_;
  // Loop thread only
  ManifestFolder read_;
  Time read_through_{};  // each file was read then, and not only looked at
  ManifestRows held_;
  FeedPlace held_at_;
  InOrder in_order_;  // of read_ and held_
  std::map<Key, Time> gone_since_;
  std::optional<FeedPlace> settled_at_;  // as of there, with these very files, nothing was left to do
  std::set<Key> marked_invalid_;
  std::set<std::string> logged_;
};

}  // namespace argos
