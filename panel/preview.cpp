// SPDX-License-Identifier: Apache-2.0
#include "panel/preview.hpp"

#include <algorithm>

#include <boost/json.hpp>

#include "model/caddy_places.hpp"
#include "model/differences.hpp"
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

constexpr std::size_t kMostDifferences = 1'000;
constexpr std::size_t kMostPlaces = 20;  // that are told, each with its lines

// A route, a policy, or whatever else with names: else the difference itself.
struct Place {
  std::string path;
  std::vector<std::string> names;
  bool operator==(const Place&) const = default;
};

Place place_at(const boost::json::value& document, const std::string& path) {
  auto [names, rest] = owner_of(document, path);
  if (names.empty()) return {path, {}};
  auto steps = pointer_steps(path);
  steps.resize(steps.size() - rest.size());
  return {pointer_of(steps), std::move(names)};
}

std::vector<Place> places_of_change(const boost::json::value& before, const boost::json::value& after) {
  std::vector<Place> out;
  for (const auto& difference : differences(before, after, kMostDifferences)) {
    auto place = place_at(difference.found == nullptr ? before : after, difference.path);
    if (std::ranges::find(out, place.path, &Place::path) == out.end()) out.push_back(std::move(place));
  }
  return out;
}

std::string text_at(const boost::json::value& document, const std::string& path) {
  boost::system::error_code missing;
  const auto* const found = document.find_pointer(path, missing);
  return found == nullptr ? "" : pretty_json(without_secrets(path, *found));
}

boost::json::object to_json(const Place& place, const boost::json::value& before, const boost::json::value& after) {
  const auto was = text_at(before, place.path), is = text_at(after, place.path);
  return {{"path", place.path},
          {"names", boost::json::value_from(place.names)},
          {"diff", unified_diff({was, place.path, !was.empty()}, {is, place.path, !is.empty()})}};
}

// A host is touched where its piece of the document is another.
boost::json::object hosts_of_change(const Rendered& before, const Rendered& after) {
  std::int64_t touched = 0, untouched = 0;
  for (const auto& [key, verdict] : after.verdicts) {
    if (key.kind != Kind::host) continue;
    const auto was = before.verdicts.find(key);
    const std::string_view piece = was == before.verdicts.end() ? std::string_view{} : std::string_view(was->second.piece);
    if (piece != verdict.piece) ++touched;
    if (piece == verdict.piece && !piece.empty()) ++untouched;
  }
  for (const auto& [key, verdict] : before.verdicts) {
    if (key.kind == Kind::host && !verdict.piece.empty() && !after.verdicts.contains(key)) ++touched;
  }
  return {{"touched", touched}, {"untouched", untouched}};
}

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
  const auto changed = places_of_change(before.document, after.document);
  boost::json::array places;
  for (std::size_t at = 0; at < std::min(changed.size(), kMostPlaces); ++at)
    places.push_back(to_json(changed[at], before.document, after.document));
  return {{"diff", std::move(diff)},
          {"places", std::move(places)},
          {"morePlaces", changed.size() - std::min(changed.size(), kMostPlaces)},
          {"hosts", hosts_of_change(before, after)},
          {"conditions", std::move(conditions)}};
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
