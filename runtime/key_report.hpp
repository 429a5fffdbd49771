// SPDX-License-Identifier: Apache-2.0
// What `argos key check` tells: what opens with which key, and whether the former ones may go.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include <boost/json/object.hpp>

#include "model/condition.hpp"
#include "runtime/sealed.hpp"
#include "runtime/secrets.hpp"

namespace argos {

struct KeyFindings {
  Sealed sealed;
  Result<> trusted;  // Secrets::trusted
  std::map<std::string, std::int64_t> archives;  // by the key they were made under
};
// On a connection of its own, any thread. Where there is no database nothing lies sealed.
Result<KeyFindings> look_at_keys(const std::string& database, const Secrets& secrets);

// On all of it, most pressing first. Reasons: WrongMasterKey, MasterKeyNotConfigured, UnderFormerKeys, Unreadable, NothingSealed,
// UnderCurrentKey.
struct KeyVerdict {
  Status status = Status::unknown;
  std::string reason, message, hint;
};
KeyVerdict judge(const KeyFindings& found, const KeyRing& ring);

// {"current", "values", "former", "unreadable", "previousMayGo", "verdict": {"status", "reason", "message", "hint"},
//  "keys": [{"id", "role", "rows", "history", "archives"}], "items": [{"kind", "name", "field", "key", "rows", "history", "reason"}]}
// role: current, previous, unknown (not configured), damaged. items: whatever is not under the current key.
boost::json::object key_report(const KeyFindings& found, const KeyRing& ring);

}  // namespace argos
