// SPDX-License-Identifier: Apache-2.0
// Table audit_log: who did what, when, from where. Most of it is written by triggers, in the transaction of the change itself; here is
// what no row tells of. Called inside Store::read and Store::write, as an actor.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "runtime/database.hpp"

namespace argos {

struct AuditEntry {
  std::string action;  // CamelCase: LoginFailed
  std::string kind, name;  // may be empty
  boost::json::object detail;  // never a secret
};
Result<> note_audit(Database& database, const AuditEntry& entry);

struct AuditQuery {
  std::string actor, action, kind, name;  // empty: any
  std::optional<std::int64_t> before;  // only entries with a smaller id
  std::size_t limit = 50;
};
// The newest first.
Result<std::vector<boost::json::object>> read_audit(Database& database, const AuditQuery& query);

}  // namespace argos
