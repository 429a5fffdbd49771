// SPDX-License-Identifier: Apache-2.0
#include "controllers/history.hpp"

#include <spdlog/fmt/ranges.h>
#include <spdlog/spdlog.h>

#include "runtime/revisions.hpp"
#include "runtime/rows.hpp"

namespace argos {
namespace {

// The numbers have no gaps but those that were deleted here, so no counting is needed.
Result<std::int64_t> last_beyond_limit(Database& database) {
  const auto settings = read_one<Settings>(database, std::string(Settings::kName));
  if (!settings) return settings.error();
  if (*settings && !(*settings)->errors.empty()) return 0;
  const auto newest = database.number("SELECT coalesce(max(seq), 0) FROM changes");
  if (!newest) return newest.error();
  return *newest - (*settings ? (*settings)->spec : Settings{}).history_limit;
}

std::string oldest_that_may_go() {
  std::string exists;
  for (const auto& names : desired_kinds()) {
    exists += fmt::format("{}(old.kind = '{}' AND EXISTS (SELECT 1 FROM {} WHERE name = old.name))",
                          exists.empty() ? "" : " OR ", names.table, names.table);
  }
  return fmt::format(
      "SELECT seq FROM changes AS old WHERE seq <= ? AND NOT ({0} AND ({1}) AND NOT EXISTS ("
      "SELECT 1 FROM changes AS newer WHERE newer.kind = old.kind AND newer.name = old.name AND newer.seq > old.seq"
      " AND {0})) ORDER BY seq LIMIT {2}",
      kIsChange, exists, History::kBatch);
}

}  // namespace

Task<Result<Next>> History::reconcile(const Key&) {
  const auto now = clock_.now();
  if (now < rest_until_) co_return Next::in(rest_until_ - now);
  const auto old = surplus();
  if (!old) co_return old.error();
  if (!old->empty()) {
    if (auto done = forget(*old); !done) co_return done.error();
  }
  if (old->size() == kBatch) co_return Next::in({});
  rest_until_ = now + kRest;
  co_return Next::on_change();
}

Result<std::vector<std::int64_t>> History::surplus() {
  std::vector<std::int64_t> out;
  const auto read = store_.read([&](Database& database) -> Result<> {
    const auto last = last_beyond_limit(database);
    if (!last) return last.error();
    if (*last <= 0) return {};
    const auto rows = database.query(oldest_that_may_go(), cells(*last));
    if (!rows) return rows.error();
    for (const auto& row : *rows) out.push_back(row.at("seq").as_int64());
    return {};
  });
  if (!read) return read.error();
  return out;
}

// Older ones stay older: what was surplus a moment ago still is.
Result<> History::forget(const std::vector<std::int64_t>& revisions) {
  const auto done = store_.write([&](Database& database) {
    store_.poll();  // nobody may miss a change because its entry is old already
    return database.run(fmt::format("DELETE FROM changes WHERE seq IN ({})", fmt::join(revisions, ", ")));
  });
  if (done) spdlog::info("history: {} revisions beyond the limit are forgotten, up to {}", revisions.size(), revisions.back());
  return done;
}

}  // namespace argos
