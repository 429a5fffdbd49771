// SPDX-License-Identifier: Apache-2.0
#include "runtime/secrets.hpp"

#include <spdlog/fmt/fmt.h>

namespace argos {
namespace {

// The key that was accepted last.
constexpr auto kAccepted = "secrets/accepted";

}  // namespace

Result<std::string> Secrets::seal(Database& database, const SecretName& name, std::string_view plain) const {
  if (const auto can = can_seal(database); !can) return can.error();
  return ring_.seal(name, plain);
}

Result<> Secrets::can_seal(Database& database) const {
  if (!ring_.can_seal()) return ring_.seal({"", "", ""}, "").error();
  return trusted(database);
}

Result<> Secrets::trusted(Database& database) const {
  if (ring_.empty()) return {};
  const auto first = count(database, 1);  // which is enough, nearly always
  if (!first) return first.error();
  if (first->all == 0 || first->opened > 0) return {};
  const auto counted = count(database);
  if (!counted) return counted.error();
  if (counted->opened > 0) return {};
  const auto meant = accepted(database);
  if (!meant) return meant.error();
  if (*meant) return {};
  return Error{"WrongMasterKey",
               fmt::format("{} secrets lie sealed in the database and none of the configured master keys opens any: nothing is "
                           "sealed under another one by mistake",
                           counted->all),
               "set ARGOS_MASTER_KEY as it was; if that key is lost, `argos key accept` starts anew with this one",
               Retry::never};
}

Result<bool> Secrets::accepted(Database& database) const {
  const auto found =
      database.number("SELECT count(*) FROM remembered WHERE key = ? AND value = ?", cells(kAccepted, ring_.current_id()));
  if (!found) return found.error();
  return ring_.can_seal() && *found > 0;
}

Result<bool> Secrets::accept(Database& database, std::string_view actor) const {
  if (!ring_.can_seal()) return ring_.seal({"", "", ""}, "").error();
  const auto already = trusted(database);
  if (already) return false;
  if (already.error().reason != "WrongMasterKey") return already.error();
  if (auto written = database.run("REPLACE INTO remembered (key, value) VALUES (?, ?)", cells(kAccepted, ring_.current_id()));
      !written) {
    return written.error();
  }
  const auto logged =
      database.run("INSERT INTO audit_log (actor, action, kind, name, detail) VALUES (?, 'KeyAccepted', 'MasterKey', ?, '{}')",
                   cells(actor, ring_.current_id()));
  if (!logged) return logged.error();
  return true;
}

Result<SealedCount> Secrets::count(Database& database, std::int64_t most) const {
  SealedCount out;
  const auto rows = database.query("SELECT kind, subject, field, envelope FROM sealed LIMIT ?", cells(most));
  if (!rows) return rows.error();
  for (const auto& row : *rows) {
    const std::string_view envelope = row.at("envelope").as_string();
    const auto id = key_id_of(envelope);
    ++out.all;
    ++out.by_key[id.value_or("")];
    const SecretName name{row.at("kind").as_string(), row.at("subject").as_string(), row.at("field").as_string()};
    if (!ring_.open(name, envelope)) continue;
    ++out.opened;
    if (*id == ring_.current_id()) ++out.current;
  }
  return out;
}

}  // namespace argos
