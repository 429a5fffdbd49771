// SPDX-License-Identifier: Apache-2.0
// Certificates that operators bring, in the document: which files are loaded, who shows them, what Caddy's words on them mean. That
// each host then shows its own is seen in test/controllers/caddy_certificates_test.cpp.
#include <gmock/gmock.h>

#include "model/caddy_choice.hpp"
#include "model/caddy_claims.hpp"
#include "model/caddy_config.hpp"
#include "model/caddy_hint.hpp"
#include "model/caddy_keep.hpp"
#include "model/caddy_places.hpp"
#include "model/canonical_json.hpp"

namespace argos {
namespace {

using boost::json::value;
using testing::ElementsAre;
using testing::HasSubstr;

struct World {
  Desired desired;
  std::uint64_t next_seq = 1;

  Object<Host>& host(const std::string& name, const std::string& domain, TlsMode mode = TlsMode::manual) {
    Object<Host> made;
    made.meta = {name, next_seq, next_seq, ManagedBy::apply, "cli"};
    ++next_seq;
    made.spec.domain = domain;
    made.spec.tls.mode = mode;
    return desired.hosts.emplace_back(std::move(made));
  }
  // A pair "p" + its number, on disk since then.
  Object<CertificatePair>& pair(const std::string& name, const std::string& host, std::vector<std::string> names = {}) {
    Object<CertificatePair> made;
    made.meta = {name, next_seq, next_seq, ManagedBy::apply, "cli"};
    made.spec = {host, "p" + std::to_string(next_seq), "c" + std::to_string(next_seq), std::move(names)};
    desired.pairs_on_disk[made.spec.file("")] = static_cast<std::int64_t>(next_seq);
    ++next_seq;
    return desired.certificates.emplace_back(std::move(made));
  }
  Object<CertificatePair>& nothing_on_disk(const std::string& name, const std::string& host) {
    auto& made = pair(name, host);
    desired.pairs_on_disk.erase(made.spec.file(""));
    made.spec.pair.clear();
    return made;
  }
  Rendered render() const {
    CaddySurroundings around;
    around.certificates_folder = "/certs";
    return argos::render(desired, {}, around);
  }
};

std::string json(const Rendered& rendered, std::string_view pointer) {
  boost::system::error_code missing;
  const auto* const found = rendered.document.find_pointer(pointer, missing);
  return found == nullptr ? "nothing" : canonical_json(*found);
}
constexpr const char* kFiles = "/apps/tls/certificates/load_files";
constexpr const char* kPolicies = "/apps/http/servers/https/tls_connection_policies";
constexpr const char* kAutomatic = "/apps/http/servers/https/automatic_https";

std::string accepted(const World& world, const std::string& host) {
  const auto rendered = world.render();
  const auto& condition = rendered.verdicts.at({Kind::host, host}).accepted;
  return std::string(to_string(condition.status)) + " " + condition.reason;
}

TEST(CaddyCertificates, AManualHostsPairIsLoadedAndItsNamesAreHeldToItsTag) {
  World world;
  world.host("app", "app.test").spec.aliases = {"www.app.test"};
  world.pair("cert", "app", {"app.test"});
  const auto rendered = world.render();
  EXPECT_EQ(json(rendered, kFiles), R"([{"certificate":"/certs/app.p2.crt","key":"/certs/app.p2.key","tags":["c2"]}])");
  EXPECT_EQ(json(rendered, kPolicies),
            R"([{"certificate_selection":{"any_tag":["c2"]},"match":{"sni":["app.test","www.app.test"]}},{}])");
  EXPECT_EQ(rendered.files_written, 2);
}

TEST(CaddyCertificates, CaddyGetsNoneForManualHostsAndLoadedOnesTakeNoNameFromTheOthers) {
  World world;
  world.host("app", "app.test");
  EXPECT_EQ(json(world.render(), kAutomatic), R"({"disable_redirects":true,"skip_certificates":["app.test"]})");
  world.pair("cert", "app");
  EXPECT_EQ(json(world.render(), kAutomatic),
            R"({"disable_redirects":true,"ignore_loaded_certificates":true,"skip_certificates":["app.test"]})");
}

TEST(CaddyCertificates, WhatNoServedManualHostShowsIsNotLoaded) {
  World world;
  world.host("auto", "auto.test", TlsMode::auto_);
  world.host("off", "off.test").spec.enabled = false;
  for (const auto* const host : {"auto", "off", "nobody"}) world.pair(std::string("of-") + host, host);
  const auto rendered = world.render();
  EXPECT_EQ(json(rendered, kFiles), "nothing");
  EXPECT_EQ(json(rendered, kPolicies), "[{}]") << "as without any certificate: nothing is loaded anew for it";
  EXPECT_EQ(rendered.verdicts.at({Kind::certificate, "of-auto"}).piece, "");
  EXPECT_EQ(rendered.files_written, 0);
}

TEST(CaddyCertificates, ExactNamesComeBeforeAWildcardAndThoseOfOtherHostsBelowItAreNotTakenInByIt) {
  World world;
  world.host("exact", "a.test");
  world.host("internal", "b.test", TlsMode::internal);
  world.host("deeper", "c.b.test", TlsMode::internal);
  world.host("wild", "*.test");
  world.pair("one", "exact");
  world.pair("two", "wild");
  EXPECT_EQ(json(world.render(), kPolicies), R"([{"certificate_selection":{"any_tag":["c5"]},"match":{"sni":["a.test"]}},)"
                                             R"({"match":{"sni":["b.test"]}},)"
                                             R"({"certificate_selection":{"any_tag":["c6"]},"match":{"sni":["*.test"]}},{}])");
}

TEST(CaddyCertificates, AHostWithoutOneSaysWhetherThereIsNoneOrItIsNotOnDisk) {
  World world;
  world.host("app", "app.test");
  EXPECT_EQ(accepted(world, "app"), "False CertificateNotFound");
  world.nothing_on_disk("cert", "app");
  EXPECT_EQ(accepted(world, "app"), "False CertificateNotReady");
  EXPECT_EQ(json(world.render(), "/apps/http/servers/http/routes/1/handle/0/status_code"), "308")
      << "it is redirected all the same";
  EXPECT_EQ(world.render().verdicts.at({Kind::certificate, "cert"}).accepted.reason, "NotMaterialised");
  world.pair("later", "app");
  EXPECT_EQ(accepted(world, "app"), "True Accepted") << "what is on disk is shown, be it the younger";
}

TEST(CaddyCertificates, OfTwoThatAreOnDiskTheOlderIsShown) {
  World world;
  world.host("app", "app.test");
  world.pair("b-older", "app");
  world.pair("a-later", "app");
  const auto rendered = world.render();
  EXPECT_THAT(json(rendered, kFiles), HasSubstr("app.p2.crt"));
  EXPECT_NE(rendered.verdicts.at({Kind::certificate, "b-older"}).piece, "");
  EXPECT_EQ(rendered.verdicts.at({Kind::certificate, "a-later"}).piece, "");
}

TEST(CaddyCertificates, AnotherPairIsAnotherPieceOfItsHostAndOfNoOther) {
  World world;
  world.host("app", "app.test");
  world.host("other", "other.test");
  world.pair("cert", "app");
  world.pair("cert-of-other", "other");
  const auto before = world.render().verdicts;
  world.desired.certificates.front().spec.pair = "new";
  const auto after = world.render().verdicts;
  for (const auto& key : {Key{Kind::host, "app"}, Key{Kind::certificate, "cert"}})
    EXPECT_NE(after.at(key).piece, before.at(key).piece);
  EXPECT_EQ(after.at({Kind::host, "other"}).piece, before.at({Kind::host, "other"}).piece);
}

TEST(CaddyCertificates, ANameThatCaddyGetsOneForAndAnotherHostsLeafNamesTooIsSaid) {
  World world;
  world.host("a", "a.test", TlsMode::internal);
  world.host("b", "b.test", TlsMode::internal);
  world.host("m", "m.test");
  world.pair("cert", "m", {"m.test", "a.test", "*.test"});
  const auto rendered = world.render();
  ASSERT_TRUE(rendered.verdicts.at({Kind::host, "a"}).supported);
  EXPECT_THAT(rendered.verdicts.at({Kind::host, "a"}).supported->message, HasSubstr("host/m"));
  EXPECT_FALSE(rendered.verdicts.at({Kind::host, "b"}).supported) << "a wildcard is told from an exact name";
}

// ---- isolation

constexpr const char* kBefore =
    "loading config: loading new config: loading http app module: provision http: getting tls app: "
    "loading tls app module: provision tls: loading certificates: ";
const Key kCert{Kind::certificate, "cert"};

TEST(CaddyCertificates, AFileThatCannotBeOpenedPointsAtItsCertificate) {
  World world;
  world.host("app", "app.test");
  world.pair("cert", "app");
  const auto document = world.render().document;
  for (const auto* const file : {"app.p2.crt", "app.p2.key"}) {
    const auto hint =
        hint_of(std::string(kBefore) + "open /certs/" + file + ": no such file or directory", world.desired, document);
    EXPECT_EQ(hint.suspects, std::set<Key>{kCert});
    EXPECT_EQ(hint.words, std::string("open /certs/") + file + ": no such file or directory");
  }
  EXPECT_TRUE(
      hint_of(std::string(kBefore) + "open /certs/app.p1.crt: permission denied", world.desired, document).suspects.empty());
  EXPECT_TRUE(
      hint_of(std::string(kBefore) + "tls: private key does not match public key", world.desired, document).suspects.empty());
}

TEST(CaddyCertificates, WhatIsLeftOutKeepsTheAcceptedPairWhileThatLiesOnDisk) {
  World wanted, accepted;
  for (auto* const world : {&wanted, &accepted}) world->host("app", "app.test");
  accepted.pair("cert", "app").spec.pair = "old";
  wanted.pair("cert", "app").spec.pair = "new";
  EXPECT_EQ(changed_objects(wanted.desired, accepted.desired), std::vector<Key>{kCert});
  wanted.desired.pairs_on_disk = {{"app.new", 2}, {"app.old", 1}};
  const auto kept = choose(wanted.desired, accepted.desired, {kCert});
  ASSERT_EQ(kept.certificates.size(), 1U);
  EXPECT_EQ(kept.certificates.front().spec.pair, "old");
  EXPECT_EQ(kept.pairs_on_disk, wanted.desired.pairs_on_disk);
  wanted.desired.pairs_on_disk.erase("app.old");
  EXPECT_TRUE(choose(wanted.desired, accepted.desired, {kCert}).certificates.empty());
}

TEST(CaddyCertificates, OneThatIsNotOnDiskIsNothingToTry) {
  World wanted;
  wanted.nothing_on_disk("cert", "app");
  EXPECT_TRUE(changed_objects(wanted.desired, {}).empty());
}

TEST(CaddyCertificates, AHostWhoseFirstCertificateCannotBeHadStaysAsItWas) {
  World wanted, accepted;
  accepted.host("app", "app.test", TlsMode::internal);
  wanted.host("app", "app.test");
  wanted.pair("cert", "app");
  const auto chosen = choose(wanted.desired, accepted.desired, {kCert});
  EXPECT_EQ(chosen.hosts.front().spec.tls.mode, TlsMode::internal);
  EXPECT_TRUE(chosen.hosts.front().kept);
  wanted.desired.certificates.clear();
  EXPECT_EQ(choose(wanted.desired, accepted.desired, {kCert}).hosts.front().spec.tls.mode, TlsMode::manual)
      << "without any certificate it is as its operator wants it";
}

// ---- places

TEST(CaddyCertificates, APlaceInTheFilesOrTheConnectionPoliciesIsTheHostsThatShowsThem) {
  World world;
  world.host("a", "a.test");
  world.host("b", "b.test");
  world.pair("one", "a");
  world.pair("two", "b");
  const auto document = world.render().document;
  for (const auto* const list : {kFiles, kPolicies}) {
    EXPECT_THAT(owner_of(document, std::string(list) + "/0").names, ElementsAre("a.test"));
    EXPECT_THAT(owner_of(document, std::string(list) + "/1/tags").names, ElementsAre("b.test"));
  }
}

TEST(CaddyCertificates, WhatRunsIsTakenOverWithTheFilesThatItShows) {
  World running;
  running.host("app", "app.test");
  running.host("wild", "*.test");
  running.pair("one", "app");
  running.pair("two", "wild");
  const auto runs = running.render();
  World fresh;
  auto rendered = fresh.render();
  keep_running(rendered.document, runs.document, {"*.test", "app.test"});
  for (const auto* const place : {kFiles, kPolicies, kAutomatic}) EXPECT_EQ(json(rendered, place), json(runs, place));
  keep_running(rendered.document, runs.document, {"app.test"});
  EXPECT_EQ(json(rendered, kFiles), json(runs, kFiles)) << "each file once";
}

}  // namespace
}  // namespace argos
