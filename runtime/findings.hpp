// SPDX-License-Identifier: Apache-2.0
// What was found otherwise than wanted, in the table `findings`: written by whoever owns the surface, in its own pass.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/describe.hpp"
#include "model/differences.hpp"
#include "model/kind.hpp"
#include "runtime/clock.hpp"
#include "runtime/database.hpp"
#include "runtime/store.hpp"

namespace argos {

enum class FindingAction { healed, reported, suspended };
BOOST_DESCRIBE_ENUM(FindingAction, healed, reported, suspended)

struct Finding {
  std::string path;           // JSON Pointer (RFC 6901): into Caddy's configuration, or /hosts/app/domain
  std::optional<Key> object;  // whom it concerns, where that is known
  std::string wanted, found;  // JSON, shortened, secrets masked (model/masked.hpp); empty: nothing
  std::optional<FindingAction> action = std::nullopt;  // where it is another than that of the whole pass

  bool operator==(const Finding&) const = default;
};

// The difference as a finding, masked by its path too; `within` goes before the path and is no name of a secret: "/hosts/auth".
Finding finding_at(const Difference& difference, std::optional<Key> object = std::nullopt, const std::string& within = {});

// How many there were of each surface and action, ever, in the table `remembered`: "drift/caddy/healed".
constexpr std::string_view kFindingsTotal = "drift/";

// One surface's view of the table. Loop thread only.
class Findings {
 public:
  Findings(Store& store, const Clock& clock, std::string surface)
      : store_(store), clock_(clock), surface_(std::move(surface)) {}

  // These differ now. What was put right stays on record as closed and counts each time; what was not is open, and counts once,
  // until a call without it. Writes only differences, and at most once a minute where nothing but last_seen would move. Failing is
  // logged: no pass fails for it, and what was put right is written with the next call.
  void note(const std::vector<Finding>& now, FindingAction action);
  // Nothing differs: closes what is open. Free where nothing is.
  void none();

 private:
  bool none_on_record();
  void write(const std::vector<Finding>& now);

  // Constant after construction
  Store& store_;
  const Clock& clock_;
  std::string surface_;
  // Loop thread only
  std::optional<std::vector<Finding>> open_;  // as it was written last; unknown at first
  Time written_{};
  std::vector<Finding> owed_;  // was put right, and could not be written yet
};

}  // namespace argos
