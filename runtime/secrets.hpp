// SPDX-License-Identifier: Apache-2.0
// The key ring and the database together: who may seal.
#pragma once

#include <string>
#include <string_view>

#include "runtime/database.hpp"
#include "runtime/key_ring.hpp"

namespace argos {

// A typo in a key is not a rotation: where values lie sealed (view `sealed`) and none of them under a key of the ring, nothing is sealed
// until somebody says that it is meant so. Inside Store::read and Store::write, or on a connection of one's own.
class Secrets {
 public:
  explicit Secrets(KeyRing ring) : ring_(std::move(ring)) {}

  const KeyRing& ring() const { return ring_; }

  // Errors: the ring's; WrongMasterKey while the key is not accepted.
  Result<std::string> seal(Database& database, const SecretName& name, std::string_view plain) const;
  Result<Secret> open(const SecretName& name, std::string_view envelope) const { return ring_.open(name, envelope); }

  // Why nothing can be sealed: the errors of seal().
  Result<> can_seal(Database& database) const;
  // WrongMasterKey while nothing may be sealed; no error where it may, or where there is no key at all.
  Result<> trusted(Database& database) const;
  // The current key is meant as it is: remembered of this key alone, and in the audit log. True when that was news.
  Result<bool> accept(Database& database, std::string_view actor) const;

 private:
  Result<bool> accepted(Database& database) const;

  // Constant after construction
  KeyRing ring_;
};

}  // namespace argos
