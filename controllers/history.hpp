// SPDX-License-Identifier: Apache-2.0
// history: keeps the feed of changes within the settings' historyLimit.
//
// Watches every kind (a change may be one too many, and the settings say how many are kept) and time. Reads `changes`, deletes the
// oldest of it, at most kBatch rows a transaction, and looks at most once in kRest. Sets nothing but its own Ready.
//
// What stays beyond the limit: the newest change of each object that exists, so that the last change of anything can be undone and
// every object has a history. The newest rows of all are within any limit (100 at least), so the feed's highest number, which ETags
// and generations rest on, never goes. Deleting history is no change: nothing wakes for it, itself included. Settings that make no
// sense delete nothing.
#pragma once

#include "runtime/reconciler.hpp"
#include "runtime/store.hpp"

namespace argos {

class History final : public Reconciler {
 public:
  static constexpr int kBatch = 500;
  static constexpr Span kRest = std::chrono::seconds(1);

  History(Store& store, const Clock& clock) : store_(store), clock_(clock) {}
  std::string_view name() const override { return "history"; }
  Task<Result<Next>> reconcile(const Key& key) override;

 private:
  Result<std::vector<std::int64_t>> surplus();
  Result<> forget(const std::vector<std::int64_t>& revisions);

  Store& store_;
  const Clock& clock_;
  // Loop thread only
  Time rest_until_{};
};

}  // namespace argos
