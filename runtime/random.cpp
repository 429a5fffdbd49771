// SPDX-License-Identifier: Apache-2.0
#include "runtime/random.hpp"

#include <stdexcept>

#include <openssl/rand.h>

#include "model/text.hpp"

namespace argos {

std::string random_bytes(std::size_t size) {
  std::string out(size, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(size)) != 1)
    throw std::runtime_error("OpenSSL has no random bytes");
  return out;
}

std::string random_hex(std::size_t bytes) { return to_hex(random_bytes(bytes)); }

std::string random_word(std::size_t characters) {
  constexpr std::string_view kAlphabet = "abcdefghijkmnpqrstuvwxyz23456789";
  auto out = random_bytes(characters);
  for (auto& c : out) c = kAlphabet[static_cast<unsigned char>(c) & 31U];
  return out;
}

}  // namespace argos
