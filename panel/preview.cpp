// SPDX-License-Identifier: Apache-2.0
#include "panel/preview.hpp"

#include <boost/json.hpp>

#include "model/masked.hpp"
#include "model/pretty_json.hpp"
#include "model/unified_diff.hpp"
#include "runtime/feed_place.hpp"
#include "runtime/rows.hpp"

namespace argos {
namespace {

// What is not asked is not denied: the document is as for a Caddy that can do everything.
constexpr CaddyAbilities kEverything{
    .stream_close_delay = true, .health_passes_and_fails = true, .health_method = true, .log_file_mode = true};

boost::json::object compare(const Preview& preview, const CaddySurroundings& surroundings) {
  const auto before = render(*preview.before.desired, kEverything, surroundings);
  const auto after = render(preview.after, kEverything, surroundings);
  boost::json::object conditions;
  for (const auto& [key, verdict] : after.verdicts) {
    const auto was = before.verdicts.find(key);
    if (was == before.verdicts.end() || !says_the_same(was->second.accepted, verdict.accepted))
      conditions[to_string(key)] = to_json(verdict.accepted);
  }
  auto diff = unified_diff({pretty_json(without_secrets("", before.document)), "caddy (as it is wanted now)"},
                           {pretty_json(without_secrets("", after.document)), "caddy (as it would be)"});
  return {{"diff", std::move(diff)}, {"conditions", std::move(conditions)}};
}

}  // namespace

Result<> begin_preview(PanelContext& context, Database& database, Preview& preview) {
  auto taken = take_snapshot(context.store, database);
  if (!taken) return taken.error();
  preview.before = std::move(*taken);
  return {};
}

// Not by take_snapshot(), which would remember what is never committed.
Result<> end_preview(Database& database, Preview& preview) {
  const auto now = feed_place(database);
  if (!now) return now.error();
  auto read = read_desired(database, *preview.before.desired, preview.before.place, *now);
  if (!read) return read.error();
  preview.after = std::move(*read);
  return {};
}

Task<boost::json::object> told(PanelContext& context, Preview preview) {
  auto job = [held = std::move(preview), surroundings = context.surroundings] { return compare(held, surroundings); };
  co_return co_await context.workers.run(std::move(job));
}

}  // namespace argos
