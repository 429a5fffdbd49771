// SPDX-License-Identifier: Apache-2.0
// restore: a marker wants an archive -> the database is what was in it, and the one that was there lies beside it.
//
// Watches .restore_pending, by time. Reads the archive; writes a staging folder, then swaps its database in while the store is closed,
// live and at boot by the same steps, and opens the store again. Until the swap nothing that is in use is touched; whatever is wrong
// before it is said in .restore_failed and in LastRestore, and the marker goes. A kill at any step is followed by the same steps anew;
// a database that carries the marker's id is done. Sets LastRestore and, while it works, Restoring; neither touches its Ready: that is
// False only while a restore that should go on cannot (DatabaseInUse). Who works with the database for long ends as long as Restoring is
// True. Publishes the report "restore".
#pragma once

#include <atomic>
#include <memory>
#include <optional>

#include "controllers/restore_swap.hpp"
#include "runtime/conditions.hpp"
#include "runtime/reconciler.hpp"
#include "runtime/reports.hpp"
#include "runtime/store.hpp"
#include "runtime/workers.hpp"

namespace argos {

// Loop thread only.
class Restore final : public Reconciler {
 public:
  struct Options {
    RestorePlaces places;
    const std::atomic<bool>* leaving = nullptr;  // argos is to end: so is what is in hand
  };
  Restore(Store& store, Conditions& conditions, Reports& reports, const Clock& clock, const KeyRing& ring, Options options);
  std::string_view name() const override { return "restore"; }
  Task<Result<Next>> reconcile(const Key& key) override;

 private:
  Task<Result<Next>> go_on(RestoreMarker marker);
  using Job = std::function<Result<Staged>(JobProgress&)>;
  Task<Result<Staged>> prepare(RestoreMarker marker, Job job);
  Task<Result<Next>> stage_it(RestoreMarker marker);
  Error wait_for_others(const Error& error);
  void record_wish(const RestoreMarker& marker);
  Result<> swap(const RestoreMarker& marker);
  Result<> unless_it_is_there(const Error& error, const RestoreMarker& marker) const;
  Result<> open_again();
  Result<Next> refuse(const Error& error, const RestoreMarker& marker);
  Result<Next> finish(const RestoreMarker& marker, bool now);
  Result<Next> rest();
  Result<RestoreMarker> named(RestoreMarker marker);
  void say(Status status, std::string reason, std::string message);
  void say_how_far(const JobProgress* progress);
  void publish(const RestoreMarker* marker, const JobProgress* progress);
  bool is_leaving() const { return options_.leaving != nullptr && options_.leaving->load(); }

  // Constant after construction
  Store& store_;
  Conditions& conditions_;
  Reports& reports_;
  const Clock& clock_;
  const KeyRing& ring_;
  Options options_;
  // Loop thread only
  std::optional<Staged> staged_;
  RestoreMarker staged_for_;
  std::optional<Error> in_use_;  // what the last try to swap met
  Span pause_{};
  Time next_try_{};
  bool reopen_ = false;  // the store was closed for a swap and could not be opened since
  Workers quiet_{1};
};

}  // namespace argos
