// SPDX-License-Identifier: Apache-2.0
#include "runtime/key_report.hpp"

#include <filesystem>

#include <boost/json.hpp>
#include <spdlog/fmt/fmt.h>

namespace argos {
namespace {

std::int64_t places(const std::vector<SealedValue>& values) {
  std::int64_t out = 0;
  for (const auto& value : values) out += value.rows + value.history;
  return out;
}

KeyVerdict without_key(const Sealed& sealed) {
  if (sealed.all == 0) {
    return {Status::unknown, "MasterKeyNotConfigured", "no master key is configured, and nothing lies sealed",
            "set ARGOS_MASTER_KEY (openssl rand -hex 32 makes one) before you bring certificates"};
  }
  return {Status::no, "MasterKeyNotConfigured",
          fmt::format("no master key is configured: {} sealed values cannot be read", sealed.all),
          "set ARGOS_MASTER_KEY as it was and restart argos"};
}

// Archives that are of use with a former key only, which is configured.
std::int64_t archives_under_former_keys(const KeyFindings& found, const KeyRing& ring) {
  std::int64_t out = 0;
  for (const auto& [id, number] : found.archives) out += ring.has(id) && id != ring.current_id() ? number : 0;
  return out;
}

std::string may_go(const KeyFindings& found, const KeyRing& ring) {
  if (ring.ids().size() < 2) return "";
  if (const auto archives = archives_under_former_keys(found, ring); archives > 0) {
    return fmt::format(
        "keep ARGOS_MASTER_KEY_PREVIOUS for the {} archives that were made under its keys, as long as they may be restored",
        archives);
  }
  return "ARGOS_MASTER_KEY_PREVIOUS may go, but keep its keys with copies of the database from before the change";
}

std::string_view role_of(const std::string& id, const KeyRing& ring) {
  if (id.empty()) return "damaged";
  if (id == ring.current_id()) return "current";
  return ring.has(id) ? "previous" : "unknown";
}

boost::json::array keys_of(const KeyFindings& found, const KeyRing& ring) {
  auto counts = found.sealed.by_key;
  for (const auto& id : ring.ids()) counts.try_emplace(id);
  for (const auto& [id, number] : found.archives) counts.try_emplace(id);
  boost::json::array out;
  for (const auto& [id, count] : counts) {
    const auto archives = found.archives.find(id);
    out.push_back({{"id", id},
                   {"role", role_of(id, ring)},
                   {"rows", count.rows},
                   {"history", count.history},
                   {"archives", archives == found.archives.end() ? 0 : archives->second}});
  }
  return out;
}

// Of a database from before there was such a table: none.
Result<std::map<std::string, std::int64_t>> archives_by_key(Database& database) {
  std::map<std::string, std::int64_t> out;
  const auto there = database.number("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'backups'");
  if (!there) return there.error();
  if (*there == 0) return out;
  const auto rows =
      database.query("SELECT master_key_id AS id, count(*) AS n FROM backups WHERE master_key_id <> '' GROUP BY 1");
  if (!rows) return rows.error();
  for (const auto& row : *rows) out.emplace(row.at("id").as_string(), row.at("n").as_int64());
  return out;
}

boost::json::object item_of(const SealedValue& value, std::string_view reason) {
  return {
      {"kind", value.kind}, {"name", value.name},       {"field", value.field}, {"key", key_id_of(value.envelope).value_or("")},
      {"rows", value.rows}, {"history", value.history}, {"reason", reason}};
}

}  // namespace

Result<KeyFindings> look_at_keys(const std::string& database, const Secrets& secrets) {
  KeyFindings out;
  std::error_code ignored;
  if (!std::filesystem::exists(database, ignored)) return out;
  constexpr int kBusyMilliseconds = 2000;
  auto connection = Database::open(database, Database::Mode::read_only, kBusyMilliseconds);
  if (!connection) return connection.error();
  auto sealed = look_at_sealed(*connection, secrets.ring());
  if (!sealed) return sealed.error();
  out.sealed = std::move(*sealed);
  auto archives = archives_by_key(*connection);
  if (!archives) return archives.error();
  out.archives = std::move(*archives);
  if (out.sealed.all > 0) out.trusted = secrets.trusted(*connection);
  if (!out.trusted && out.trusted.error().reason != "WrongMasterKey") return out.trusted.error();
  return out;
}

KeyVerdict judge(const KeyFindings& found, const KeyRing& ring) {
  const auto& sealed = found.sealed;
  if (!found.trusted)
    return {Status::no, found.trusted.error().reason, found.trusted.error().message, found.trusted.error().hint};
  if (ring.empty()) return without_key(sealed);
  if (!ring.can_seal()) {
    return {Status::no, "MasterKeyNotConfigured", "only former master keys are configured: nothing can be sealed",
            "set ARGOS_MASTER_KEY and restart argos"};
  }
  if (!sealed.former.empty()) {
    return {Status::no, "UnderFormerKeys",
            fmt::format("{} of {} sealed values are under former keys", places(sealed.former), sealed.all),
            "keep ARGOS_MASTER_KEY_PREVIOUS: a running argos seals them anew"};
  }
  if (!sealed.unreadable.empty()) {
    return {Status::no, "Unreadable",
            fmt::format("{} of {} sealed values cannot be read", sealed.unreadable_places(), sealed.all),
            "put the keys that they name into ARGOS_MASTER_KEY_PREVIOUS and restart argos, or enter those secrets again"};
  }
  if (sealed.all == 0) return {Status::yes, "NothingSealed", "nothing lies sealed", may_go(found, ring)};
  return {Status::yes, "UnderCurrentKey", fmt::format("all {} sealed values are under the current key", sealed.all),
          may_go(found, ring)};
}

boost::json::object key_report(const KeyFindings& found, const KeyRing& ring) {
  const auto& sealed = found.sealed;
  const auto verdict = judge(found, ring);
  boost::json::array items;
  for (const auto& value : sealed.former) items.push_back(item_of(value, "UnderFormerKeys"));
  for (const auto& [value, reason] : sealed.unreadable) items.push_back(item_of(value, reason));
  return {{"current", ring.current_id()},
          {"values", sealed.all},
          {"former", places(sealed.former)},
          {"unreadable", sealed.unreadable_places()},
          {"previousMayGo",
           found.trusted && ring.can_seal() && sealed.former.empty() && archives_under_former_keys(found, ring) == 0},
          {"verdict",
           {{"status", to_string(verdict.status)},
            {"reason", verdict.reason},
            {"message", verdict.message},
            {"hint", verdict.hint}}},
          {"keys", keys_of(found, ring)},
          {"items", std::move(items)}};
}

}  // namespace argos
