// SPDX-License-Identifier: Apache-2.0
#include "model/envelope.hpp"

#include <algorithm>

#include <openssl/evp.h>

namespace argos {
namespace {

constexpr std::string_view kVersion = "argos.v1.";
constexpr std::size_t kHead = kVersion.size() + Envelope::kIdDigits + 1;

unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* bytes_of(const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); }

// RFC 4648, chapter 5, without padding.
std::string to_base64url(const std::string& bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3), '\0');
  EVP_EncodeBlock(bytes_of(out), bytes_of(bytes), static_cast<int>(bytes.size()));
  while (out.ends_with('=')) out.pop_back();
  std::ranges::replace(out, '+', '-');
  std::ranges::replace(out, '/', '_');
  return out;
}

std::optional<std::string> from_base64url(std::string_view text) {
  std::string padded(text);
  std::ranges::replace(padded, '-', '+');
  std::ranges::replace(padded, '_', '/');
  const auto missing = (4 - padded.size() % 4) % 4;
  padded.append(missing, '=');
  std::string out(padded.size() / 4 * 3, '\0');
  if (missing > 2 || EVP_DecodeBlock(bytes_of(out), bytes_of(padded), static_cast<int>(padded.size())) < 0) return std::nullopt;
  out.resize(out.size() - missing);
  return to_base64url(out) == text ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace

std::optional<std::string> key_id_of(std::string_view envelope) {
  if (!envelope.starts_with(kVersion) || envelope.size() < kHead || envelope[kHead - 1] != '.') return std::nullopt;
  const auto id = envelope.substr(kVersion.size(), Envelope::kIdDigits);
  if (id.find_first_not_of("0123456789abcdef") != std::string_view::npos) return std::nullopt;
  return std::string(id);
}

std::optional<Envelope> parse_envelope(std::string_view text) {
  auto id = key_id_of(text);
  if (!id) return std::nullopt;
  const auto sealed = from_base64url(text.substr(kHead));
  if (!sealed || sealed->size() < Envelope::kNonceBytes + Envelope::kTagBytes) return std::nullopt;
  const auto end = sealed->size() - Envelope::kTagBytes;
  return Envelope{std::move(*id), sealed->substr(0, Envelope::kNonceBytes),
                  sealed->substr(Envelope::kNonceBytes, end - Envelope::kNonceBytes), sealed->substr(end)};
}

std::string to_text(const Envelope& envelope) {
  return envelope_head(envelope.key_id) + to_base64url(envelope.nonce + envelope.ciphertext + envelope.tag);
}

std::string envelope_head(std::string_view key_id) { return std::string(kVersion).append(key_id).append("."); }

}  // namespace argos
