// SPDX-License-Identifier: Apache-2.0
#include "runtime/rows.hpp"

#include <algorithm>

#include <spdlog/fmt/fmt.h>

namespace argos {
namespace {

std::string text_at(const Row& row, std::string_view column) {
  const auto* const cell = row.if_contains(column);
  return cell != nullptr && cell->is_string() ? std::string(cell->get_string()) : std::string();
}

std::uint64_t number_at(const Row& row, std::string_view column) {
  const auto* const cell = row.if_contains(column);
  return cell != nullptr && cell->is_int64() ? static_cast<std::uint64_t>(cell->get_int64()) : 0;
}

}  // namespace

Meta meta_from_row(const Row& row) {
  Meta meta{text_at(row, "name"), number_at(row, "generation"), number_at(row, "created"), ManagedBy::panel,
            text_at(row, "owner")};
  for (const auto& [value, text] : enum_table<ManagedBy>()) {
    if (text == text_at(row, "managed_by")) meta.managed_by = value;
  }
  return meta;
}

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::created: return "created";
    case Outcome::configured: return "configured";
    case Outcome::unchanged: break;
  }
  return "unchanged";
}

namespace {

constexpr std::string_view kPairs =
    "SELECT c.name, coalesce(f.generation, c.generation) AS generation, c.created, c.managed_by, c.owner, "
    "coalesce(f.host, c.host) AS host, coalesce(f.pair, '') AS pair, substr(coalesce(f.crt_sha256, ''), 1, 12) AS chain, "
    "coalesce(f.names, '[]') AS names "
    "FROM host_manual_certs c LEFT JOIN (SELECT *, max(generation) FROM certificate_files GROUP BY name) f ON f.name = c.name ";

Object<CertificatePair> pair_from_row(const Row& row) {
  Object<CertificatePair> object;
  object.meta = meta_from_row(row);
  from_row(row, "spec", object.spec, object.errors);
  return object;
}

Result<> read_files(Database& database, Desired& desired) {
  const auto rows = database.query("SELECT host || '.' || pair AS file, abs(since) AS since FROM certificate_files");
  if (!rows) return rows.error();
  desired.pairs_on_disk.clear();
  for (const auto& row : *rows) desired.pairs_on_disk.emplace(row.at("file").as_string(), row.at("since").as_int64());
  return {};
}

Result<> read_pairs(Database& database, Desired& desired) {
  const auto rows = database.query(fmt::format("{} ORDER BY c.name", kPairs));
  if (!rows) return rows.error();
  for (const auto& row : *rows) desired.certificates.push_back(pair_from_row(row));
  return read_files(database, desired);
}

}  // namespace

Result<Desired> read_desired(Database& database) {
  Desired desired;
  auto hosts = read_all<Host>(database);
  if (!hosts) return hosts.error();
  desired.hosts = std::move(*hosts);
  auto groups = read_all<TargetGroup>(database);
  if (!groups) return groups.error();
  desired.target_groups = std::move(*groups);
  auto settings = read_one<Settings>(database, std::string(Settings::kName));
  if (!settings) return settings.error();
  if (*settings) desired.settings = std::move(**settings);
  if (auto read = read_pairs(database, desired); !read) return read.error();
  return desired;
}

namespace {

Result<std::optional<Object<CertificatePair>>> read_pair(Database& database, const std::string& name) {
  const auto rows = database.query(fmt::format("{} WHERE c.name = ?", kPairs), cells(name));
  if (!rows) return rows.error();
  if (rows->empty()) return std::optional<Object<CertificatePair>>{};
  return std::optional(pair_from_row(rows->front()));
}

template <class Spec>
Result<> refresh(Result<std::optional<Object<Spec>>> row, const std::string& name, std::vector<Object<Spec>>& objects) {
  if (!row) return row.error();
  const auto place =
      std::ranges::lower_bound(objects, name, {}, [](const auto& object) -> const std::string& { return object.meta.name; });
  const bool held = place != objects.end() && place->meta.name == name;
  if (*row && held) *place = std::move(**row);
  if (*row && !held) objects.insert(place, std::move(**row));
  if (!*row && held) objects.erase(place);
  return {};
}

Result<> refresh(Database& database, const Key& key, Desired& desired) {
  if (key.kind == Kind::host) return refresh(read_one<Host>(database, key.name), key.name, desired.hosts);
  if (key.kind == Kind::target_group)
    return refresh(read_one<TargetGroup>(database, key.name), key.name, desired.target_groups);
  if (key.kind == Kind::certificate) return refresh(read_pair(database, key.name), key.name, desired.certificates);
  if (key.kind != Kind::settings) return {};
  auto settings = read_one<Settings>(database, std::string(Settings::kName));
  if (!settings) return settings.error();
  desired.settings = *settings ? std::move(**settings) : Object<Settings>{};
  return {};
}

}  // namespace

Result<Desired> read_desired(Database& database, const Desired& before, const FeedPlace& since, const FeedPlace& now) {
  const auto moved = moved_between(database, since, now);
  if (!moved) return moved.error();
  if (!*moved) return read_desired(database);
  Desired desired = before;
  for (const auto& key : **moved) {
    if (auto read = refresh(database, key, desired); !read) return read.error();
  }
  if (auto read = read_files(database, desired); !read) return read.error();
  return desired;
}

Result<Outcome> put_row(Database& database, const Key& key, Row wanted) {
  return detail::upsert(database, key.kind, key.name, std::move(wanted));
}

Result<bool> remove(Database& database, const Key& key) {
  const auto deleted = database.run(fmt::format("DELETE FROM {} WHERE name = ?", names_of(key.kind).table), cells(key.name));
  if (!deleted) return deleted.error();
  return database.changes() > 0;
}

namespace detail {

Result<Rows> select_rows(Database& database, std::string_view table, const std::string* name) {
  if (name == nullptr) return database.query(fmt::format("SELECT * FROM {} ORDER BY name", table));
  return database.query(fmt::format("SELECT * FROM {} WHERE name = ?", table), cells(*name));
}

Result<Outcome> upsert(Database& database, Kind kind, const std::string& name, Row wanted) {
  const auto table = names_of(kind).table;
  auto held = select_rows(database, table, &name);
  if (!held) return held.error();

  Cells cells;
  std::string assignments, columns, marks;
  bool differs = held->empty();
  for (const auto& item : wanted) {
    const std::string_view column = item.key();
    if (!held->empty() && held->front().at(column) != item.value()) differs = true;
    assignments += fmt::format("{}{} = ?", assignments.empty() ? "" : ", ", column);
    columns += fmt::format("{}, ", column);
    marks += "?, ";
    cells.push_back(item.value());
  }
  if (!differs) return Outcome::unchanged;

  cells.emplace_back(boost::json::string(name));
  const auto sql = held->empty() ? fmt::format("INSERT INTO {} ({}name) VALUES ({}?)", table, columns, marks)
                                 : fmt::format("UPDATE {} SET {} WHERE name = ?", table, assignments);
  if (auto written = database.run(sql, cells); !written) return written.error();
  return held->empty() ? Outcome::created : Outcome::configured;
}

}  // namespace detail
}  // namespace argos
