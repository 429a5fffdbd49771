// SPDX-License-Identifier: Apache-2.0
// Certificates' rows -> files -> handshakes: both controllers stepped by hand, with a real database, folder and Caddy.
#include "controllers/certificates.hpp"

#include <unistd.h>

#include "runtime/files.hpp"
#include "runtime/suspensions.hpp"
#include "test/controllers/caddy_fixture.hpp"
#include "test/support/certificates.hpp"
#include "test/support/small_disk.hpp"

namespace argos {
namespace {

namespace fs = std::filesystem;
using test::eventually;
using test::MadeCertificate;
using test::make_certificate;
using test::Wish;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

const std::string kMaster(64, 'a'), kOther(64, 'b');

class CertificatesController : public CaddyController {
 protected:
  void SetUp() override {
    clock_.advance(std::chrono::system_clock::now() - clock_.wall());
    caddy_.start();
    restart(kMaster);
  }
  // A new argos over the same database, folder and Caddy.
  void restart(const std::string& master_key) {
    certificates_.reset();
    restart_argos();
    ring_ = std::make_unique<KeyRing>(master_key, std::vector<std::string>{});
    certificates_ = std::make_unique<Controller>(
        std::make_unique<Certificates>(*store_, *conditions_, wire_, workers_, clock_, *ring_,
                                       Certificates::Options{.folder = certs().string(), .caddy_admin = caddy_.endpoint()}),
        *conditions_, clock_, WorkQueue::Backoff{.first = 200ms, .most = 1s});
  }
  Caddy::Options options() const override {
    auto out = CaddyController::options();
    out.surroundings.certificates_folder = certs().string();
    return out;
  }
  fs::path certs() const { return folder_.path() / "manual-certs"; }

  void look() {
    certificates_->mark(certificates_->key(), "test");
    test::settle(context_, *certificates_);
  }
  void converge() {
    look();
    pass();
  }
  std::string ready_to_serve() const { return condition(certificates_->key(), "Ready"); }

  void host(const std::string& name, const std::string& domain, TlsMode mode = TlsMode::manual) {
    auto made = with_raw_handler(domain, R"({"handler":"static_response","status_code":200})");
    made.target_group.clear();
    made.tls.mode = mode;
    put_row(name, made);
  }
  void certificate(const std::string& name, const std::string& host, const MadeCertificate& made,
                   const std::string& chain = {}) {
    const KeyRing ring(kMaster, {});
    put_row(name, Certificate{host, made.certificate, chain, ring.seal({"Certificate", name, "key"}, made.key).value()});
  }
  // host/app with its certificate, on the wire.
  MadeCertificate served() {
    auto made = make_certificate("app.test");
    host("app", "app.test");
    certificate("cert", "app", made);
    converge();
    EXPECT_TRUE(shows("app.test", made));
    return made;
  }

  std::vector<std::string> files() const {
    std::vector<std::string> out;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(certs(), none)) out.push_back(entry.path().filename().string());
    return out;
  }
  std::string pair(const MadeCertificate& made) const { return pair_id(made.certificate, made.key); }
  std::string file(const MadeCertificate& made, const std::string& ending) const {
    return (certs() / ("app." + pair(made) + ending)).string();
  }
  // As they were written, and nobody else's to read.
  void expect_whole(const MadeCertificate& made) const {
    EXPECT_EQ(test::contents(file(made, ".crt")), made.certificate);
    EXPECT_EQ(test::contents(file(made, ".key")), made.key);
    EXPECT_EQ(mode(file(made, ".crt")), 0644U);
    EXPECT_EQ(mode(file(made, ".key")), 0640U);
    EXPECT_EQ(fs::read_symlink(certs() / "app.crt"), "app." + pair(made) + ".crt");
    EXPECT_EQ(fs::read_symlink(certs() / "app.key"), "app." + pair(made) + ".key");
  }
  static unsigned mode(const std::string& path) {
    struct stat about {};
    return ::lstat(path.c_str(), &about) == 0 ? about.st_mode & 07777U : 0;
  }

  bool shows(const std::string& name, const MadeCertificate& made) const {
    return eventually([&] { return test::shown(caddy_.https_port(), name) == made.fingerprint; });
  }
  // The cells of the one column that it asks for, one a line.
  std::string query(const std::string& sql) {
    std::string out;
    const auto read = store_->read([&](Database& database) -> Result<> {
      const auto rows = database.query(sql);
      if (!rows) return rows.error();
      for (const auto& row : *rows) {
        const auto& cell = row.begin()->value();
        out += (out.empty() ? "" : "\n") + (cell.is_string() ? std::string(cell.get_string()) : boost::json::serialize(cell));
      }
      return {};
    });
    EXPECT_TRUE(read) << read.error().text();
    return out;
  }
  std::string findings() {
    return query("SELECT path || ' ' || action || ' ' || open FROM findings WHERE surface = 'certificates' ORDER BY id");
  }
  std::string audited() { return query("SELECT action || ' ' || (detail ->> '$.file') FROM audit_log ORDER BY id"); }
  void sql(const std::string& text) {
    const auto done = store_->write([&](Database& database) { return database.script(text); });
    ASSERT_TRUE(done) << done.error().text();
  }

  const Key cert_{Kind::certificate, "cert"};
  std::unique_ptr<KeyRing> ring_;
  std::unique_ptr<Controller> certificates_;
};

INSTANTIATE_TEST_SUITE_P(RealCaddy, CertificatesController, testing::ValuesIn(test::caddy_binaries()),
                         [](const auto& binary) { return binary.param.label; });

// ---- rows and files

TEST_P(CertificatesController, ARowBecomesAPairOfFilesWithLinksARecordAndAHandshake) {
  const auto made = served();
  expect_whole(made);
  EXPECT_THAT(files(), UnorderedElementsAre("app." + pair(made) + ".crt", "app." + pair(made) + ".key", "app.crt", "app.key"));
  EXPECT_EQ(query("SELECT names FROM certificate_files"), R"(["app.test"])");
  for (const auto* const type : {"Accepted", "Decryptable", "Materialised", "Valid", "Referenced", "Programmed", "Ready"}) {
    EXPECT_EQ(condition(cert_, type), std::string("True ") + type);
  }
  EXPECT_EQ(condition(app_, "Ready"), "True Ready");
  EXPECT_EQ(findings(), "");
}

TEST_P(CertificatesController, APassThatFindsNothingWritesNothing) {
  served();
  const auto rows = query("SELECT max(seq) FROM changes");
  const auto before = fs::last_write_time(certs());
  const auto writes = wire_.writes;
  for (int again = 0; again < 3; ++again) converge();
  EXPECT_EQ(query("SELECT max(seq) FROM changes"), rows);
  EXPECT_EQ(fs::last_write_time(certs()), before);
  EXPECT_EQ(wire_.writes, writes);
}

TEST_P(CertificatesController, AReplacedOneIsShownAndTheFormerPairGoesOnceNobodyNamesIt) {
  const auto before = served(), after = make_certificate("app.test");
  certificate("cert", "app", after);
  look();
  clock_.advance(kUnneededFor);
  look();
  EXPECT_TRUE(fs::exists(file(before, ".key"))) << "Caddy still runs it";
  pass();
  EXPECT_TRUE(shows("app.test", after));
  look();
  EXPECT_FALSE(fs::exists(file(before, ".key")));
  expect_whole(after);
  EXPECT_EQ(query("SELECT pair FROM certificate_files"), pair(after));
  EXPECT_EQ(files().size(), 4U);
}

TEST_P(CertificatesController, ADeletedOneLeavesNothingBehind) {
  served();
  delete_row(cert_);
  converge();
  EXPECT_EQ(condition(app_, "Accepted"), "False CertificateNotFound");
  EXPECT_THAT(conditions_->of(cert_), IsEmpty());
  for (int again = 0; again < 2; ++again) {
    clock_.advance(kUnneededFor);
    look();
  }
  EXPECT_EQ(query("SELECT count(*) FROM certificate_files"), "0");
  EXPECT_THAT(files(), IsEmpty());
}

TEST_P(CertificatesController, TheOlderOfTwoIsShownAndTheOtherSaysSo) {
  const auto made = served();
  certificate("another", "app", make_certificate("app.test"));
  converge();
  EXPECT_TRUE(shows("app.test", made));
  EXPECT_EQ(condition({Kind::certificate, "another"}, "Referenced"), "False AnotherCertificate");
  EXPECT_EQ(condition({Kind::certificate, "another"}, "Ready"), "True Ready") << "it is as it was wanted";
}

// However a row came by it: the API would not take it.
TEST_P(CertificatesController, EachKindOfBadOneHarmsOnlyItselfAndItsHostKeepsWhatItShows) {
  struct Bad {
    const char* reason;
    MadeCertificate made;
    std::string chain;
  };
  const auto sound = make_certificate("app.test"), other = make_certificate("other.test");
  const auto of = [](const std::string& key, const std::string& digest = "SHA256") {
    return make_certificate(Wish{.names = {"app.test"}, .key = key, .digest = digest});
  };
  const auto with_key = [&](const std::string& key) { return MadeCertificate{sound.certificate, key, ""}; };
  const std::vector<Bad> kinds{
      {"KeyMismatch", with_key(other.key), ""},
      {"EncryptedKey", with_key("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"), ""},
      {"NotPem", with_key("nonsense"), ""},
      {"NotPem", {"nonsense", sound.key, ""}, ""},
      {"KeyInChain", sound, sound.key},
      {"WeakKey", of("RSA 1024"), ""},
      {"WeakSignature", of("P-256", "SHA1"), ""},
      {"UnsupportedKey", of("secp256k1"), ""},
  };
  const auto made = served();
  host("other", "other.test");
  for (const auto& bad : kinds) {
    SCOPED_TRACE(bad.reason);
    const auto next = make_certificate("other.test");
    certificate("of-other", "other", next);
    certificate("cert", "app", bad.made, bad.chain);
    converge();
    EXPECT_EQ(condition(cert_, "Accepted"), std::string("False ") + bad.reason);
    EXPECT_EQ(condition(cert_, "Ready"), std::string("False ") + bad.reason);
    EXPECT_THAT(message(cert_, "Accepted"), Not(HasSubstr("MII"))) << "nothing of a key is shown";
    EXPECT_TRUE(shows("app.test", made));
    EXPECT_TRUE(shows("other.test", next));
    EXPECT_EQ(ready_to_serve(), "True Reconciled");
  }
}

TEST_P(CertificatesController, AnEnvelopeThatIsNoneHarmsOnlyItsOwn) {
  const auto made = served();
  put_row("cert", Certificate{"app", make_certificate("app.test").certificate, "", "nonsense"});
  converge();
  EXPECT_EQ(condition(cert_, "Decryptable"), "False BrokenEnvelope");
  EXPECT_TRUE(shows("app.test", made));
}

TEST_P(CertificatesController, AnExpiredOneIsShownAndSaysSo) {
  const auto made = make_certificate(Wish{.names = {"app.test"}, .days = -2});
  host("app", "app.test");
  certificate("cert", "app", made);
  converge();
  EXPECT_TRUE(shows("app.test", made));
  EXPECT_EQ(condition(cert_, "Materialised"), "True Materialised");
  EXPECT_EQ(condition(cert_, "Ready"), "False Expired");
}

TEST_P(CertificatesController, AHostThatIsNoNameNamesNoFile) {
  host("app", "app.test");
  certificate("cert", "../../etc/app", make_certificate("app.test"));
  certificate("cert2", "app/../x", make_certificate("app.test"));
  converge();
  EXPECT_THAT(files(), IsEmpty());
  EXPECT_EQ(condition(cert_, "Accepted"), "False Invalid");
}

// ---- the volume is lost, or the key

TEST_P(CertificatesController, AFolderThatWasEmptiedIsFilledAgain) {
  const auto made = served();
  const auto other = make_certificate("other.test");
  host("other", "other.test");
  host("inner", "inner.test", TlsMode::internal);
  certificate("of-other", "other", other);
  converge();
  const auto rows = query("SELECT name || key_pem_encrypted FROM host_manual_certs");
  fs::remove_all(certs());
  caddy_.kill9();
  caddy_.start();
  restart(kMaster);
  converge();
  expect_whole(made);
  EXPECT_TRUE(shows("app.test", made));
  EXPECT_TRUE(shows("other.test", other));
  EXPECT_EQ(query("SELECT name || key_pem_encrypted FROM host_manual_certs"), rows);
}

TEST_P(CertificatesController, WithoutTheMasterKeyOrWithAnotherNoKeyFileIsWrittenAndAllElseIsServed) {
  served();
  host("plain", "plain.test", TlsMode::none);
  const auto rows = query("SELECT name || key_pem_encrypted || generation FROM host_manual_certs");
  for (const auto& [master, reason] : {std::pair(std::string(), "MasterKeyNotConfigured"), {kOther, "WrongMasterKey"}}) {
    fs::remove_all(certs());
    caddy_.kill9();
    caddy_.start();
    restart(master);
    converge();
    EXPECT_THAT(files(), IsEmpty());
    EXPECT_EQ(condition(cert_, "Decryptable"), std::string("False ") + reason);
    EXPECT_EQ(condition(cert_, "Materialised"), std::string("False ") + reason);
    EXPECT_EQ(condition(app_, "Accepted"), "False CertificateNotReady");
    EXPECT_TRUE(serves("plain.test", 200));
    EXPECT_EQ(ready_to_serve(), "True Reconciled");
    EXPECT_EQ(query("SELECT name || key_pem_encrypted || generation FROM host_manual_certs"), rows);
  }
}

TEST_P(CertificatesController, PairsThatLieOnDiskAreShownAlsoWithoutTheKeyAndHealedAsFarAsThatGoes) {
  const auto made = served();
  caddy_.kill9();
  caddy_.start();
  restart(kOther);
  converge();
  EXPECT_TRUE(shows("app.test", made));
  EXPECT_EQ(condition(cert_, "Ready"), "False WrongMasterKey");
  EXPECT_EQ(condition(cert_, "Programmed"), "True Programmed");
  fs::permissions(file(made, ".key"), fs::perms::all);
  converge();
  expect_whole(made);
  fs::remove(file(made, ".key"));
  host("plain", "plain.test", TlsMode::none);
  converge();
  EXPECT_TRUE(shows("app.test", made)) << "Caddy has it in memory: nobody is taken out of service";
  EXPECT_EQ(condition(cert_, "Materialised"), "False Changed");
  EXPECT_THAT(message(cert_, "Materialised"), HasSubstr("Caddy shows it from memory"));
  EXPECT_EQ(ready(), "False CaddyRefusesBaseline");
  caddy_.kill9();
  caddy_.start();
  converge();
  EXPECT_TRUE(serves("plain.test", 200)) << "what nobody has any more is taken out of everybody's way";
  EXPECT_EQ(condition(app_, "Accepted"), "False CertificateNotReady");
  EXPECT_THAT(audited(), HasSubstr("CertificateFileLost"));
  restart(kMaster);
  converge();
  expect_whole(made);
  EXPECT_TRUE(shows("app.test", made));
}

// ---- somebody tampers

struct Hands {
  const char* name;
  void (*tamper)(const fs::path& folder, const std::string& stem, const std::string& outside);
};
class CertificatesTampered : public CertificatesController {
 protected:
  std::string outside_ = folder_.write("shadow", "root:*:");
};
INSTANTIATE_TEST_SUITE_P(RealCaddy, CertificatesTampered, testing::ValuesIn(test::caddy_binaries()),
                         [](const auto& binary) { return binary.param.label; });

const std::vector<Hands> kHands{
    {"append a byte", [](const fs::path& in, const std::string& stem,
                         const std::string&) { std::ofstream(in / (stem + ".key"), std::ios::app) << "x"; }},
    {"truncate",
     [](const fs::path& in, const std::string& stem, const std::string&) { fs::resize_file(in / (stem + ".key"), 10); }},
    {"empty",
     [](const fs::path& in, const std::string& stem, const std::string&) { fs::resize_file(in / (stem + ".crt"), 0); }},
    {"chmod", [](const fs::path& in, const std::string& stem,
                 const std::string&) { fs::permissions(in / (stem + ".key"), fs::perms::all); }},
    {"delete one", [](const fs::path& in, const std::string& stem, const std::string&) { fs::remove(in / (stem + ".crt")); }},
    {"delete both",
     [](const fs::path& in, const std::string& stem, const std::string&) {
       fs::remove(in / (stem + ".crt"));
       fs::remove(in / (stem + ".key"));
     }},
    {"swap",
     [](const fs::path& in, const std::string& stem, const std::string&) {
       fs::rename(in / (stem + ".crt"), in / "x");
       fs::rename(in / (stem + ".key"), in / (stem + ".crt"));
       fs::rename(in / "x", in / (stem + ".key"));
     }},
    {"link away",
     [](const fs::path& in, const std::string& stem, const std::string& outside) {
       fs::remove(in / (stem + ".key"));
       fs::create_symlink(outside, in / (stem + ".key"));
     }},
    {"hard link",
     [](const fs::path& in, const std::string& stem, const std::string& outside) {
       fs::remove(in / (stem + ".key"));
       fs::create_hard_link(outside, in / (stem + ".key"));
     }},
    {"turn the link",
     [](const fs::path& in, const std::string&, const std::string& outside) {
       fs::remove(in / "app.key");
       fs::create_symlink(outside, in / "app.key");
     }},
    {"put a pipe there",
     [](const fs::path& in, const std::string& stem, const std::string&) {
       fs::remove(in / (stem + ".crt"));
       ::mkfifo((in / (stem + ".crt")).c_str(), 0600);
     }},
};

TEST_P(CertificatesTampered, IsPutRightFoundAndNotedAndNothingOutsideIsTouched) {
  const auto made = served();
  const auto stem = "app." + pair(made);
  for (const auto& hands : kHands) {
    SCOPED_TRACE(hands.name);
    sql("DELETE FROM audit_log; DELETE FROM findings");
    clock_.advance(kMendedAgain + 1s);
    hands.tamper(certs(), stem, outside_);
    converge();
    expect_whole(made);
    EXPECT_THAT(findings(), HasSubstr(" healed 0"));
    EXPECT_THAT(audited(), HasSubstr("CertificateFileRestored"));
    EXPECT_EQ(read_file(outside_).value(), "root:*:");
    EXPECT_TRUE(shows("app.test", made));
    EXPECT_EQ(condition(cert_, "Ready"), "True Ready");
    EXPECT_EQ(files().size(), 4U);
  }
}

TEST_P(CertificatesTampered, WhatCaddyMayHaveReadMeanwhileItReadsAgain) {
  const auto made = served();
  const auto forged = make_certificate("app.test");
  ASSERT_TRUE(write_atomically(file(made, ".crt"), forged.certificate, 0644));
  ASSERT_TRUE(write_atomically(file(made, ".key"), forged.key, 0640));
  host("plain", "plain.test", TlsMode::none);
  pass();
  EXPECT_TRUE(shows("app.test", forged)) << "Caddy reads every file at each change";
  converge();
  EXPECT_TRUE(shows("app.test", made));
}

TEST_P(CertificatesTampered, KeysThatWereSwappedBetweenTwoHostsAreSwappedBack) {
  const auto made = served(), other = make_certificate("other.test");
  host("other", "other.test");
  certificate("of-other", "other", other);
  converge();
  const auto theirs = certs() / ("other." + pair(other) + ".key");
  fs::rename(theirs, certs() / "x");
  fs::rename(file(made, ".key"), theirs);
  fs::rename(certs() / "x", file(made, ".key"));
  host("plain", "plain.test", TlsMode::none);
  pass();
  EXPECT_EQ(ready(), "False CaddyRefusesBaseline") << "no pair fits";
  converge();
  expect_whole(made);
  EXPECT_TRUE(shows("other.test", other));
  EXPECT_TRUE(serves("plain.test", 200));
}

TEST_P(CertificatesTampered, WhatIsNoneOfArgosIsReportedAndLeftAndItsOwnLeftoversGo) {
  const auto made = served();
  folder_.write("manual-certs/notes.txt", "mine");
  folder_.write("manual-certs/app.0123456789ab.key", "planted");
  folder_.write("manual-certs/app.key.tmp-1", "left by a kill");
  look();
  clock_.advance(kUnneededFor);
  look();
  EXPECT_TRUE(fs::exists(certs() / "notes.txt"));
  EXPECT_EQ(files().size(), 5U);
  EXPECT_THAT(findings(), HasSubstr("/notes.txt reported 1"));
  EXPECT_THAT(audited(), HasSubstr("CertificateFileRemoved app.0123456789ab.key"));
}

TEST_P(CertificatesTampered, WhoInsistsIsLeftForAMinute) {
  const auto made = served();
  for (int times = 0; times < kMostMended; ++times) {
    fs::permissions(file(made, ".key"), fs::perms::all);
    look();
    expect_whole(made);
  }
  fs::permissions(file(made, ".key"), fs::perms::all);
  look();
  EXPECT_EQ(mode(file(made, ".key")), 0777U);
  EXPECT_THAT(findings(), HasSubstr(".key reported 1"));
  clock_.advance(kMendedAgain + 1s);
  look();
  expect_whole(made);
}

TEST_P(CertificatesTampered, UnderThePolicyReportItStaysUntilTheNextWish) {
  const auto made = served();
  Settings settings;
  settings.drift.certificates = OnDrift::report;
  put_row("default", settings);
  converge();
  fs::permissions(file(made, ".crt"), fs::perms::all);
  std::ofstream(file(made, ".key"), std::ios::app) << "x";
  for (int again = 0; again < 2; ++again) {
    converge();
    EXPECT_THAT(findings(), AllOf(HasSubstr(".crt reported 1"), HasSubstr(".key reported 1")));
    EXPECT_EQ(condition(cert_, "Materialised"), "False Changed");
    EXPECT_TRUE(shows("app.test", made));
  }
  host("plain", "plain.test", TlsMode::none);
  converge();
  expect_whole(made);
  EXPECT_TRUE(serves("plain.test", 200));
  EXPECT_EQ(condition(cert_, "Materialised"), "True Materialised");
}

TEST_P(CertificatesTampered, ASuspendedOneIsLeftToTheHandsThatWorkOnIt) {
  const auto made = served();
  sql("INSERT INTO suspensions (kind, name, since, note, actor) VALUES ('host_manual_certs', 'cert', 0, '', 'me')");
  std::ofstream(file(made, ".key"), std::ios::app) << "x";
  certificate("cert", "app", make_certificate("app.test"));
  converge();
  EXPECT_EQ(read_file(file(made, ".key")).value(), made.key + "x");
  EXPECT_EQ(condition(cert_, "Materialised"), "False Suspended");
  EXPECT_THAT(findings(), HasSubstr("suspended 1"));
  EXPECT_EQ(files().size(), 4U);
}

// ---- the folder

TEST_P(CertificatesTampered, AFolderThatIsALinkIsNotWrittenThroughAndWhatRunsRunsOn) {
  const auto made = served();
  const auto target = folder_.path() / "elsewhere";
  fs::create_directory(target);
  fs::rename(certs(), folder_.path() / "away");
  fs::create_directory_symlink(target, certs());
  certificate("cert", "app", make_certificate("app.test"));
  converge();
  EXPECT_TRUE(fs::is_empty(target));
  EXPECT_EQ(ready_to_serve(), "False NotAFolder");
  EXPECT_EQ(condition(cert_, "Materialised"), "False NotAFolder");
  EXPECT_TRUE(shows("app.test", made));
  fs::remove(certs());
  fs::rename(folder_.path() / "away", certs());
  clock_.advance(10s);
  converge();
  EXPECT_EQ(condition(cert_, "Ready"), "True Ready");
}

TEST_P(CertificatesTampered, AFullDiskLeavesWhatWasAndSaysSoAndIsDoneOnceThereIsRoom) {
  constexpr int kPage = 4;  // KiB, and what each file takes of it
  fs::create_directory(certs());
  const test::SmallDisk disk(certs().string(), 3 * kPage);
  if (!disk.mounted()) GTEST_SKIP() << "only root can mount a disk";
  const auto made = served();
  const auto after = make_certificate("app.test");
  certificate("cert", "app", after);
  converge();
  EXPECT_EQ(condition(cert_, "Materialised"), "False DiskFull");
  EXPECT_EQ(ready_to_serve(), "False DiskFull");
  EXPECT_FALSE(fs::exists(file(after, ".crt")));
  for (const auto& name : files()) EXPECT_FALSE(is_temporary(name)) << name;
  EXPECT_TRUE(shows("app.test", made));
  disk.grow(8 * kPage);
  clock_.advance(10s);
  converge();
  EXPECT_TRUE(shows("app.test", after));
  EXPECT_EQ(condition(cert_, "Ready"), "True Ready");
}

TEST_P(CertificatesTampered, OnAFullDiskAFileThatWasChangedGivesItsRoomToTheRightOne) {
  constexpr int kPage = 4;
  fs::create_directory(certs());
  const test::SmallDisk disk(certs().string(), 2 * kPage);
  if (!disk.mounted()) GTEST_SKIP() << "only root can mount a disk";
  const auto made = served();
  std::ofstream(file(made, ".crt"), std::ios::app) << "x";
  converge();
  expect_whole(made);
  std::ofstream(file(made, ".key"), std::ios::app) << "x";
  std::ofstream(file(made, ".crt"), std::ios::app) << "x";
  converge();
  expect_whole(made);
  EXPECT_TRUE(shows("app.test", made));
  EXPECT_EQ(condition(cert_, "Ready"), "True Ready");
}

TEST_P(CertificatesTampered, WhatCannotBeMendedForAFullDiskIsShownFromMemoryAndHoldsNobodyUpOnceCaddyHasItNoMore) {
  constexpr int kPage = 4, kOften = 5;
  fs::create_directory(certs());
  const test::SmallDisk disk(certs().string(), 2 * kPage);
  if (!disk.mounted()) GTEST_SKIP() << "only root can mount a disk";
  const auto made = served();
  fs::remove(file(made, ".crt"));
  folder_.write("manual-certs/ballast", "x");
  host("plain", "plain.test", TlsMode::none);
  for (int again = 0; again < kOften; ++again) {
    clock_.advance(10s);
    converge();
    EXPECT_EQ(condition(cert_, "Materialised"), "False DiskFull");
    EXPECT_TRUE(shows("app.test", made));
  }
  EXPECT_THAT(message(cert_, "Materialised"), HasSubstr("Caddy shows it from memory"));
  EXPECT_EQ(ready(), "False CaddyRefusesBaseline");
  caddy_.kill9();
  caddy_.start();
  clock_.advance(10s);
  converge();
  EXPECT_TRUE(serves("plain.test", 200));
  EXPECT_EQ(condition(app_, "Accepted"), "False CertificateNotReady");
  disk.grow(8 * kPage);
  clock_.advance(kMendedAgain + 1s);
  converge();
  expect_whole(made);
  EXPECT_TRUE(shows("app.test", made));
}

TEST_P(CertificatesTampered, AFileThatIsGoneTakesNothingFromAHostThatRanBeforeItsFilesWereThere) {
  const auto made = make_certificate("app.test");
  host("app", "app.test");
  certificate("cert", "app", made);
  pass();
  converge();
  EXPECT_TRUE(shows("app.test", made));
  fs::remove(file(made, ".crt"));
  host("plain", "plain.test", TlsMode::none);
  pass();
  EXPECT_EQ(ready(), "False CaddyRefusesBaseline");
  EXPECT_TRUE(shows("app.test", made));
  converge();
  EXPECT_TRUE(serves("plain.test", 200));
  EXPECT_EQ(condition(app_, "Ready"), "True Ready");
}

TEST_P(CertificatesTampered, ThePlaceOfAFileThatCannotBeHadIsSaidAndHarmsNobodyElse) {
  const auto made = served();
  const auto after = make_certificate("app.test"), other = make_certificate("other.test");
  fs::create_directories(fs::path(file(after, ".crt")) / "in-the-way");
  certificate("cert", "app", after);
  host("other", "other.test");
  certificate("of-other", "other", other);
  converge();
  EXPECT_EQ(condition(cert_, "Materialised"), "False CannotWrite");
  EXPECT_EQ(ready_to_serve(), "False CannotWrite");
  EXPECT_TRUE(shows("app.test", made));
  EXPECT_TRUE(shows("other.test", other));
  fs::remove_all(file(after, ".crt"));
  clock_.advance(10s);
  converge();
  EXPECT_TRUE(shows("app.test", after));
}

}  // namespace
}  // namespace argos
