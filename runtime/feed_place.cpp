// SPDX-License-Identifier: Apache-2.0
#include "runtime/feed_place.hpp"

namespace argos {

Result<FeedPlace> feed_place(Database& database) {
  const auto rows = database.query(
      "SELECT coalesce((SELECT value FROM meta WHERE key = 'epoch'), '') AS epoch, coalesce(max(seq), 0) AS seq FROM changes");
  if (!rows) return rows.error();
  const auto& row = rows->front();
  return FeedPlace{std::string(row.at("epoch").as_string()), row.at("seq").as_int64()};
}

Result<FeedPlace> feed_place(Store& store) {
  FeedPlace out;
  const auto read = store.read([&](Database& database) -> Result<> {
    auto found = feed_place(database);
    if (!found) return found.error();
    out = std::move(*found);
    return {};
  });
  if (!read) return read.error();
  return out;
}

}  // namespace argos
