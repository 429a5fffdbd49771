// SPDX-License-Identifier: Apache-2.0
// A sealed secret as text: argos.v1.<key id>.<base64url of nonce, ciphertext and tag>. One line, safe to print and in git.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace argos {

struct Envelope {
  static constexpr std::size_t kNonceBytes = 12;  // GCM's own size
  static constexpr std::size_t kTagBytes = 16;
  static constexpr std::size_t kIdDigits = 16;

  std::string key_id;  // lower-case hex digits
  std::string nonce, ciphertext, tag;

  bool operator==(const Envelope&) const = default;
};

// Each envelope has one text only; nothing for what is not exactly that.
std::optional<Envelope> parse_envelope(std::string_view text);
std::string to_text(const Envelope& envelope);

// The id of the key that sealed it, by the beginning of the text alone; nothing for what is no envelope.
std::optional<std::string> key_id_of(std::string_view envelope);
// What the envelopes of that key begin with.
std::string envelope_head(std::string_view key_id);

}  // namespace argos
