// SPDX-License-Identifier: Apache-2.0
// The panel's own host among others: whose its domain is, and where its certificate comes from.
#include <gmock/gmock.h>

#include "model/caddy_claims.hpp"
#include "model/caddy_config.hpp"
#include "model/canonical_json.hpp"

namespace argos {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

constexpr auto kDomain = "panel.example.com";

Object<Host> host(const std::string& name, const std::string& domain, std::uint64_t created = 1) {
  Object<Host> out;
  out.meta = {name, created, created, ManagedBy::apply, "cli"};
  out.spec.domain = domain;
  return out;
}

Object<Host> panel(const std::string& domain = kDomain) {
  auto out = host("argos-panel", domain, 99);
  out.meta.managed_by = ManagedBy::system;
  return out;
}

// ---- its domain

struct Rival {
  std::string label;
  Object<Host> host;
};

Rival older() { return {"older", host("a", kDomain)}; }
Rival running() {
  auto kept = host("a", kDomain);
  kept.kept = true;
  return {"kept as Caddy accepted it", kept};
}
Rival by_an_alias() {
  auto other = host("a", "a.example.com");
  other.spec.aliases = {"PANEL.example.com."};
  return {"by an alias", other};
}
Rival of_a_manifest() {
  auto other = host("a", kDomain);
  other.meta.managed_by = ManagedBy::manifest;
  return {"of a manifest", other};
}

TEST(PanelsDomain, IsThePanelsWhoeverElseWantsItAndHowLong) {
  for (const auto& [label, rival] : {older(), running(), by_an_alias(), of_a_manifest()}) {
    const auto claims = settle_claims({{rival, panel()}, {}, {}});
    EXPECT_EQ(claims[1].names, std::vector<std::string>{kDomain}) << label;
    EXPECT_FALSE(claims[0].served()) << label;
    EXPECT_EQ(claims[0].accepted.reason, "DomainTaken") << label;
    EXPECT_THAT(claims[0].accepted.message, AllOf(StartsWith("panel.example.com belongs to host/argos-panel, the panel itself"),
                                                  HasSubstr("ARGOS_PANEL_DOMAIN")))
        << label;
  }
}

TEST(PanelsDomain, AWildcardAboveItServesAllOthersBelow) {
  const auto claims = settle_claims({{host("a", "*.example.com"), panel()}, {}, {}});
  EXPECT_TRUE(claims[0].served());
  EXPECT_TRUE(claims[1].served());
}

TEST(PanelsDomain, AmongOthersTheOlderKeepsItsNameAsEver) {
  const auto claims = settle_claims({{host("a", "x.test", 7), host("b", "x.test", 5), panel()}, {}, {}});
  EXPECT_FALSE(claims[0].served());
  EXPECT_THAT(claims[0].accepted.message, HasSubstr("host/b, which is older"));
}

// ---- its certificate

boost::json::value rendered(const Object<Host>& one, const CaddySurroundings& around = {}) {
  return render({{one}, {}, {}}, {}, around).document;
}
std::string issuers(const Object<Host>& one, const CaddySurroundings& around = {}) {
  return canonical_json(rendered(one, around).at_pointer("/apps/tls/automation/policies/0/issuers"));
}

TEST(PanelsCertificate, IsTheIssuersAndUntilThenCaddysOwn) {
  EXPECT_EQ(issuers(panel()), R"([{"module":"acme"},{"lifetime":"1h","module":"internal"}])");
  EXPECT_EQ(issuers(host("a", kDomain)), R"([{"module":"acme"}])") << "others wait for theirs";
  CaddySurroundings around;
  around.acme_ca_url = "https://ca.test/dir";
  EXPECT_EQ(issuers(panel(), around),
            R"([{"ca":"https://ca.test/dir","module":"acme"},{"lifetime":"1h","module":"internal"}])");
}

TEST(PanelsCertificate, OfANameThatNoPublicCaSignsIsCaddysOwn) {
  EXPECT_EQ(issuers(panel("panel.home.arpa")), R"([{"module":"internal"}])");
}

TEST(PanelsCertificate, TheRootOfCaddysOwnCaStaysOutOfTheSystemsStore) {
  EXPECT_EQ(canonical_json(rendered(panel()).at_pointer("/apps/pki")),
            R"({"certificate_authorities":{"local":{"install_trust":false}}})");
}

TEST(PanelsCertificate, IsAskedForApartFromOneOfTheSameIssuerWithoutStopgap) {
  const auto document = render({{host("a", "a.example.com"), panel()}, {}, {}}, {}, {}).document;
  EXPECT_EQ(document.at_pointer("/apps/tls/automation/policies").as_array().size(), 2U);
}

}  // namespace
}  // namespace argos
