// SPDX-License-Identifier: Apache-2.0
// A bad certificate of each kind, brought over the API and in a manifest, with real programs: only its own host suffers.
#include <boost/json.hpp>

#include "test/e2e/certificates.hpp"

namespace argos::test {
namespace {

using testing::HasSubstr;

struct BadCertificate {
  std::string reason, certificate, key, chain;
};

std::string encrypted(const std::string& key) {
  const TempFolder folder;
  return shell("openssl pkcs8 -topk8 -v2 aes256 -passout pass:secret -in '" + folder.write("key", key) + "'").out;
}

// None of them is a certificate for both <name>.test and www.<name>.test.
std::vector<BadCertificate> every_kind(const std::string& name) {
  constexpr std::size_t kTooLarge = 65UL * 1024;
  const auto domain = name + ".test", alias = "www." + domain;
  const auto with = [&](const std::string& reason, Wish wish) {
    if (wish.names.empty()) wish.names = {domain, alias};
    const auto made = make_certificate(wish);
    return BadCertificate{reason, made.certificate, made.key, ""};
  };
  const auto good = with("", {}), other = with("", {});
  std::string large;
  while (large.size() < kTooLarge) large += good.certificate;
  return {{"KeyMismatch", good.certificate, other.key, ""},
          {"EncryptedKey", good.certificate, encrypted(good.key), ""},
          {"KeyInChain", good.certificate, good.key, good.key},
          {"NotPem", good.certificate, "nonsense", ""},
          {"NotPem", "nonsense", good.key, ""},
          {"TooLarge", large, good.key, ""},
          {"TooLarge", good.certificate, good.key, large},
          {"TooLarge", good.certificate, good.key + std::string(kTooLarge, '\n'), ""},
          with("Expired", {.days = -2}),
          with("NotYetValid", {.since = 2}),
          with("NameNotCovered", {.names = {"another.test"}}),
          with("NameNotCovered", {.names = {domain}}),
          with("NameNotCovered", {.names = {alias}}),
          with("NameNotCovered", {.names = {"*." + domain}}),
          with("WeakKey", {.key = "RSA 1024"}),
          with("WeakSignature", {.digest = "SHA1"}),
          with("UnsupportedKey", {.key = "secp256k1"})};
}

boost::json::object certificate_of(const std::string& host, const BadCertificate& bad) {
  boost::json::object spec{{"host", host}, {"certificate", bad.certificate}, {"key", bad.key}};
  if (!bad.chain.empty()) spec["chain"] = bad.chain;
  return {{"apiVersion", "argos.edge/v1"}, {"kind", "Certificate"}, {"metadata", {{"name", host}}}, {"spec", std::move(spec)}};
}

struct RefusedCertificates : testing::Test {
  void SetUp() override {
    world.start_caddy();
    world.start_argos();
    world.until_ready();
  }
  static boost::json::object host_with_alias(const std::string& name) {
    auto host = CertificateWorld::host_of(name, name + ".test", "manual");
    host["spec"].as_object()["aliases"] = boost::json::array{"www." + name + ".test"};
    return host;
  }
  CertificateWorld world;
};

TEST_F(RefusedCertificates, OverTheApiTheOneThatIsThereStaysAndTheOthersGoOn) {
  const auto good = make_certificate(Wish{.names = {"app.test", "www.app.test"}});
  ASSERT_TRUE(world.apply({host_with_alias("app"), CertificateWorld::certificate_of("app", good)}));
  for (const auto& bad : every_kind("app")) {
    SCOPED_TRACE(bad.reason);
    const auto answer = http("unix://" + (world.folder / "data/argos.sock"), "/api/v1/certificates/app", {}, "PUT",
                             boost::json::serialize(certificate_of("app", bad)));
    EXPECT_EQ(answer.status, 422);
    EXPECT_THAT(answer.body, HasSubstr("\"" + bad.reason + "\""));
    ASSERT_TRUE(world.bring({"other"}));
    EVENTUALLY(world.shows("other"));
    for (const auto* const name : {"app.test", "www.app.test"}) EXPECT_EQ(shown(world.https_port, name), good.fingerprint);
    EXPECT_THAT(world.condition("certificates/app", "Ready"), HasSubstr("True"));
  }
}

TEST_F(RefusedCertificates, InManifestsEachHostWithoutAGoodOneShowsNoneAndAllOthersTheirOwn) {
  std::vector<std::string> names;
  std::vector<BadCertificate> all;
  const auto kinds = every_kind("any").size();
  for (std::size_t at = 0; at < kinds; ++at) {
    names.push_back("h" + std::to_string(at));
    all.push_back(every_kind(names.back()).at(at));
    const auto file = names.back() + ".yaml";  // JSON is YAML
    world.manifest(file, boost::json::serialize(host_with_alias(names.back())) + "\n---\n" +
                             boost::json::serialize(certificate_of(names.back(), all.back())));
  }
  ASSERT_TRUE(world.bring({"other"}));
  EVENTUALLY(world.shows("other"));
  for (std::size_t at = 0; at < kinds; ++at) {
    SCOPED_TRACE(all[at].reason);
    const auto host = "hosts/" + names[at];
    EVENTUALLY(world.condition(host, "Accepted").starts_with("False CertificateNotFound"));
    EXPECT_EQ(shown(world.https_port, names[at] + ".test"), "");
  }
  const auto told = boost::json::parse(world.api("/api/v1/manifests").body);
  for (std::size_t at = 0; at < kinds; ++at) {
    std::string said;
    for (const auto& file : told.at("files").as_array()) {
      if (file.at("file").as_string() == names[at] + ".yaml") said = boost::json::serialize(file);
    }
    EXPECT_THAT(said, HasSubstr(all[at].reason)) << names[at];
  }
  EXPECT_TRUE(world.shows("other"));
}

}  // namespace
}  // namespace argos::test
