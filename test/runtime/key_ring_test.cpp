// SPDX-License-Identifier: Apache-2.0
#include "runtime/key_ring.hpp"

#include <gmock/gmock.h>

namespace argos {
namespace {

const std::string kOld(64, 'a'), kNew(64, 'b'), kOther(64, 'c');
constexpr SecretName kName{"Certificate", "app", "key"};

std::string sealed_by(const std::string& key, std::string_view plain) { return KeyRing(key, {}).seal(kName, plain).value(); }

TEST(KeyRing, OpensWhatItSealed) {
  const KeyRing ring(kNew, {});
  for (const auto& plain : {std::string(), std::string("a key"), std::string("a private key\n"), std::string(100'000, '\0')}) {
    const auto envelope = ring.seal(kName, plain);
    ASSERT_TRUE(envelope);
    EXPECT_THAT(*envelope, ::testing::MatchesRegex("argos[.]v1[.][0-9a-f]{16}[.][A-Za-z0-9_-]+"));
    EXPECT_EQ(ring.open(kName, *envelope).value().text(), plain);
  }
}

TEST(KeyRing, TheSameSecretNeverLooksTheSame) { EXPECT_NE(sealed_by(kNew, "x"), sealed_by(kNew, "x")); }

TEST(KeyRing, FormerKeysOpenInAnyPlaceAndNeverSeal) {
  const auto envelope = sealed_by(kOld, "x");
  for (const auto& previous :
       std::vector<std::vector<std::string>>{{kOld}, {kOld, kOther}, {kOther, kOld}, {kOther, kOld, kOther}}) {
    EXPECT_EQ(KeyRing(kNew, previous).open(kName, envelope).value().text(), "x");
    EXPECT_EQ(KeyRing("", previous).open(kName, envelope).value().text(), "x");
    EXPECT_EQ(KeyRing("", previous).seal(kName, "x").error().reason, "MasterKeyNotConfigured");
    EXPECT_EQ(key_id_of(KeyRing(kNew, previous).seal(kName, "x").value()), KeyRing(kNew, {}).current_id());
  }
}

TEST(KeyRing, AKeyThatIsGivenTwiceIsOne) {
  const KeyRing ring(kNew, {kOld, kNew, kOld});
  EXPECT_THAT(ring.ids(), ::testing::ElementsAre(KeyRing(kNew, {}).current_id(), KeyRing(kOld, {}).current_id()));
}

TEST(KeyRing, HexDigitsOfEitherCaseAreTheSameKey) {
  std::string upper(64, 'A');
  EXPECT_EQ(KeyRing(upper, {}).open(kName, sealed_by(kOld, "x")).value().text(), "x");
}

TEST(KeyRing, TakesTheKeysOutOfTheConfiguration) {
  Config config;
  config.master_key = kNew;
  config.master_key_previous = {kOld};
  const auto ring = KeyRing::take(config);
  EXPECT_EQ(ring.open(kName, sealed_by(kOld, "x")).value().text(), "x");
  EXPECT_TRUE(ring.can_seal());
  EXPECT_EQ(config.master_key, "");
  EXPECT_TRUE(config.master_key_previous.empty());
}

TEST(KeyRing, AnotherKeyIsToldFromADamagedEnvelope) {
  EXPECT_EQ(KeyRing(kNew, {}).open(kName, sealed_by(kOld, "x")).error().reason, "WrongMasterKey");
  EXPECT_EQ(KeyRing().open(kName, sealed_by(kOld, "x")).error().reason, "MasterKeyNotConfigured");
}

TEST(KeyRing, OpensAsNothingElse) {
  const auto envelope = sealed_by(kNew, "x");
  const KeyRing ring(kNew, {});
  for (const SecretName& name : {SecretName{"User", "app", "key"}, SecretName{"Certificate", "apq", "key"},
                                 SecretName{"Certificate", "app", "kez"}, SecretName{"Certificate", "ap", "pkey"}}) {
    EXPECT_EQ(ring.open(name, envelope).error().reason, "BrokenEnvelope");
  }
}

TEST(KeyRing, EveryOtherByteAtEveryPlaceIsNoticed) {
  const auto envelope = sealed_by(kNew, "a secret");
  const KeyRing ring(kNew, {});
  for (std::size_t at = 0; at < envelope.size(); ++at) {
    for (int step = 1; step < 256; ++step) {
      auto changed = envelope;
      changed[at] = static_cast<char>(changed[at] + step);
      EXPECT_TRUE(ring.open(kName, changed).has_error()) << at << " " << step;
    }
    EXPECT_TRUE(ring.open(kName, envelope.substr(0, at)).has_error()) << at;
    EXPECT_TRUE(ring.open(kName, envelope.substr(at + 1)).has_error()) << at;
  }
}

TEST(KeyRing, WhatIsNoEnvelopeIsCalledBroken) {
  const KeyRing ring(kNew, {});
  const auto head = envelope_head(ring.current_id());
  for (const auto& text : {std::string(), std::string("argos"), head, head + "AAAA", head + std::string(37, 'A'),
                           "argos.v2." + ring.current_id() + "." + std::string(40, 'A'), sealed_by(kNew, "x") + "=",
                           sealed_by(kNew, "x") + "\n", " " + sealed_by(kNew, "x")}) {
    EXPECT_EQ(ring.open(kName, text).error().reason, "BrokenEnvelope") << text;
  }
}

TEST(KeyRing, ErrorsNameTheSecretAndNeverItsContents) {
  const auto error = KeyRing(kNew, {}).open(kName, sealed_by(kOld, "hush")).error();
  EXPECT_THAT(error.message, ::testing::HasSubstr("Certificate app"));
  EXPECT_THAT(error.text(), ::testing::Not(::testing::HasSubstr("hush")));
  EXPECT_THAT(error.text(), ::testing::Not(::testing::HasSubstr(kOld)));
}

TEST(Secret, IsWipedWhenItIsMovedFrom) {
  for (const std::size_t size : {std::size_t{8}, std::size_t{100}}) {  // within the string itself, and elsewhere
    Secret first(std::string(size, 'k'));
    const auto* const place = first.text().data();
    const Secret second(std::move(first));
    EXPECT_EQ(first.text(), "");  // NOLINT(bugprone-use-after-move): what is left is the point
    EXPECT_EQ(second.text(), std::string(size, 'k'));
    const bool moved_as_a_whole = second.text().data() == place;
    EXPECT_EQ(std::string_view(place, size), std::string(size, moved_as_a_whole ? 'k' : '\0'));
  }
}

TEST(Secret, WipingOverwritesTheBytes) {
  std::string text(100, 'k');
  const auto* const place = text.data();
  const std::string_view seen(place, text.size());
  wipe(text);
  EXPECT_EQ(seen, std::string(100, '\0'));
  EXPECT_EQ(text, "");
}

}  // namespace
}  // namespace argos
