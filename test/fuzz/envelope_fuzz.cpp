// SPDX-License-Identifier: Apache-2.0
// Any bytes as the text of a sealed secret: what is taken has that one text and no other, the rest is refused.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "model/envelope.hpp"

namespace {

void require(bool holds, const char* rule) {
  if (holds) return;
  std::fprintf(stderr, "broken rule: %s\n", rule);
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto id = argos::key_id_of(text);
  require(!id || text.starts_with(argos::envelope_head(*id)), "the id is the one that it begins with");
  const auto envelope = argos::parse_envelope(text);
  if (!envelope) return 0;
  require(id == envelope->key_id, "one id");
  require(envelope->nonce.size() == argos::Envelope::kNonceBytes && envelope->tag.size() == argos::Envelope::kTagBytes,
          "nonce and tag have their sizes");
  require(argos::to_text(*envelope) == text, "an envelope has one text");
  return 0;
}
