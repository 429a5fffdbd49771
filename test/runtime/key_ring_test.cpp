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
    EXPECT_EQ(envelope->find(plain.empty() ? "\n" : plain), std::string::npos);
    EXPECT_EQ(ring.open(kName, *envelope).value().text(), plain);
  }
}

TEST(KeyRing, TheSameSecretNeverLooksTheSame) { EXPECT_NE(sealed_by(kNew, "x"), sealed_by(kNew, "x")); }

TEST(KeyRing, FormerKeysOpenAndNeverSeal) {
  const auto envelope = sealed_by(kOld, "x");
  EXPECT_EQ(KeyRing(kNew, {kOther, kOld}).open(kName, envelope).value().text(), "x");
  EXPECT_EQ(KeyRing("", {kOld}).open(kName, envelope).value().text(), "x");
  EXPECT_EQ(KeyRing("", {kOld}).seal(kName, "x").error().reason, "MasterKeyNotConfigured");
  EXPECT_EQ(key_id_of(KeyRing(kNew, {kOld}).seal(kName, "x").value()), KeyRing(kNew, {}).current_id());
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

TEST(KeyRing, EveryChangedCharacterIsNoticed) {
  const auto envelope = sealed_by(kNew, "a secret");
  const KeyRing ring(kNew, {});
  for (std::size_t at = 0; at < envelope.size(); ++at) {
    for (const char other : {'A', '0', '.', '-', '\0', '='}) {
      auto changed = envelope;
      if (changed[at] == other) continue;
      changed[at] = other;
      EXPECT_TRUE(ring.open(kName, changed).has_error()) << at;
    }
    EXPECT_TRUE(ring.open(kName, envelope.substr(0, at)).has_error()) << at;
  }
  EXPECT_TRUE(ring.open(kName, envelope + "A").has_error());
}

TEST(KeyRing, ErrorsNameTheSecretAndNeverItsContents) {
  const auto error = KeyRing(kNew, {}).open(kName, sealed_by(kOld, "hush")).error();
  EXPECT_THAT(error.message, ::testing::HasSubstr("Certificate app"));
  EXPECT_THAT(error.text(), ::testing::Not(::testing::HasSubstr("hush")));
  EXPECT_THAT(error.text(), ::testing::Not(::testing::HasSubstr(kOld)));
}

TEST(Secret, IsWipedWhenItIsMovedFrom) {
  Secret first(std::string(100, 'k'));
  const Secret second(std::move(first));
  EXPECT_EQ(first.text(), "");  // NOLINT(bugprone-use-after-move): what is left is the point
  EXPECT_EQ(second.text(), std::string(100, 'k'));
}

}  // namespace
}  // namespace argos
