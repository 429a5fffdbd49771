// SPDX-License-Identifier: Apache-2.0
#include "model/envelope.hpp"

#include <gmock/gmock.h>

namespace argos {
namespace {

const Envelope kEnvelope{"0123456789abcdef", std::string(12, '\xff'), "sealed", std::string(16, '\0')};
constexpr const char* kText = "argos.v1.0123456789abcdef.________________c2VhbGVkAAAAAAAAAAAAAAAAAAAAAA";

TEST(Envelope, HasOneText) {
  EXPECT_EQ(to_text(kEnvelope), kText);
  EXPECT_EQ(parse_envelope(kText), kEnvelope);
  EXPECT_EQ(key_id_of(kText), kEnvelope.key_id);
  EXPECT_TRUE(std::string(kText).starts_with(envelope_head(kEnvelope.key_id)));
}

TEST(Envelope, OfAnyLengthComesBack) {
  for (std::size_t size = 0; size < 40; ++size) {
    auto envelope = kEnvelope;
    envelope.ciphertext = std::string(size, 'x');
    EXPECT_EQ(parse_envelope(to_text(envelope)), envelope) << size;
  }
}

TEST(Envelope, AnythingElseIsNone) {
  const std::string text = kText;
  const auto with = [&](std::size_t at, char other) {
    auto out = text;
    out[at] = other;
    return out;
  };
  for (const auto& wrong :
       {std::string(), std::string("argos.v1."), text.substr(0, 25), text.substr(0, 26), text.substr(0, 60), text + "=",
        text + "\n", " " + text, with(7, '2'), with(9, 'g'), with(9, 'A'), with(25, '-'), with(30, '+'), with(30, '.'),
        with(30, '\0'), with(text.size() - 1, 'B')}) {  // bits beyond the last byte
    EXPECT_EQ(parse_envelope(wrong), std::nullopt) << wrong;
  }
}

}  // namespace
}  // namespace argos
