// SPDX-License-Identifier: Apache-2.0
#include "runtime/secrets.hpp"

#include "runtime/sealed.hpp"

namespace argos {
namespace {

// The id of the key that was accepted last, in the table `remembered`.
constexpr auto kAccepted = "secrets/accepted";

}  // namespace

Result<std::string> Secrets::seal(Database& database, const SecretName& name, std::string_view plain) const {
  if (const auto can = can_seal(database); !can) return can.error();
  return ring_.seal(name, plain);
}

Result<> Secrets::can_seal(Database& database) const {
  if (!ring_.can_seal()) return ring_.seal({}, "").error();
  return trusted(database);
}

Result<> Secrets::trusted(Database& database) const {
  if (ring_.empty()) return {};
  const auto standing = standing_of(database, ring_);
  if (!standing) return standing.error();
  if (*standing != Standing::unknown) return {};
  const auto meant = accepted(database);
  if (!meant) return meant.error();
  if (*meant) return {};
  return Error{
      "WrongMasterKey",
      "secrets lie sealed in the database, and none of them under a master key that is configured: nothing is sealed, as "
      "this may be a typo",
      "set ARGOS_MASTER_KEY as it was and restart argos; if that key is lost, `argos key accept` begins anew with this one",
      Retry::never};
}

Result<bool> Secrets::accepted(Database& database) const {
  if (!ring_.can_seal()) return false;
  const auto found =
      database.number("SELECT count(*) FROM remembered WHERE key = ? AND value = ?", cells(kAccepted, ring_.current_id()));
  if (!found) return found.error();
  return *found > 0;
}

Result<bool> Secrets::accept(Database& database, std::string_view actor) const {
  if (!ring_.can_seal()) return ring_.seal({}, "").error();
  const auto already = trusted(database);
  if (already) return false;
  if (already.error().reason != "WrongMasterKey") return already.error();
  const auto written = database.run("REPLACE INTO remembered (key, value) VALUES (?, ?)", cells(kAccepted, ring_.current_id()));
  if (!written) return written.error();
  const auto logged = database.run(
      "INSERT INTO audit_log (actor, origin, action, kind, name)"
      " SELECT ?, origin, 'KeyAccepted', 'MasterKey', ? FROM actor",
      cells(actor, ring_.current_id()));
  if (!logged) return logged.error();
  return true;
}

}  // namespace argos
