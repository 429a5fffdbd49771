// SPDX-License-Identifier: Apache-2.0
// Certificates on the command line: `apply` reads the files, `seal`, and what people get to see of a certificate.
#include "test/support/certificates.hpp"
#include "test/cli/running.hpp"

namespace argos::test {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

const std::string kKey(64, 'a');
const std::string kHead = "apiVersion: argos.edge/v1\nkind: Certificate\nmetadata: {name: app}\nspec:\n  host: app\n";
const std::string kInFiles = kHead + "  certificateFile: app.crt\n  keyFile: app.key\n";

std::string without_line_end(const std::string& text) { return text.substr(0, text.find('\n')); }

struct CertificateCommands : RunningTest {
  void SetUp() override {
    clock.advance(std::chrono::system_clock::now() - clock.wall());
    write(pair);
    folder.write("edge/app.yaml", kInFiles);
  }
  void write(const MadeCertificate& one) {
    folder.write("edge/app.crt", one.certificate);
    folder.write("edge/app.key", one.key);
  }
  Ran apply() { return argos({"apply", "-f", "edge"}); }
  std::string opened() {
    const auto rows = *Database::open(store->path(), Database::Mode::read_only, 1000)->query("SELECT * FROM host_manual_certs");
    const auto key = secrets.open({"Certificate", "app", "key"}, rows.front().at("key_pem_encrypted").as_string());
    return key ? std::string(key->text()) : key.error().reason;
  }

  MadeCertificate root = make_certificate({.names = {}, .organisation = "Root", .ca = true});
  MadeCertificate pair = make_certificate({.names = {"app.example.com"}, .issuer = &root});
  MadeCertificate renewed = make_certificate({.names = {"app.example.com"}, .days = 60, .issuer = &root});
};

// ---- apply, diff, export ---------------------------------------------------------------------------------------------------

TEST_F(CertificateCommands, ApplyReadsTheFilesThatAManifestNames) {
  const auto ran = apply();
  EXPECT_EQ(ran.out, "certificate/app created\n") << ran.err;
  EXPECT_EQ(opened(), pair.key);
  EXPECT_EQ(apply().out, "certificate/app unchanged\n");
  EXPECT_EQ(argos({"diff", "-f", "edge"}).status, 0);
  write(renewed);
  EXPECT_EQ(apply().out, "certificate/app configured\n");
  EXPECT_EQ(opened(), renewed.key);
}

TEST_F(CertificateCommands, WhatIsWrongWithAFileIsSaidWhereItIsNamed) {
  folder.write("edge/app.key", renewed.key);
  const auto mismatch = apply();
  EXPECT_EQ(mismatch.status, 1);
  EXPECT_THAT(mismatch.err,
              StartsWith("edge/app.yaml:7:12: certificate/app refused: spec.keyFile: belongs to none of the certificates"));
  std::filesystem::remove(folder / "edge/app.key");
  const auto missing = apply();
  EXPECT_EQ(missing.status, 1);
  EXPECT_THAT(missing.err, StartsWith("edge/app.yaml:7:12: spec.keyFile: cannot read edge/app.key"));
  EXPECT_EQ(count("SELECT count(*) FROM host_manual_certs"), 0);
}

TEST_F(CertificateCommands, AKeyThatCannotBeReadPrunesNothing) {
  apply();
  std::filesystem::remove(folder / "edge/app.key");
  folder.write("edge/more.yaml", kApp);
  EXPECT_EQ(argos({"apply", "-f", "edge", "--prune"}).status, 1);
  EXPECT_EQ(count("SELECT count(*) FROM host_manual_certs"), 1);
}

TEST_F(CertificateCommands, AnExportRoundTripsAlsoUnderAnotherMasterKey) {
  apply();
  const auto exported = argos({"export"});
  EXPECT_THAT(exported.out, AllOf(HasSubstr("sealedKey: \"argos.v1."), Not(HasSubstr("PRIVATE KEY"))));
  EXPECT_EQ(argos({"diff", "-f", "-"}, exported.out).status, 0);
  EXPECT_EQ(argos({"apply", "-f", "-"}, exported.out).out, "certificate/app unchanged\n");
  argos({"delete", "certificate", "app"});
  EXPECT_EQ(argos({"apply", "-f", "-"}, exported.out).out, "certificate/app created\n");
  EXPECT_EQ(opened(), pair.key);
  EXPECT_EQ(argos({"export"}).out, exported.out);
}

TEST_F(CertificateCommands, ADiffSaysWhatACertificateSaysNotItsText) {
  apply();
  write(renewed);
  const auto differs = argos({"diff", "-f", "edge"});
  EXPECT_EQ(differs.status, 3);
  EXPECT_THAT(differs.out,
              AllOf(HasSubstr("-    fingerprint: " + pair.fingerprint), HasSubstr("+    fingerprint: " + renewed.fingerprint),
                    HasSubstr("+    notAfter: "), Not(HasSubstr("BEGIN")), Not(HasSubstr("argos.v1."))));
  apply();
  EXPECT_THAT(argos({"diff", "--revision", "2"}).out,
              AllOf(HasSubstr("-    fingerprint: " + pair.fingerprint), HasSubstr("+    fingerprint: " + renewed.fingerprint)));
}

// ---- what people see -------------------------------------------------------------------------------------------------------

TEST_F(CertificateCommands, GetListsIssuerAndDates) {
  apply();
  const auto ran = argos({"get", "certs"});
  EXPECT_THAT(ran.out, StartsWith("NAME  HOST  ISSUER  EXPIRES"));
  EXPECT_THAT(ran.out, ContainsRegex("app +app +Root +20[0-9-]+ +89 "));
}

TEST_F(CertificateCommands, DescribeSaysWhatItIsAndWhatIsOddAboutIt) {
  apply();
  const auto ran = argos({"describe", "certificate", "app"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(StartsWith("certificate/app\n  managed by apply (cli)"), HasSubstr("issuer: Root"),
                             HasSubstr("fingerprint: " + pair.fingerprint), HasSubstr("NoIntermediate"),
                             HasSubstr("sealedBy: " + secrets.ring().current_id()), HasSubstr("\nLast changes\n")));
  EXPECT_THAT(ran.out, AllOf(Not(HasSubstr("BEGIN")), Not(HasSubstr("argos.v1."))));
}

TEST_F(CertificateCommands, ExplainFitsOnAPage) {
  apply();
  const auto ran = argos({"explain", "certificate/app"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("issuer: Root"), Not(HasSubstr("BEGIN"))));
}

TEST_F(CertificateCommands, UndoAndHistoryKnowCertificates) {
  apply();
  write(renewed);
  apply();
  EXPECT_THAT(argos({"history", "certificate", "app"}).out,
              ContainsRegex("2 .* changed  certificate/app .* spec.certificate, spec.sealedKey"));
  EXPECT_THAT(argos({"undo", "certificate", "app", "--dry-run"}).out, HasSubstr("+    fingerprint: " + pair.fingerprint));
  EXPECT_THAT(argos({"undo", "certificate", "app"}).out, StartsWith("certificate/app restored: as it was before revision 2\n"));
  EXPECT_EQ(opened(), pair.key);
}

TEST_F(CertificateCommands, UndoSaysWhereTheKeyOpensNoMore) {
  apply();
  argos({"delete", "certificate/app"});
  secrets = Secrets(KeyRing(std::string(64, 'b'), {}));
  const auto ran = argos({"undo", "certificate", "app"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.err, HasSubstr("was sealed under the master key"));
}

// ---- seal ------------------------------------------------------------------------------------------------------------------

TEST_F(CertificateCommands, WhatSealPrintsIsTheKeyOfThatCertificate) {
  const auto from_file = argos({"seal", "--for", "Certificate/app", "--from-file", "edge/app.key"});
  const auto from_stdin = argos({"seal", "--for", "certificate/app"}, pair.key);
  for (const auto& ran : {from_file, from_stdin}) {
    EXPECT_EQ(ran.status, 0) << ran.err;
    EXPECT_THAT(ran.out, StartsWith("argos.v1."));
    folder.write("edge/app.yaml", kHead + "  certificateFile: app.crt\n  sealedKey: " + ran.out);
    EXPECT_EQ(apply().status, 0);
    EXPECT_EQ(opened(), pair.key);
  }
  EXPECT_NE(from_file.out, from_stdin.out) << "each has a nonce of its own";
}

TEST_F(CertificateCommands, SealRefusesWhatIsNoKeyAndShowsNothingOfIt) {
  const auto refused = [&](std::vector<std::string> more, const std::string& input, int status, const std::string& words) {
    more.insert(more.begin(), "seal");
    const auto ran = argos(std::move(more), input);
    EXPECT_EQ(ran.status, status) << ran.err;
    EXPECT_EQ(ran.out, "");
    EXPECT_THAT(ran.err, AllOf(StartsWith("argos: "), HasSubstr(words), Not(HasSubstr("MII"))));
  };
  refused({"--for", "Certificate/app"}, pair.certificate, 1, "is no private key in PEM form");
  refused({"--for", "Certificate/app"}, "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMII\n", 1, "protected by a password");
  refused({"--for", "Certificate/app", "--from-file", "nowhere"}, "", 1, "cannot read nowhere");
  refused({"--for", "Host/app"}, pair.key, 2, "write --for Certificate/NAME");
  refused({"--for", "Certificate"}, pair.key, 2, "which of the certificates?");
  refused({}, pair.key, 2, "--for");
}

TEST_F(CertificateCommands, ARunningArgosWithoutAMasterKeySaysSo) {
  secrets = Secrets(KeyRing());
  const auto ran = argos({"seal", "--for", "Certificate/app"}, pair.key);
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.err, HasSubstr("ARGOS_MASTER_KEY is not set"));
}

struct SealAlone : ::testing::Test {
  Ran seal(const std::string& key) {
    std::map<std::string, std::string> environment{{"ARGOS_DATA_DIR", folder.path().string()}};
    if (!key.empty()) environment["ARGOS_MASTER_KEY"] = key;
    return run({{"seal", "--for", "Certificate/app"}, environment, pair.key, "/"});
  }
  TempFolder folder;
  MadeCertificate pair = make_certificate("app.example.com");
};

TEST_F(SealAlone, WithNothingRunningTheEnvironmentsKeySeals) {
  const auto ran = seal(kKey);
  EXPECT_EQ(ran.status, 0) << ran.err;
  const auto key = KeyRing(kKey, {}).open({"Certificate", "app", "key"}, without_line_end(ran.out));
  ASSERT_TRUE(key) << key.error().text();
  EXPECT_EQ(key->text(), pair.key);
  const auto none = seal("");
  EXPECT_EQ(none.status, 1);
  EXPECT_THAT(none.err, HasSubstr("ARGOS_MASTER_KEY is not set"));
}

TEST_F(SealAlone, ADatabaseThatIsThereTellsATypoInTheKey) {
  const auto store = ready_store(folder / "argos.db");
  const Secrets secrets{KeyRing(kKey, {})};
  ASSERT_TRUE(store->write(Actor{"alice", ""}, [&](Database& database) -> Result<> {
    const auto sealed = secrets.seal(database, {"Certificate", "app", "key"}, pair.key);
    (void)put(database, "app", Certificate{"app", pair.certificate, "", *sealed}, ManagedBy::apply, "cli");
    return {};
  }));
  EXPECT_EQ(seal(kKey).status, 0);
  const auto typo = seal(std::string(64, 'b'));
  EXPECT_EQ(typo.status, 1);
  EXPECT_THAT(typo.err, HasSubstr("none of them under a master key that is configured"));
}

}  // namespace
}  // namespace argos::test
