// SPDX-License-Identifier: Apache-2.0
// What lies sealed in the database (the view `sealed`), and what a key ring makes of it. Called inside Store::read, or on a connection of
// one's own: opening everything takes its time.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "runtime/database.hpp"
#include "runtime/key_ring.hpp"

namespace argos {

// One envelope, which may lie in several places: in its row, and in the history before and after each change since.
struct SealedValue {
  std::string kind, name, field;
  std::string envelope;
  std::int64_t rows = 0, history = 0;

  SecretName secret() const { return {kind, name, field}; }
};

struct Sealed {
  struct Count {
    std::int64_t rows = 0, history = 0;
  };
  std::map<std::string, Count> by_key;  // key id; "" for what is no envelope
  std::int64_t all = 0;  // places: rows and history
  std::int64_t current = 0;  // of them under the key that seals
  std::vector<SealedValue> former;  // the ring opens it, with another key
  struct Unreadable {
    SealedValue value;
    std::string reason;  // WrongMasterKey, MasterKeyNotConfigured, BrokenEnvelope
  };
  std::vector<Unreadable> unreadable;

  std::int64_t unreadable_places() const;
};

// Of a database that has no such view yet: nothing.
Result<Sealed> look_at_sealed(Database& database, const KeyRing& ring);

// By the ids that the envelopes name, without opening any.
enum class Standing { nothing_sealed, known, unknown };
Result<Standing> standing_of(Database& database, const KeyRing& ring);

// What the ring opens, under the key of now.
Result<std::string> seal_anew(const SealedValue& value, const KeyRing& ring);
// The same secret sealed anew, wherever that envelope lies; what has become another since stays. As the actor `secrets` only.
Result<> replace_sealed(Database& database, const SealedValue& value, const std::string& anew);

}  // namespace argos
