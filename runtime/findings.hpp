// SPDX-License-Identifier: Apache-2.0
// What was found otherwise than wanted, in the table `findings`: written by whoever owns the surface, in its own pass.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/kind.hpp"
#include "runtime/clock.hpp"
#include "runtime/database.hpp"
#include "runtime/store.hpp"

namespace argos {

struct Finding {
  std::string path;           // JSON Pointer (RFC 6901): into Caddy's configuration, or /hosts/app/domain
  std::optional<Key> object;  // whom it concerns, where that is known
  std::string wanted, found;  // JSON, shortened, secrets masked (model/differences.hpp); empty: nothing
};

enum class FindingAction { healed, reported, suspended };

// One surface's view of the table. Loop thread only.
class Findings {
 public:
  Findings(Store& store, const Clock& clock, std::string surface)
      : store_(store), clock_(clock), surface_(std::move(surface)) {}

  // These differ now. What was put right stays on record as closed; what was not is open until a call without it. Writes only
  // differences, and at most once a minute where nothing but last_seen would move. Failing is logged: no pass fails for it.
  void note(const std::vector<Finding>& now, FindingAction action);
  // Nothing differs: closes what is open. Free where nothing is.
  void none();

 private:
  // Constant after construction
  Store& store_;
  const Clock& clock_;
  std::string surface_;
  // Loop thread only
  std::optional<bool> any_open_;  // unknown at first
};

}  // namespace argos
