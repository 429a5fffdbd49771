// SPDX-License-Identifier: Apache-2.0
// Which state of the rows something was made of.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/store.hpp"

namespace argos {

struct FeedPlace {
  std::string epoch;  // the database's line of history; empty where its mark is gone
  std::int64_t seq = -1;
  bool operator==(const FeedPlace&) const = default;
};

// The objects that moved from one place to a later one, each as often as it did; none where the feed does not tell all of it, or it
// is so much that all might be read anew.
Result<std::optional<std::vector<Key>>> moved_between(Database& database, const FeedPlace& since, const FeedPlace& now);

// Inside Store::read and Store::write, and by itself.
Result<FeedPlace> feed_place(Database& database);
Result<FeedPlace> feed_place(Store& store);

}  // namespace argos
