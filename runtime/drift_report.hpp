// SPDX-License-Identifier: Apache-2.0
// Drift as JSON: the report "drift", and what the API answers.
#pragma once

#include <cstddef>

#include <boost/json/object.hpp>

#include "runtime/database.hpp"

namespace argos {

constexpr std::size_t kFindingsShown = 200;  // besides the open ones

// {"open": 1, "items": [{"surface", "path", "object", "wanted", "found", "action", "firstSeen", "lastSeen", "times", "open"}],
//  "suspended": [{"object", "kind", "name", "since", "by", "note"}], "policy": {"caddy": "heal", "manifests": "heal"}}
// Open ones first, then the newest. `wanted` and `found` are JSON, or text where they had to be shortened; null: nothing.
Result<boost::json::object> drift_report(Database& database, std::size_t most = kFindingsShown);

}  // namespace argos
