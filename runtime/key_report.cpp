// SPDX-License-Identifier: Apache-2.0
#include "runtime/key_report.hpp"

#include <algorithm>

#include <boost/json.hpp>
#include <spdlog/fmt/fmt.h>

namespace argos {
namespace {

struct Told {
  std::string verdict, hint;
};

Told told(const SealedCount& count, const KeyRing& ring, const Result<>& trusted) {
  if (!trusted) return {trusted.error().message, trusted.error().hint};
  if (ring.empty() && count.all == 0)
    return {"no master key is configured, and nothing lies sealed", "set ARGOS_MASTER_KEY before you bring certificates"};
  if (ring.empty()) {
    return {fmt::format("no master key is configured: {} values cannot be read", count.all),
            "set ARGOS_MASTER_KEY as it was and restart argos"};
  }
  if (count.opened < count.all) {
    return {fmt::format("{} of {} values cannot be read", count.all - count.opened, count.all),
            "add the keys that sealed them to ARGOS_MASTER_KEY_PREVIOUS, or enter those secrets again"};
  }
  if (!ring.can_seal()) return {"all values can be read; nothing can be sealed", "set ARGOS_MASTER_KEY"};
  if (count.current < count.opened) {
    return {fmt::format("{} of {} values are still sealed under former keys", count.opened - count.current, count.all),
            "keep ARGOS_MASTER_KEY_PREVIOUS: a running argos seals them anew"};
  }
  const bool former = ring.ids().size() > 1;
  return {fmt::format("all {} values are sealed under the current key", count.all),
          former ? "ARGOS_MASTER_KEY_PREVIOUS may go, unless backups from before the change are to be restored" : ""};
}

std::string_view role_of(const std::string& id, const KeyRing& ring) {
  if (id.empty()) return "damaged";
  if (ring.can_seal() && id == ring.current_id()) return "current";
  return std::ranges::count(ring.ids(), id) > 0 ? "previous" : "unknown";
}

}  // namespace

Result<boost::json::object> key_report(Database& database, const Secrets& secrets) {
  const auto& ring = secrets.ring();
  const auto count = secrets.count(database);
  if (!count) return count.error();
  const auto trusted = secrets.trusted(database);
  if (!trusted && trusted.error().reason != "WrongMasterKey") return trusted.error();
  auto values = count->by_key;
  for (const auto& id : ring.ids()) values.try_emplace(id, 0);
  boost::json::array keys;
  for (const auto& [id, held] : values) keys.push_back({{"id", id}, {"role", role_of(id, ring)}, {"values", held}});
  const auto [verdict, hint] = told(*count, ring, trusted);
  return boost::json::object{{"configured", !ring.empty()},
                             {"current", ring.current_id()},
                             {"accepted", trusted.has_value()},
                             {"values", count->all},
                             {"unreadable", count->all - count->opened},
                             {"keys", std::move(keys)},
                             {"previousMayGo", ring.can_seal() && count->current == count->all},
                             {"verdict", verdict},
                             {"hint", hint}};
}

}  // namespace argos
