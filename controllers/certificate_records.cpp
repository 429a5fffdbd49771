// SPDX-License-Identifier: Apache-2.0
#include "controllers/certificate_records.hpp"

#include <boost/json.hpp>
#include <spdlog/fmt/fmt.h>

namespace argos {
namespace {

std::string text_of(const Row& row, std::string_view column) { return std::string(row.at(column).as_string()); }

std::vector<std::string> texts_of(std::string_view json) {
  boost::system::error_code bad;
  const auto list = boost::json::parse(json, bad);
  std::vector<std::string> out;
  if (bad || !list.is_array()) return out;
  for (const auto& text : list.get_array()) {
    if (text.is_string()) out.emplace_back(text.get_string());
  }
  return out;
}

// A time that no record bears yet, also where the clock stands or goes back.
constexpr std::string_view kStamp = "max(?, (SELECT coalesce(max(abs(since)), 0) + 1 FROM certificate_files))";

Cells identity(const PairRecord& record) { return cells(record.certificate, record.pair); }

}  // namespace

Result<std::vector<PairRecord>> read_records(Database& database) {
  const auto rows = database.query("SELECT * FROM certificate_files ORDER BY name, generation");
  if (!rows) return rows.error();
  std::vector<PairRecord> out;
  for (const auto& row : *rows) {
    out.push_back({text_of(row, "name"), text_of(row, "pair"), text_of(row, "host"),
                   static_cast<std::uint64_t>(row.at("generation").as_int64()), texts_of(text_of(row, "names")),
                   text_of(row, "crt_sha256"), text_of(row, "key_sha256"), row.at("since").as_int64()});
  }
  return out;
}

Result<Rows> read_certificate_rows(Database& database, const std::set<std::string>& names) {
  const boost::json::array wanted(names.begin(), names.end());
  return database.query("SELECT * FROM host_manual_certs WHERE name IN (SELECT value FROM json_each(?)) ORDER BY name",
                        cells(boost::json::serialize(wanted)));
}

// One statement: the stamp is looked for once.
Result<> put_records(Database& database, const std::vector<PairRecord>& records, WallTime now) {
  boost::json::array rows;
  for (const auto& record : records) {
    const boost::json::array names(record.names.begin(), record.names.end());
    rows.push_back(boost::json::array{record.certificate, record.pair, record.host, record.generation, names, record.crt_sha256,
                                      record.key_sha256});
  }
  const auto sql = fmt::format(
      "INSERT INTO certificate_files (name, pair, host, generation, names, crt_sha256, key_sha256, since) "
      "SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value -> 4, value ->> 5, value ->> 6, {} FROM json_each(?) "
      "WHERE true ON CONFLICT (name, pair) DO UPDATE SET host = excluded.host, generation = excluded.generation, "
      "names = excluded.names, crt_sha256 = excluded.crt_sha256, key_sha256 = excluded.key_sha256, since = excluded.since",
      kStamp);
  return database.run(sql, cells(to_milliseconds(now), boost::json::serialize(rows)));
}

Result<> mark_record(Database& database, const PairRecord& record) {
  return database.run("UPDATE certificate_files SET since = -abs(since) WHERE name = ? AND pair = ?", identity(record));
}

Result<> note_record(Database& database, const PairRecord& record, WallTime now) {
  const boost::json::array names(record.names.begin(), record.names.end());
  const auto sql = fmt::format(
      "UPDATE certificate_files SET generation = ?, names = ?, since = CASE WHEN since > 0 THEN since ELSE {} END "
      "WHERE name = ? AND pair = ?",
      kStamp);
  return database.run(
      sql, cells(record.generation, boost::json::serialize(names), to_milliseconds(now), record.certificate, record.pair));
}

Result<> delete_record(Database& database, const PairRecord& record) {
  return database.run("DELETE FROM certificate_files WHERE name = ? AND pair = ?", identity(record));
}

Result<std::set<std::string>> read_named(Database& database) {
  const auto rows = database.query(
      "SELECT spec ->> '$.host' || '.' || (spec ->> '$.pair') AS stem FROM "
      "(SELECT kind, spec FROM accepted UNION ALL SELECT kind, spec FROM tried) WHERE kind = ? AND spec IS NOT NULL",
      cells(names_of(Kind::certificate).table));
  if (!rows) return rows.error();
  std::set<std::string> out;
  for (const auto& row : *rows) {
    if (row.at("stem").is_string()) out.insert(text_of(row, "stem"));
  }
  return out;
}

Result<> audit(Database& database, const char* action, const Flaw& flaw) {
  const boost::json::object detail{{"file", flaw.file}, {"wanted", flaw.wanted}, {"found", flaw.found}};
  return database.run("INSERT INTO audit_log (actor, action, kind, name, detail) VALUES ('certificates', ?, ?, ?, ?)",
                      cells(action, names_of(Kind::certificate).table, flaw.certificate, boost::json::serialize(detail)));
}

}  // namespace argos
