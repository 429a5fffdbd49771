// SPDX-License-Identifier: Apache-2.0
// drift: keeps the book on what was found otherwise than wanted, and on what is left alone for hand work.
//
// Watches every kind, suspensions, and time. Finds nothing itself: whoever owns a surface notes its findings in its own pass. Deletes
// findings that are closed and old, or beyond kMostFindings; takes away a suspension whose time is over, or whose object is gone.
// Publishes the report "drift". Sets Suspended=True on whatever is suspended, and says so in the log once an hour, so that hand work is
// not forgotten.
#pragma once

#include <map>
#include <optional>
#include <set>

#include "runtime/conditions.hpp"
#include "runtime/reconciler.hpp"
#include "runtime/reports.hpp"
#include "runtime/store.hpp"
#include "runtime/suspensions.hpp"

namespace argos {

constexpr auto kFindingsKept = std::chrono::hours(24 * 30);
constexpr std::int64_t kMostFindings = 1000;
constexpr std::int64_t kDeletedAtOnce = 500;
constexpr auto kReminderEvery = std::chrono::hours(1);

class DriftKeeper final : public Reconciler {
 public:
  DriftKeeper(Store& store, Conditions& conditions, Reports& reports, const Clock& clock)
      : store_(store), conditions_(conditions), reports_(reports), clock_(clock) {}
  std::string_view name() const override { return "drift"; }
  Task<Result<Next>> reconcile(const Key& key) override;

 private:
  // What is suspended, each with the generation of its row.
  struct Held {
    Suspension suspension;
    std::uint64_t generation = 0;
    bool has_row = false;
  };
  struct World {
    std::map<Key, Held> suspended;
    std::vector<Key> gone, over;
    std::optional<Span> next_over;  // when the next one's time is
    std::int64_t closed_old = 0, findings = 0;
    boost::json::object report;
  };

  Result<World> look();
  Result<> look_at(Database& database, World& world) const;
  Result<bool> is_there(Database& database, const Key& key, Held& held) const;
  Result<> release(const std::vector<Key>& some, std::string_view why);
  Result<bool> delete_old(const World& world);
  void say(const std::map<Key, Held>& suspended);

  Store& store_;
  Conditions& conditions_;
  Reports& reports_;
  const Clock& clock_;
  // Loop thread only
  std::set<Key> said_;  // carry the condition
  std::map<Key, Time> reminded_;
};

}  // namespace argos
