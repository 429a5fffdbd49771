// SPDX-License-Identifier: Apache-2.0
// Which state of the rows something was made of.
#pragma once

#include <cstdint>
#include <string>

#include "runtime/store.hpp"

namespace argos {

struct FeedPlace {
  std::string epoch;  // the database's line of history; empty where its mark is gone
  std::int64_t seq = -1;
  bool operator==(const FeedPlace&) const = default;
};

// Inside Store::read and Store::write, and by itself.
Result<FeedPlace> feed_place(Database& database);
Result<FeedPlace> feed_place(Store& store);

}  // namespace argos
