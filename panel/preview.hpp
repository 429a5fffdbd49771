// SPDX-License-Identifier: Apache-2.0
// ?dryRun=true: what a change would make of the objects, and of the document that Caddy runs.
#pragma once

#include <boost/json/object.hpp>

#include "panel/context.hpp"
#include "runtime/snapshot.hpp"

namespace argos {

struct Preview {
  Snapshot before;
  Desired after;
};

// Inside a transaction that is rolled back: begun before the change, seen after it.
Result<> begin_preview(PanelContext& context, Database& database, Preview& preview);
Result<> end_preview(Database& database, Preview& preview);

// {"diff": "…", "places": [{"path", "names", "diff"}], "morePlaces": 0, "hosts": {"touched": 1, "untouched": 13},
// "conditions": {"host/app": …}}: what Caddy's document would differ in, as `diff -u` prints it, of all of it and of each place by
// itself; for how many hosts something else would run; and what would be said of the objects' own soundness where that differs. Caddy
// itself is not asked.
Task<boost::json::object> told(PanelContext& context, Preview preview);

}  // namespace argos
