// SPDX-License-Identifier: Apache-2.0
// Certificates that operators bring, on the wire: the caddy controller, files and rows as `certificates` leaves them, real Caddys, real
// handshakes.
#include "runtime/files.hpp"
#include "runtime/rows.hpp"
#include "test/controllers/caddy_fixture.hpp"
#include "test/support/certificates.hpp"

namespace argos {
namespace {

using test::eventually;
using test::MadeCertificate;
using test::make_certificate;
using test::Wish;
using testing::HasSubstr;

class CaddyCertificates : public CaddyController {
 protected:
  void SetUp() override {
    caddy_.start();
    std::filesystem::create_directory(certs());
    CaddyController::SetUp();
  }
  std::filesystem::path certs() const { return caddy_.folder().path() / "manual-certs"; }
  Caddy::Options options() const override {
    auto out = CaddyController::options();
    out.surroundings.certificates_folder = certs().string();
    return out;
  }
  void sql(const std::string& text) {
    const auto done = store_->write([&](Database& database) { return database.script(text); });
    ASSERT_TRUE(done) << done.error().text();
  }
  void host(const std::string& name, const std::string& domain, TlsMode mode = TlsMode::manual) {
    auto made = with_raw_handler(domain, R"({"handler":"static_response","status_code":200})");
    made.target_group.clear();
    made.tls.mode = mode;
    put_row(name, made);
  }
  std::string file(const std::string& host, const std::string& pair, const char* ending) const {
    return (certs() / (host + "." + pair + ending)).string();
  }
  void write(const std::string& host, const std::string& pair, const MadeCertificate& made) {
    ASSERT_TRUE(write_atomically(file(host, pair, ".crt"), made.certificate, 0644));
    ASSERT_TRUE(write_atomically(file(host, pair, ".key"), made.key, 0640));
  }
  // A row, its files, and the record of them.
  void certificate(const std::string& name, const std::string& host, const std::string& pair, const MadeCertificate& made) {
    write(host, pair, made);
    sql(
        fmt::format("INSERT INTO host_manual_certs (name, host) VALUES ('{}', '{}') ON CONFLICT DO NOTHING;"
                    "INSERT INTO certificate_files SELECT '{}', '{}', '{}', 1 + coalesce(max(generation), 0), '[]', '{}', '', "
                    "1 + coalesce(max(since), 0) FROM certificate_files",
                    name, host, name, pair, host, sha256_hex(made.certificate)));
  }
  std::string shown(const std::string& name) const { return test::shown(caddy_.https_port(), name); }
  bool shows(const std::string& name, const MadeCertificate& made) const {
    return eventually([&] { return shown(name) == made.fingerprint; });
  }

  const Key cert_{Kind::certificate, "cert"};
};

INSTANTIATE_TEST_SUITE_P(RealCaddy, CaddyCertificates, testing::ValuesIn(test::caddy_binaries()),
                         [](const auto& binary) { return binary.param.label; });

TEST_P(CaddyCertificates, EachManualHostShowsItsOwnThoughOthersWouldFitItsName) {
  const auto a = make_certificate(Wish{.names = {"a.test", "b.test"}}),
             b = make_certificate(Wish{.names = {"b.test", "a.test"}}), wild = make_certificate("*.test"),
             other_wild = make_certificate("*.test");
  host("a", "a.test");
  host("b", "b.test");
  host("c", "c.test");
  host("wild", "*.test");
  certificate("of-wild", "wild", "1", wild);
  certificate("of-c", "c", "2", other_wild);
  certificate("of-b", "b", "3", b);
  certificate("of-a", "a", "4", a);
  pass();
  EXPECT_EQ(ready(), "True Reconciled");
  EXPECT_TRUE(shows("a.test", a));
  EXPECT_TRUE(shows("b.test", b));
  EXPECT_TRUE(shows("c.test", other_wild));
  EXPECT_TRUE(shows("d.test", wild));
  EXPECT_EQ(condition({Kind::host, "a"}, "Programmed"), "True Programmed");
  EXPECT_EQ(condition({Kind::certificate, "of-a"}, "Programmed"), "True Programmed");
}

TEST_P(CaddyCertificates, OneCertificateMayBelongToSeveralHosts) {
  const auto wild = make_certificate("*.test");
  for (const auto* const name : {"a", "b", "c"}) {
    host(name, std::string(name) + ".test");
    certificate(std::string("of-") + name, name, "1", wild);
  }
  pass();
  for (const auto* const name : {"a.test", "b.test", "c.test"}) EXPECT_TRUE(shows(name, wild)) << name;
}

TEST_P(CaddyCertificates, AManualWildcardTakesNothingFromTheHostsBelowIt) {
  const auto wild = make_certificate("*.test");
  host("wild", "*.test");
  certificate("cert", "wild", "1", wild);
  host("inner", "inner.test", TlsMode::internal);
  pass();
  EXPECT_TRUE(shows("some.test", wild));
  EXPECT_TRUE(eventually([&] {
    const auto seen = shown("inner.test");
    return !seen.empty() && seen != wild.fingerprint;
  })) << "Caddy's own CA signs it";
}

TEST_P(CaddyCertificates, AReplacedCertificateIsShownAtOnceAndItIsThatVeryOneThatIsProgrammed) {
  const auto before = make_certificate("app.test"), after = make_certificate("app.test");
  host("app", "app.test");
  certificate("cert", "app", "1", before);
  pass();
  EXPECT_TRUE(shows("app.test", before));
  const auto generation = conditions_->find(cert_, "Programmed")->observed_generation;
  certificate("cert", "app", "2", after);
  pass();
  EXPECT_TRUE(shows("app.test", after));
  EXPECT_GT(conditions_->find(cert_, "Programmed")->observed_generation, generation);
}

TEST_P(CaddyCertificates, WhatWasPutRightOnDiskIsReadAgainThoughTheConfigurationIsTheSame) {
  const auto mine = make_certificate("app.test"), forged = make_certificate("app.test");
  host("app", "app.test");
  certificate("cert", "app", "1", mine);
  write("app", "1", forged);
  pass();
  EXPECT_TRUE(shows("app.test", forged));
  const auto writes = wire_.writes;
  write("app", "1", mine);
  sql("UPDATE certificate_files SET since = since + 1");
  pass();
  EXPECT_TRUE(shows("app.test", mine));
  EXPECT_EQ(wire_.writes, writes + 1);
  pass();
  restart_argos();
  pass();
  EXPECT_EQ(wire_.writes, writes + 1) << "once is enough, also after a restart";
}

TEST_P(CaddyCertificates, OneThatCaddyRefusesHarmsOnlyItsHostWhichKeepsItsLast) {
  const auto good = make_certificate("app.test"), other = make_certificate("other.test");
  host("app", "app.test");
  certificate("cert", "app", "1", good);
  pass();
  certificate("cert", "app", "2", make_certificate(Wish{.names = {"app.test"}, .key = "secp256k1"}));
  host("other", "other.test");
  certificate("of-other", "other", "3", other);
  host("plain", "plain.test", TlsMode::none);
  pass();
  EXPECT_TRUE(shows("app.test", good));
  EXPECT_TRUE(shows("other.test", other));
  EXPECT_TRUE(serves("plain.test", 200));
  EXPECT_EQ(condition(cert_, "Programmed"), "False RejectedByCaddy");
  EXPECT_EQ(condition({Kind::host, "app"}, "Programmed"), "False RejectedByCaddy");
  EXPECT_THAT(message({Kind::host, "app"}, "Programmed"), HasSubstr("certificate/cert"));
  EXPECT_EQ(condition({Kind::certificate, "of-other"}, "Programmed"), "True Programmed");
  EXPECT_EQ(ready(), "True Reconciled");
}

TEST_P(CaddyCertificates, AMissingFileIsFoundByCaddysWordsAlone) {
  host("other", "other.test");
  certificate("of-other", "other", "1", make_certificate("other.test"));
  pass();
  host("app", "app.test");
  certificate("cert", "app", "2", make_certificate("app.test"));
  std::filesystem::remove(file("app", "2", ".key"));
  wire_.writes = 0;
  pass();
  EXPECT_EQ(wire_.writes, 2) << "the whole, and that without it";
  EXPECT_THAT(message(cert_, "Programmed"), HasSubstr("app.2.key"));
  EXPECT_EQ(condition({Kind::host, "app"}, "Programmed"), "False RejectedByCaddy");
  EXPECT_EQ(condition({Kind::host, "other"}, "Programmed"), "True Programmed");
}

TEST_P(CaddyCertificates, AHostWhoseFirstCertificateIsRefusedStaysAsItWas) {
  host("app", "app.test", TlsMode::internal);
  pass();
  ASSERT_TRUE(eventually([&] { return !shown("app.test").empty(); }));
  const auto before = shown("app.test");
  certificate("cert", "app", "1", make_certificate(Wish{.names = {"app.test"}, .key = "secp256k1"}));
  host("app", "app.test");
  pass();
  EXPECT_EQ(shown("app.test"), before);
  EXPECT_EQ(condition({Kind::host, "app"}, "Programmed"), "False RejectedByCaddy");
}

TEST_P(CaddyCertificates, FilesThatAreGoneStopEverythingUntilTheyAreThereAgainAndThenAtOnce) {
  const auto mine = make_certificate("app.test");
  host("app", "app.test");
  certificate("cert", "app", "1", mine);
  pass();
  std::filesystem::remove(file("app", "1", ".crt"));
  host("plain", "plain.test", TlsMode::none);
  pass();
  EXPECT_EQ(ready(), "False CaddyRefusesBaseline");
  EXPECT_TRUE(shows("app.test", mine)) << "what runs runs on";
  write("app", "1", mine);
  sql("UPDATE certificate_files SET since = since + 1");
  pass();
  EXPECT_EQ(ready(), "True Reconciled") << "no clock has moved";
  EXPECT_TRUE(serves("plain.test", 200));
}

TEST_P(CaddyCertificates, AManualHostWithoutOneIsRedirectedAndSaysSo) {
  host("app", "app.test");
  pass();
  EXPECT_TRUE(serves("app.test", 308));
  EXPECT_EQ(shown("app.test"), "");
  EXPECT_EQ(condition({Kind::host, "app"}, "Accepted"), "False CertificateNotFound");
  sql("INSERT INTO host_manual_certs (name, host) VALUES ('cert', 'app')");
  pass();
  EXPECT_EQ(condition({Kind::host, "app"}, "Accepted"), "False CertificateNotReady");
  EXPECT_EQ(condition(cert_, "Accepted"), "") << "that is for `certificates` to say";
}

TEST_P(CaddyCertificates, ASuspendedOneIsShownAsItWasAccepted) {
  const auto before = make_certificate("app.test");
  host("app", "app.test");
  certificate("cert", "app", "1", before);
  pass();
  sql("INSERT INTO suspensions (kind, name, since, note, actor) VALUES ('host_manual_certs', 'cert', 0, '', 'me')");
  certificate("cert", "app", "2", make_certificate("app.test"));
  pass();
  EXPECT_TRUE(shows("app.test", before));
  EXPECT_EQ(condition(cert_, "Programmed"), "False Suspended");
}

}  // namespace
}  // namespace argos
