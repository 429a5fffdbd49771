// SPDX-License-Identifier: Apache-2.0
// Everything that is wanted, read once for all who ask.
#pragma once

#include <memory>

#include "model/object.hpp"
#include "runtime/feed_place.hpp"

namespace argos {

struct Snapshot {
  FeedPlace place;
  std::shared_ptr<const Desired> desired = std::make_shared<const Desired>();
};

// Inside Store::read. The rows that moved since the last one that anybody took of this store are read, no others.
Result<Snapshot> take_snapshot(Store& store, Database& database);

}  // namespace argos
