// SPDX-License-Identifier: Apache-2.0
// The key ring and the database together: who may seal, and what lies sealed.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "runtime/database.hpp"
#include "runtime/key_ring.hpp"

namespace argos {

// How many sealed values (view `sealed`) there are, by the key that sealed them, and what the ring can make of them.
struct SealedCount {
  std::map<std::string, std::int64_t> by_key;  // key id -> values; "" for what is no envelope
  std::int64_t all = 0;
  std::int64_t opened = 0;   // by a key of the ring
  std::int64_t current = 0;  // by the one that seals
};

// A typo in a key is not a rotation: where values lie sealed and the ring opens none of them, nothing is sealed until somebody says that
// it is meant so. Loop thread only, inside Store::read and Store::write.
class Secrets {
 public:
  explicit Secrets(KeyRing ring) : ring_(std::move(ring)) {}

  const KeyRing& ring() const { return ring_; }

  // Errors: the ring's; WrongMasterKey while the key is not accepted.
  Result<std::string> seal(Database& database, const SecretName& name, std::string_view plain) const;
  Result<Secret> open(const SecretName& name, std::string_view envelope) const { return ring_.open(name, envelope); }

  // Why nothing can be sealed: the errors of seal().
  Result<> can_seal(Database& database) const;
  // Why nothing may be sealed; no error where it may, or where there is no key at all.
  Result<> trusted(Database& database) const;
  // The key is meant as it is. True when that was news.
  Result<bool> accept(Database& database, std::string_view actor) const;
  // Of all, or of the first few.
  Result<SealedCount> count(Database& database, std::int64_t most = -1) const;

 private:
  Result<bool> accepted(Database& database) const;

  // Constant after construction
  KeyRing ring_;
};

}  // namespace argos
