// SPDX-License-Identifier: Apache-2.0
// Seals secrets for the database, and opens them: AES-256-GCM under the current master key; former keys open, never seal.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/error.hpp"

namespace argos {

// A text that is wiped from memory when it goes. Moved, never copied.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(Secret&& other) noexcept : text_(std::move(other.text_)) { other.wipe(); }
  Secret& operator=(Secret&& other) noexcept {
    wipe();
    text_ = std::move(other.text_);
    other.wipe();
    return *this;
  }
  ~Secret() { wipe(); }

  std::string_view text() const { return text_; }

 private:
  void wipe();
  std::string text_;
};

// Overwrites it where the compiler cannot leave that out, and empties it.
void wipe(std::string& text);

// What a secret is bound to: an envelope opens as nothing else.
struct SecretName {
  std::string_view kind;   // "Certificate"
  std::string_view name;   // the object's
  std::string_view field;  // "key"
};

// An envelope is one printable line: argos.v1.<key id>.<base64url of nonce, ciphertext and tag>. Reasons of errors:
//   MasterKeyNotConfigured  there is no key at all, or none to seal with
//   WrongMasterKey          none of the ring's keys is the one that sealed it
//   BrokenEnvelope          it is no envelope, or was changed, or was sealed for something else
class KeyRing {
 public:
  KeyRing() = default;
  // Keys as 64 hex digits; an empty current one is none.
  KeyRing(std::string_view current, const std::vector<std::string>& previous);

  bool empty() const { return keys_.empty(); }
  bool can_seal() const { return has_current_; }
  // Of the key that seals; empty where there is none. The first 16 hex digits of a hash: it tells keys apart and nothing about them.
  std::string current_id() const { return has_current_ ? keys_.front().id : std::string(); }
  // Of all keys, the current one first.
  std::vector<std::string> ids() const;

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

  // Constant after construction
  std::vector<Key> keys_;
  bool has_current_ = false;
};

// The id of the key that sealed it; nothing for what is no envelope.
std::optional<std::string> key_id_of(std::string_view envelope);

}  // namespace argos
