// SPDX-License-Identifier: Apache-2.0
// Remembers over restarts when each status last moved, in the table condition_times.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <utility>

#include "runtime/conditions.hpp"
#include "runtime/store.hpp"

namespace argos {

// As a source it marks nothing: it writes, some moments after a status moved, what moved. Losing the last moments is no harm.
// Loop thread only.
class ConditionTimes final : public Source {
 public:
  ConditionTimes(Store& store, Conditions& conditions);
  Task<void> run(Sink sink) override;

 private:
  void recall();
  void flush();

  Store& store_;
  Conditions& conditions_;
  std::set<std::pair<Key, std::string>> moved_;
  std::set<Key> forgotten_;
};

}  // namespace argos
