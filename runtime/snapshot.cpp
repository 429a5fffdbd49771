// SPDX-License-Identifier: Apache-2.0
#include "runtime/snapshot.hpp"

#include <utility>

#include "runtime/rows.hpp"

namespace argos {

Result<Snapshot> take_snapshot(Store& store, Database& database) {
  auto& last = store.last_snapshot();
  if (!last) last = std::make_shared<Snapshot>();
  auto place = feed_place(database);
  if (!place) return place.error();
  if (*place == last->place) return *last;
  auto desired = read_desired(database, *last->desired, last->place, *place);
  if (!desired) return desired.error();
  *last = {std::move(*place), std::make_shared<const Desired>(std::move(*desired))};
  return *last;
}

}  // namespace argos
