// SPDX-License-Identifier: Apache-2.0
#include "model/x509.hpp"

#include <gmock/gmock.h>

#include "test/support/certificates.hpp"

namespace argos::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const WallTime kNow = std::chrono::system_clock::now();

MadeCertificate root() { return make_certificate({.names = {}, .days = 3650, .organisation = "Root", .ca = true}); }
MadeCertificate intermediate(const MadeCertificate& of, int days = 365) {
  return make_certificate({.names = {}, .days = days, .organisation = "Intermediate", .issuer = &of, .ca = true});
}

// The reasons for which a pair is refused.
std::vector<std::string> refusals(const std::string& certificate, const std::string& chain, const std::string& key) {
  FieldErrors errors;
  const bool taken = examine(certificate, chain, key, kNow, errors).has_value();
  EXPECT_EQ(taken, errors.empty());
  std::vector<std::string> out;
  for (const auto& error : errors) {
    out.push_back(error.path + ":" + error.reason);
    EXPECT_THAT(error.message + error.hint, Not(HasSubstr("MII"))) << "nothing of a key is shown";
  }
  return out;
}
std::vector<std::string> refusals(const Wish& wish) {
  const auto made = make_certificate(wish);
  return refusals(made.certificate, "", made.key);
}

Examined examined(const std::string& certificate, const std::string& chain, const std::string& key) {
  FieldErrors errors;
  auto out = examine(certificate, chain, key, kNow, errors);
  EXPECT_THAT(errors, IsEmpty()) << to_string(errors);
  return out ? std::move(*out) : Examined{};
}

std::vector<std::string> warned(const Examined& examined) {
  std::vector<std::string> out;
  for (const auto& warning : examined.warnings) out.push_back(warning.reason);
  return out;
}

TEST(X509, EveryKindOfKeyThatCaddyServesIsTaken) {
  for (const std::string key : {"RSA 2048", "P-256", "P-384", "P-521", "ED25519"}) {
    EXPECT_THAT(refusals({.names = {"a.test"}, .key = key}), IsEmpty()) << key;
  }
}

TEST(X509, WhatCaddyOrBrowsersRefuseIsRefusedWithAReasonOfItsOwn) {
  EXPECT_THAT(refusals({.names = {"a.test"}, .key = "RSA 1024"}), ElementsAre("certificate:WeakKey"));
  EXPECT_THAT(refusals({.names = {"a.test"}, .key = "secp256k1"}), ElementsAre("certificate:UnsupportedKey"));
  EXPECT_THAT(refusals({.names = {"a.test"}, .key = "brainpoolP256r1"}), ElementsAre("certificate:UnsupportedKey"));
  EXPECT_THAT(refusals({.names = {"a.test"}, .days = -1}), ElementsAre("certificate:Expired"));
  EXPECT_THAT(refusals({.names = {"a.test"}, .since = 2}), ElementsAre("certificate:NotYetValid"));
  EXPECT_THAT(refusals({.names = {"a.test"}, .digest = "SHA1"}), ElementsAre("certificate:WeakSignature"));
  EXPECT_THAT(refusals({.names = {}}), ElementsAre("certificate:NoNames"));
}

TEST(X509, APairThatIsNoneIsRefused) {
  const auto one = make_certificate("a.test"), other = make_certificate("a.test");
  EXPECT_THAT(refusals(one.certificate, "", other.key), ElementsAre("key:KeyMismatch"));
  EXPECT_THAT(refusals(one.certificate + one.key, "", one.key), ElementsAre("certificate:KeyInChain"));
  EXPECT_THAT(refusals(one.certificate, one.key, one.key), ElementsAre("chain:KeyInChain"));
  EXPECT_THAT(refusals("nonsense", "", one.key), ElementsAre("certificate:NotPem"));
  EXPECT_THAT(refusals(one.certificate, "nonsense", one.key), ElementsAre("chain:NotPem"));
  EXPECT_THAT(refusals(one.certificate, "", "nonsense"), ElementsAre("key:NotPem"));
  EXPECT_THAT(refusals(one.key, "", one.certificate), ElementsAre("certificate:KeyInChain"));
  EXPECT_THAT(refusals(std::string(kLargestPem + 1, 'x'), "", one.key), ElementsAre("certificate:TooLarge"));
  auto cut = one.certificate;
  cut.erase(cut.size() / 2, 40);
  EXPECT_THAT(refusals(cut, "", one.key), ElementsAre("certificate:NotPem"));
}

TEST(X509, AnEncryptedKeyIsRefusedAndNobodyIsAskedForItsPassword) {
  const auto one = make_certificate("a.test");
  EXPECT_THAT(
      refusals(one.certificate, "", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"),
      ElementsAre("key:EncryptedKey"));
  EXPECT_THAT(refusals(one.certificate, "",
                       "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n"
                       "-----END RSA PRIVATE KEY-----\n"),
              ElementsAre("key:EncryptedKey"));
}

TEST(X509, AKeyAloneIsReadAndBroughtIntoOneForm) {
  const auto one = make_certificate("a.test");
  FieldErrors errors;
  EXPECT_EQ(examine_key("a comment\n" + one.key, errors), one.key);
  EXPECT_THAT(errors, IsEmpty());
  EXPECT_FALSE(examine_key(one.certificate, errors));
  EXPECT_FALSE(examine_key("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n", errors));
  EXPECT_EQ(errors.at(0).reason, "NotPem");
  EXPECT_EQ(errors.at(1).reason, "EncryptedKey");
}

TEST(X509, TextsWhoseLinesWereJoinedAreToldApartFromNonsense) {
  const auto one = make_certificate("a.test");
  const auto joined = [](std::string pem) {
    std::ranges::replace(pem, '\n', ' ');
    return pem;
  };
  FieldErrors errors;
  EXPECT_FALSE(examine(joined(one.certificate), "", joined(one.key), kNow, errors));
  ASSERT_EQ(errors.size(), 2U);
  for (const auto& error : errors) EXPECT_THAT(error.hint, HasSubstr("its lines were joined into one"));
}

TEST(X509, AChainOutOfOrderIsPutInOrderWithANote) {
  const auto top = root();
  const auto middle = intermediate(top);
  const auto leaf = make_certificate({.names = {"a.test"}, .issuer = &middle});
  const auto straight = examined(leaf.certificate, middle.certificate + top.certificate, leaf.key);
  EXPECT_THAT(straight.notes, IsEmpty());
  EXPECT_THAT(warned(straight), IsEmpty());
  for (const auto& all :
       {top.certificate + middle.certificate + leaf.certificate, leaf.certificate + top.certificate + middle.certificate}) {
    const auto mended = examined(all, "", leaf.key);
    EXPECT_EQ(mended.leaf, straight.leaf);
    EXPECT_EQ(mended.chain, straight.chain);
    EXPECT_THAT(mended.notes, ElementsAre(HasSubstr("out of order")));
  }
  EXPECT_EQ(straight.chain, middle.certificate + top.certificate);
}

TEST(X509, WhatDoesNotBelongToTheChainIsLeftOut) {
  const auto top = root();
  const auto leaf = make_certificate({.names = {"a.test"}, .issuer = &top});
  const auto out =
      examined(leaf.certificate, make_certificate("b.test").certificate + top.certificate + top.certificate, leaf.key);
  EXPECT_EQ(out.chain, top.certificate);
  EXPECT_THAT(out.notes, ElementsAre(HasSubstr("2 of 4 certificates")));
}

TEST(X509, WhatIsOddIsWarnedOf) {
  const auto top = root();
  const auto old = intermediate(top, -1);
  EXPECT_THAT(warned(examined(make_certificate("a.test").certificate, "", "")), ElementsAre("SelfSigned"));
  const auto alone = make_certificate({.names = {"a.test"}, .issuer = &top});
  EXPECT_THAT(warned(examined(alone.certificate, "", alone.key)), ElementsAre("NoIntermediate"));
  const auto soon = make_certificate({.names = {"a.test"}, .days = 5, .issuer = &old});
  EXPECT_THAT(warned(examined(soon.certificate, old.certificate, soon.key)), ElementsAre("ChainExpired", "ExpiresSoon"));
}

TEST(X509, FactsAreThoseOfTheLeaf) {
  const auto top = root();
  const auto leaf = make_certificate({.names = {"A.test", "*.b.test"}, .organisation = "Leaf", .issuer = &top});
  const auto out = examined(top.certificate + leaf.certificate, "", leaf.key);
  EXPECT_EQ(out.facts.subject, "Leaf");
  EXPECT_EQ(out.facts.issuer, "Root");
  EXPECT_THAT(out.facts.names, ElementsAre("a.test", "*.b.test"));
  EXPECT_EQ(out.facts.fingerprint, leaf.fingerprint);
  EXPECT_EQ(out.facts.key, "ECDSA P-256");
  EXPECT_FALSE(out.facts.self_signed);
  EXPECT_EQ(days_left(out.facts, out.facts.not_after - std::chrono::hours(49)), 2);
  EXPECT_EQ(days_left(out.facts, out.facts.not_after + std::chrono::seconds(1)), -1);
  EXPECT_EQ(facts_of(leaf.certificate)->fingerprint, leaf.fingerprint);
  EXPECT_FALSE(facts_of("nonsense"));
}

TEST(X509, WithoutAKeyTheLeafIsTheOneThatIssuedNoOther) {
  const auto top = root();
  const auto leaf = make_certificate({.names = {"a.test"}, .issuer = &top});
  EXPECT_EQ(examined(top.certificate + leaf.certificate, "", "").facts.fingerprint, leaf.fingerprint);
}

TEST(X509, AWildcardStandsForOneWholeLabel) {
  const std::vector<std::string> names{"app.test", "*.lan.test"};
  for (const auto* const host : {"app.test", "x.lan.test", "*.lan.test"}) EXPECT_TRUE(covers(names, host)) << host;
  for (const auto* const host : {"lan.test", "x.y.lan.test", "*.test", "x.app.test", "test", ""})
    EXPECT_FALSE(covers(names, host)) << host;
}

}  // namespace
}  // namespace argos::test
