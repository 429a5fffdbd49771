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

Result<std::optional<std::vector<Key>>> moved_between(Database& database, const FeedPlace& since, const FeedPlace& now) {
  constexpr std::int64_t kLittle = 100;
  const auto count = now.seq - since.seq;
  std::optional<std::vector<Key>> out;
  if (since == FeedPlace{} || since.epoch != now.epoch || count < 0 || count > kLittle) return out;
  const auto rows =
      database.query("SELECT kind, name FROM changes WHERE seq > ? AND seq <= ? ORDER BY seq", cells(since.seq, now.seq));
  if (!rows) return rows.error();
  if (static_cast<std::int64_t>(rows->size()) != count) return out;  // the history was cut
  out.emplace();
  for (const auto& row : *rows) {
    if (const auto kind = kind_from(row.at("kind").as_string()))
      out->push_back({*kind, std::string(row.at("name").as_string())});
  }
  return out;
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
