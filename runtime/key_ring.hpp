// SPDX-License-Identifier: Apache-2.0
// Seals secrets for the database, and opens them: AES-256-GCM under the current master key; former keys open, never seal.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "model/envelope.hpp"
#include "model/error.hpp"
#include "runtime/config.hpp"
#include "runtime/secret.hpp"

namespace argos {

// What a secret is bound to: an envelope opens as nothing else.
struct SecretName {
  std::string_view kind;   // "Certificate"
  std::string_view name;   // the object's
  std::string_view field;  // "key"
};

// Constant after construction: any thread. Reasons of errors:
//   MasterKeyNotConfigured  there is no key at all, or none to seal with
//   WrongMasterKey          none of the ring's keys is the one that sealed it
//   BrokenEnvelope          it is no envelope, or was changed, or was sealed for something else
class KeyRing {
 public:
  KeyRing() = default;
  // Keys as 64 hex digits; an empty current one is none.
  KeyRing(std::string_view current, const std::vector<std::string>& previous);
  // Takes the keys out of the configuration, where they are wiped.
  static KeyRing take(Config& config);

  bool empty() const { return keys_.empty(); }
  bool can_seal() const { return has_current_; }
  // Of the key that seals; empty where there is none. The first 16 hex digits of a hash: it tells keys apart and nothing about them.
  std::string current_id() const { return has_current_ ? keys_.front().id : std::string(); }
  // Of all keys, each once, the current one first.
  std::vector<std::string> ids() const;
  bool has(std::string_view key_id) const;

  Result<std::string> seal(const SecretName& name, std::string_view plain) const;
  Result<Secret> open(const SecretName& name, std::string_view envelope) const;

 private:
  static constexpr std::size_t kKeyBytes = 32;
  struct Key {
    explicit Key(std::string_view hex);
    Key(const Key&) = default;
    Key& operator=(const Key&) = default;
    ~Key();
    std::array<unsigned char, kKeyBytes> bytes{};
    std::string id;
  };
  void add(std::string_view hex);

  std::vector<Key> keys_;
  bool has_current_ = false;
};

}  // namespace argos
