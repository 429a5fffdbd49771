// SPDX-License-Identifier: Apache-2.0
// Certificates as visitors are shown them: a real argos, a real Caddy, Pebble as the CA, and real handshakes.
#include <csignal>
#include <set>
#include <sstream>

#include <boost/json.hpp>

#include "test/e2e/world.hpp"
#include "test/support/caddy.hpp"
#include "test/support/certificates.hpp"
#include "test/support/pebble.hpp"

namespace argos::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;
using namespace std::chrono_literals;

struct TlsHosts : testing::Test {
  void SetUp() override { world.start_caddy(); }
  void start_argos(const std::map<std::string, std::string>& more = {}) {
    world.start_argos(more);
    world.until_argos_answers();
  }
  void host(const std::string& name, const std::string& domain, const std::string& tls) const {
    world.manifest(name + ".yaml", "apiVersion: argos.edge/v1\nkind: Host\nmetadata: {name: " + name +
                                       "}\nspec:\n  domain: " + domain + "\n  tls: {" + tls +
                                       "}\n  caddyHandlers: [{handler: static_response, body: hello}]\n");
  }
  std::string valid(const std::string& name) const { return world.condition("hosts/" + name, "Valid"); }
  std::string shown(const std::string& domain) const { return test::shown(world.https_port, domain); }
  boost::json::value certificate(const std::string& name) const {
    return boost::json::parse(world.api("/api/v1/hosts/" + name).body).at("status").at("certificates").at(0);
  }

  // Empty while nothing is known: a handshake may fall into a reload.
  std::string fingerprint(const std::string& name) const {
    const auto host = boost::json::parse(world.api("/api/v1/hosts/" + name).body);
    boost::system::error_code missing;
    const auto* const found = host.find_pointer("/status/certificates/0/fingerprint", missing);
    return found == nullptr ? std::string() : std::string(found->as_string());
  }

  World world;
};

struct Acme : TlsHosts, testing::WithParamInterface<CaddyBinary> {
  void SetUp() override {
    ::setenv("ARGOS_TEST_CADDY", GetParam().path.c_str(), 1);
    TlsHosts::SetUp();
  }
  void TearDown() override { ::unsetenv("ARGOS_TEST_CADDY"); }
  void start_argos() {
    TlsHosts::start_argos({{"ARGOS_ACME_CA_URL", pebble.directory()}, {"ARGOS_ACME_CA_ROOT", pebble.ca()}});
  }
  // What there is of a renewal in Caddy's configuration.
  bool renewal_in_force() const { return world.caddy_config().find("renewal_window_ratio") != std::string::npos; }

  Pebble pebble{world.folder, world.http_port, world.https_port};
};
INSTANTIATE_TEST_SUITE_P(RealCaddy, Acme, testing::ValuesIn(caddy_binaries()),
                         [](const auto& binary) { return binary.param.label; });

TEST_P(Acme, AHostSaysWhoIssuedItsCertificateAndWhenItEndsByEitherChallenge) {
  host("app", "app.test", "mode: auto, challenge: http");
  host("alpn", "alpn.test", "mode: auto, challenge: tls-alpn");
  start_argos();
  EVENTUALLY(valid("app").starts_with("True Valid by Pebble") && valid("alpn").starts_with("True Valid by Pebble"));
  EXPECT_THAT(world.condition("hosts/app", "Ready"), StartsWith("True"));
  const auto told = certificate("app");
  EXPECT_EQ(told.at("name"), "app.test");
  EXPECT_EQ(told.at("fingerprint").as_string(), shown("app.test").c_str());
  EXPECT_THAT(std::string(told.at("issuer").as_string()), StartsWith("Pebble"));
  EXPECT_GT(told.at("daysLeft").as_int64(), 100);
  EXPECT_THAT(world.argos("get hosts").out, AllOf(HasSubstr("EXPIRES"), testing::ContainsRegex("app .* [0-9]+d ")));
  EXPECT_THAT(world.argos("describe host app").out, AllOf(HasSubstr("Pebble"), HasSubstr(shown("app.test").substr(0, 16))));
  EXPECT_THAT(world.argos("explain host app").out, HasSubstr("visitors of app.test are shown: by Pebble"));
  EXPECT_THAT(world.probe("/metrics").body,
              HasSubstr("argos_certificate_expiry_timestamp_seconds{host=\"app\",name=\"app.test\"}"));
}

TEST_P(Acme, TheErrorOfTheCaIsReadInTheHostsConditionAndGoesWithItsCause) {
  pebble.mislead("app.test");
  host("app", "app.test", "mode: auto");
  start_argos();
  EVENTUALLY(valid("app").starts_with("False AcmeError"));
  EXPECT_THAT(valid("app"), AllOf(HasSubstr("255.255.255.255"), HasSubstr("Caddy tries again at")));
  EXPECT_THAT(world.condition("hosts/app", "Ready"), StartsWith("False AcmeError"));
  pebble.lead("app.test");
  EXPECT_EQ(world.argos("renew app --wait --timeout 30s").status, 0) << world.server->log();
  EVENTUALLY(valid("app").starts_with("True Valid by Pebble"));
}

TEST_P(Acme, AHostBelowAManualWildcardHasTheCasCertificateAndTheWildcardItsOwn) {
  const auto wildcard = make_certificate("*.apps.test");
  host("own", "own.apps.test", "mode: auto");
  host("apps", "'*.apps.test'", "mode: manual");
  world.manifest("pair.yaml",
                 "apiVersion: argos.edge/v1\nkind: Certificate\nmetadata: {name: apps}\nspec:\n  host: apps\n"
                 "  certificateFile: apps.crt\n  keyFile: apps.key\n");
  world.manifest("apps.crt", wildcard.certificate);
  world.manifest("apps.key", wildcard.key);
  TlsHosts::start_argos({{"ARGOS_ACME_CA_URL", pebble.directory()},
                         {"ARGOS_ACME_CA_ROOT", pebble.ca()},
                         {"ARGOS_MASTER_KEY", std::string(64, 'a')}});
  EVENTUALLY(valid("own").starts_with("True Valid by Pebble"));
  EVENTUALLY(shown("any.apps.test") == wildcard.fingerprint);
  EXPECT_EQ(shown("own.apps.test"), fingerprint("own"));
  EXPECT_NE(shown("own.apps.test"), wildcard.fingerprint);
}

TEST_P(Acme, RenewGivesANewCertificateAndLeavesNothingBehind) {
  host("app", "app.test", "mode: auto");
  host("own", "own.test", "mode: internal");
  start_argos();
  EVENTUALLY(valid("app").starts_with("True") && valid("own").starts_with("True"));
  for (const std::string name : {"app", "own"}) {
    const auto before = shown(name + ".test");
    const auto serial = certificate(name).at("serial");
    const auto renewed = world.argos("renew " + name + " --wait --timeout 30s");
    EXPECT_EQ(renewed.status, 0) << renewed.out << world.server->log();
    EXPECT_THAT(renewed.out, HasSubstr("host/" + name + " renewed: " + name + ".test: by"));
    EVENTUALLY(!renewal_in_force());
    const auto after = shown(name + ".test");
    EXPECT_NE(after, before);
    EVENTUALLY(fingerprint(name) == after);
    EXPECT_NE(certificate(name).at("serial"), serial);
  }
}

TEST_P(Acme, ARenewalThatTheCaRefusesFailsWithItsWordsAndTheOldCertificateStays) {
  host("app", "app.test", "mode: auto");
  start_argos();
  EVENTUALLY(valid("app").starts_with("True"));
  const auto before = shown("app.test");
  pebble.stop();
  const auto renewed = world.argos("renew app --wait --timeout 60s");
  EXPECT_EQ(renewed.status, 1);
  EXPECT_THAT(renewed.out, HasSubstr("connection refused"));
  EVENTUALLY(!renewal_in_force());
  EXPECT_EQ(shown("app.test"), before);
  EXPECT_THAT(valid("app"), AllOf(StartsWith("True RenewalFails"), HasSubstr("connection refused")));
}

TEST_P(Acme, ArgosKilledInTheMiddleOfARenewalEndsItAfterwards) {
  host("app", "app.test", "mode: auto");
  start_argos();
  EVENTUALLY(valid("app").starts_with("True"));
  pebble.stop();  // so that it does not end by itself before the kill
  const auto asked = world.argos("renew app");
  ASSERT_EQ(asked.status, 0) << asked.out;
  EVENTUALLY(renewal_in_force());
  world.server->signal(SIGKILL);
  world.server->wait();
  ASSERT_TRUE(renewal_in_force());
  start_argos();
  EVENTUALLY(!renewal_in_force());
  const auto request = boost::json::parse(world.api("/api/v1/requests/1").body);
  EXPECT_EQ(request.at("state"), "failed");
  EXPECT_THAT(std::string(request.at("message").as_string()), HasSubstr("connection refused"));
}

TEST_F(TlsHosts, WhatCannotBeRenewedIsRefusedWithTheReason) {
  host("man", "man.test", "mode: manual");
  host("plain", "plain.test", "mode: none");
  start_argos();
  world.until_ready();
  const auto refused = [&](const std::string& name) { return world.argos("renew " + name + " --wait"); };
  EXPECT_THAT(refused("man").out, HasSubstr("one that you bring"));
  EXPECT_THAT(refused("plain").out, HasSubstr("plain HTTP"));
  EXPECT_THAT(refused("nobody").out, HasSubstr("there is no host/nobody"));
  EXPECT_EQ(refused("man").status, 1);
  EVENTUALLY(valid("man").starts_with("False NoCertificate"));
  EXPECT_EQ(valid("plain"), "");
}

TEST_F(TlsHosts, WithoutCaddyNothingIsSaidOfCertificatesAndWhatWasTrueComesBackWithIt) {
  host("own", "own.test", "mode: internal");
  start_argos();
  EVENTUALLY(valid("own").starts_with("True"));
  world.caddy->signal(SIGKILL);
  world.caddy->wait();
  EVENTUALLY(valid("own").starts_with("Unknown Unreachable"));
  world.start_caddy();
  EVENTUALLY(valid("own").starts_with("True"));
}

// As the events tell it, which miss nothing: whoever acts on Ready finds the certificate there.
TEST_F(TlsHosts, NoHostIsReadyBeforeItsCertificateWasSeen) {
  start_argos({{"ARGOS_MASTER_KEY", std::string(64, 'a')}});
  world.until_ready();
  Process events({"curl", "-sN", "--unix-socket", world.folder / "data/argos.sock", "http://argos/api/v1/events"}, {},
                 world.folder.path(), world.folder / "events.log");
  ASSERT_TRUE(eventually([&] { return !events.log().empty(); }));
  const auto made = make_certificate("man.test");
  world.manifest("man.crt", made.certificate);
  world.manifest("man.key", made.key);
  world.manifest("pair.yaml",
                 "apiVersion: argos.edge/v1\nkind: Certificate\nmetadata: {name: man}\nspec: {host: man, certificateFile: "
                 "man.crt, keyFile: man.key}\n");
  host("man", "man.test", "mode: manual");
  host("own", "own.test", "mode: internal");
  host("plain", "plain.test", "mode: none");
  for (const std::string name : {"man", "own", "plain"})
    EVENTUALLY(world.condition("hosts/" + name, "Ready").starts_with("True"));
  world.server->signal(SIGTERM);
  world.server->wait();
  std::istringstream lines(events.log());
  std::set<std::string> valid;
  int ready = 0;
  for (std::string line; std::getline(lines, line);) {
    for (const std::string name : {"man", "own"}) {
      const auto tells = [&](const std::string& what) { return line.find(what) != std::string::npos; };
      if (!tells("\"kind\":\"Host\"") || !tells("\"name\":\"" + name + "\"") || !tells("\"status\":\"True\"")) continue;
      if (tells("\"type\":\"Valid\"")) valid.insert(name);
      if (!tells("\"type\":\"Ready\"")) continue;
      EXPECT_TRUE(valid.contains(name)) << line;
      ++ready;
    }
  }
  EXPECT_GE(ready, 2) << events.log();
}

TEST_F(TlsHosts, WaitForReadyWaitsForTheCertificate) {
  start_argos();
  world.until_ready();
  for (int at = 0; at < 3; ++at) {
    const auto name = "h" + std::to_string(at);
    host(name, name + ".test", "mode: internal");
    EVENTUALLY(world.api("/api/v1/hosts/" + name).status == 200);
    ASSERT_EQ(world.argos("wait --for=condition=Ready host/" + name + " --timeout 20s").status, 0) << world.server->log();
    EXPECT_EQ(shown(name + ".test").size(), 64U) << "Ready was ahead of the certificate";
  }
}

}  // namespace
}  // namespace argos::test
