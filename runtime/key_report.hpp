// SPDX-License-Identifier: Apache-2.0
// What `argos key check` tells: what opens with which key, and whether the former ones may go.
#pragma once

#include <boost/json/object.hpp>

#include "runtime/secrets.hpp"

namespace argos {

// {"configured", "current", "accepted", "values", "unreadable", "keys": [{"id", "role", "values"}], "previousMayGo", "verdict", "hint"}.
// role: current, previous, unknown (values lie sealed under a key that is not configured), damaged. Inside Store::read.
Result<boost::json::object> key_report(Database& database, const Secrets& secrets);

}  // namespace argos
