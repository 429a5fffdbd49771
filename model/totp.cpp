// SPDX-License-Identifier: Apache-2.0
#include "model/totp.hpp"

#include <array>
#include <stdexcept>

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace argos {
namespace {

constexpr std::size_t kDigits = 6;
constexpr std::size_t kSha1Bytes = 20;

std::array<unsigned char, kSha1Bytes> hmac_sha1(std::string_view key, std::string_view message) {
  std::array<unsigned char, kSha1Bytes> out{};
  unsigned int size = 0;
  const auto* const made = HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()),
                                reinterpret_cast<const unsigned char*>(message.data()), message.size(), out.data(), &size);
  if (made == nullptr || size != kSha1Bytes) throw std::runtime_error("OpenSSL refuses to compute an HMAC");
  return out;
}

std::string big_endian(std::int64_t step) {
  std::string out(8, '\0');
  auto rest = static_cast<std::uint64_t>(step);
  for (std::size_t at = out.size(); at-- > 0; rest >>= 8U) out[at] = static_cast<char>(rest & 0xFFU);
  return out;
}

std::string encoded(std::string_view text) { return boost::urls::encode(text, boost::urls::unreserved_chars); }

}  // namespace

std::int64_t totp_step(WallTime now) {
  return std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()) / kTotpPeriod;
}

std::string totp_code(std::string_view secret, std::int64_t step) {
  const auto hash = hmac_sha1(secret, big_endian(step));
  const std::size_t offset = hash.back() & 0x0FU;
  std::uint32_t number = 0;
  for (std::size_t at = 0; at < 4; ++at) number = (number << 8U) | hash.at(offset + at);
  number = (number & 0x7FFFFFFFU) % 1'000'000U;
  auto digits = std::to_string(number);
  return std::string(kDigits - digits.size(), '0') + digits;
}

std::optional<std::int64_t> totp_match(std::string_view secret, std::string_view code, std::int64_t last, WallTime now) {
  if (code.size() != kDigits) return std::nullopt;
  std::optional<std::int64_t> out;
  const auto current = totp_step(now);
  for (auto step = current - 1; step <= current + 1; ++step) {
    const auto wanted = totp_code(secret, step);
    if (CRYPTO_memcmp(wanted.data(), code.data(), kDigits) == 0 && step > last && !out) out = step;
  }
  return out;
}

std::string to_base32(std::string_view bytes) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string out;
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const char c : bytes) {
    held = (held << 8U) | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 5; bits -= 5) out += kAlphabet[(held >> (bits - 5)) & 31U];
    held &= 31U;
  }
  if (bits > 0) out += kAlphabet[(held << (5 - bits)) & 31U];
  return out;
}

std::string totp_url(std::string_view secret, std::string_view issuer, std::string_view account) {
  return "otpauth://totp/" + encoded(issuer) + ":" + encoded(account) + "?secret=" + to_base32(secret) +
         "&issuer=" + encoded(issuer) + "&algorithm=SHA1&digits=6&period=30";
}

}  // namespace argos
