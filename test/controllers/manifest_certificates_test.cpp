// SPDX-License-Identifier: Apache-2.0
// Certificates in manifests: texts in files, sealed keys, renewals by other tools; and that nothing flaps.
#include "controllers/manifests.hpp"

#include <spdlog/fmt/fmt.h>

#include "runtime/rows.hpp"
#include "test/support/certificates.hpp"
#include "test/support/support.hpp"

namespace argos::test {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
namespace fs = std::filesystem;

const std::string kOldKey(64, 'a'), kNewKey(64, 'b');

std::string indented(const std::string& text) {
  std::string out = "    ";
  for (const char c : text) out += c == '\n' ? "\n    " : std::string(1, c);
  return out.substr(0, out.find_last_not_of(' ') + 1);
}
std::string head(const std::string& name) {
  return "apiVersion: argos.edge/v1\nkind: Certificate\nmetadata: {name: " + name + "}\nspec:\n  host: app\n";
}
std::string in_texts(const MadeCertificate& pair, const std::string& name = "app") {
  return head(name) + "  certificate: |\n" + indented(pair.certificate) + "  key: |\n" + indented(pair.key);
}
std::string sealed(const MadeCertificate& pair, const KeyRing& ring, const std::string& name = "app") {
  return head(name) + "  certificate: |\n" + indented(pair.certificate) +
         "  sealedKey: " + *ring.seal({"Certificate", name, "key"}, pair.key) + "\n";
}
const std::string kInFiles = head("app") + "  certificateFile: app.crt\n  keyFile: app.key\n";
constexpr auto kGroup =
    "apiVersion: argos.edge/v1\nkind: TargetGroup\nmetadata: {name: app}\nspec: {targets: [{host: 127.0.0.1, port: 80}]}\n";

struct ManifestCertificatesTest : ::testing::Test {
  ManifestCertificatesTest() {
    clock.advance(std::chrono::system_clock::now() - clock.wall());
    fs::create_directories(manifests);
    restart(kOldKey);
  }
  // As argos anew, with these master keys.
  void restart(const std::string& key, const std::vector<std::string>& previous = {}) {
    controller.reset();
    secrets = Secrets(KeyRing(key, previous));
    controller = std::make_unique<Controller>(
        std::make_unique<Manifests>(*store, workers, conditions, reports, clock, secrets, manifests), conditions, clock);
  }
  void write(const std::string& file, const std::string& text) { folder.write("manifests/" + file, text); }
  void write(const MadeCertificate& made) {
    write("app.crt", made.certificate);
    write("app.key", made.key);
  }
  void look() {
    controller->mark(controller->key(), "test");
    settle(context, *controller);
  }
  std::optional<Object<Certificate>> row(const std::string& name = "app") { return *read_one<Certificate>(other, name); }
  std::string leaf() { return row() ? row()->spec.cert_pem : ""; }
  std::string opened() {
    const auto key = secrets.open({"Certificate", "app", "key"}, row()->spec.key_pem_encrypted);
    return key ? std::string(key->text()) : key.error().reason;
  }
  void sql(const std::string& statement) {
    ASSERT_TRUE(other.script(statement)) << statement;
    store->poll_others();
  }
  std::int64_t number(const std::string& query) { return *other.number(query); }
  // What is told of the files: "a.yaml:7:12: …" each.
  std::string errors() {
    std::string out;
    for (const auto& file : reports.find("manifests")->at("files").as_array()) {
      for (const auto& error : file.at("errors").as_array())
        out += fmt::format("{}:{}:{}: {} {}\n", file.at("file").as_string().c_str(), error.at("line").as_int64(),
                           error.at("column").as_int64(), error.at("reason").as_string().c_str(),
                           error.at("message").as_string().c_str());
    }
    return out;
  }
  std::string why_invalid() {
    const auto* const found = conditions.find({Kind::certificate, "app"}, "ManifestValid");
    return found == nullptr ? "" : found->message;
  }
  void put_host(std::vector<std::string> aliases) {
    Host host;
    host.domain = "app.test";
    host.aliases = std::move(aliases);
    host.target_group = "app";
    ASSERT_TRUE(store->write(Actor{"alice", ""}, [&](Database& database) -> Result<> {
      (void)*put(database, "app", host, ManagedBy::apply, "cli");
      return {};
    }));
  }
  // What the controller `secrets` does after a rotation.
  void seal_anew() {
    ASSERT_TRUE(store->write(Actor{"secrets", ""}, [&](Database& database) -> Result<> {
      const auto fresh = secrets.seal(database, {"Certificate", "app", "key"}, opened());
      return database.run("UPDATE sealed SET envelope = ?", cells(*fresh));
    }));
  }
  // Whatever was done, nothing is written any more and nothing is found.
  void expect_rest() {
    const auto seq = number("SELECT max(seq) FROM changes");
    const auto envelope = row()->spec.key_pem_encrypted;
    const auto remembered = number("SELECT count(*) FROM remembered");
    for (int pass = 0; pass < 3; ++pass) look();
    EXPECT_EQ(number("SELECT max(seq) FROM changes"), seq);
    EXPECT_EQ(row()->spec.key_pem_encrypted, envelope);
    EXPECT_EQ(number("SELECT count(*) FROM remembered"), remembered);
    EXPECT_EQ(number("SELECT count(*) FROM findings"), 0);
    EXPECT_EQ(errors() + why_invalid(), "");
  }

  TempFolder folder;
  std::string manifests = folder / "manifests";
  boost::asio::io_context context;
  ManualClock clock;
  Conditions conditions{clock};
  Reports reports;
  Workers workers;
  std::unique_ptr<Store> store = ready_store(folder / "argos.db");
  Database other = *Database::open(folder / "argos.db", Database::Mode::read_write, 1000);
  Secrets secrets{KeyRing()};
  std::unique_ptr<Controller> controller;
  MadeCertificate pair = make_certificate("app.test"), renewed = make_certificate("app.test");
};

// ---- how it may be written -------------------------------------------------------------------------------------------------

TEST_F(ManifestCertificatesTest, TextsAreTakenAndTheKeyIsSealed) {
  write("app.yaml", in_texts(pair));
  look();
  EXPECT_EQ(leaf(), pair.certificate) << errors();
  EXPECT_EQ(opened(), pair.key);
  expect_rest();
}

TEST_F(ManifestCertificatesTest, FilesAreReadRelativeToTheManifest) {
  fs::create_directories(manifests + "/tls");
  write("tls/app.yaml", head("app") + "  certificateFile: app.crt\n  keyFile: ../keys/app.key\n");
  write("tls/app.crt", pair.certificate);
  write("keys/app.key", pair.key);
  look();
  EXPECT_EQ(opened(), pair.key) << errors();
  expect_rest();
}

TEST_F(ManifestCertificatesTest, ASealedKeyIsTakenAsItIs) {
  write("app.yaml", sealed(pair, secrets.ring()));
  look();
  EXPECT_EQ(opened(), pair.key) << errors();
  EXPECT_EQ(number("SELECT count(*) FROM remembered WHERE value LIKE '%argos.v1.%'"), 0)
      << "an envelope that nobody seals anew";
  expect_rest();
}

TEST_F(ManifestCertificatesTest, ASealedKeyOfAnotherCertificateIsRefused) {
  write("app.yaml", sealed(pair, secrets.ring()));
  write("other.yaml", "# copied\n" + sealed(pair, secrets.ring())
                                         .replace(50, 0, "")
                                         .replace(sealed(pair, secrets.ring()).find("name: app"), 9, "name: two"));
  look();
  EXPECT_THAT(errors(), AllOf(StartsWith("other.yaml:"), HasSubstr("BrokenEnvelope spec.sealedKey: ")));
  EXPECT_FALSE(row("two"));
}

TEST_F(ManifestCertificatesTest, NoFileOutsideTheFolderIsRead) {
  write(pair);
  const auto outside = folder.write("outside.key", pair.key);
  fs::create_symlink(outside, manifests + "/link.key");
  fs::create_directory_symlink(folder.path(), manifests + "/away");
  for (const auto& name : {outside, std::string("../outside.key"), std::string("link.key"), std::string("away/outside.key"),
                           std::string("tls/../../outside.key")}) {
    write("app.yaml", head("app") + "  certificateFile: app.crt\n  keyFile: " + name + "\n");
    look();
    EXPECT_FALSE(row()) << name;
    EXPECT_THAT(errors(), StartsWith("app.yaml:7:12: OutsideFolder spec.keyFile: ")) << name;
  }
}

TEST_F(ManifestCertificatesTest, ALinkWithinTheFolderIsFollowed) {
  fs::create_directories(manifests + "/..2026");
  write("..2026/tls.crt", pair.certificate);
  write("..2026/tls.key", pair.key);
  fs::create_directory_symlink("..2026", manifests + "/..data");
  for (const auto* const file : {"tls.crt", "tls.key"})
    fs::create_symlink(std::string("..data/") + file, manifests + "/" + file);
  write("app.yaml", head("app") + "  certificateFile: tls.crt\n  keyFile: tls.key\n");
  look();
  EXPECT_EQ(opened(), pair.key) << errors();
}

TEST_F(ManifestCertificatesTest, AFileThatIsNoneIsSaidAtItsLineAndTakenWhenItComes) {
  write("app.yaml", kInFiles);
  write("app.crt", pair.certificate);
  look();
  EXPECT_THAT(errors(), AllOf(StartsWith("app.yaml:7:12: "), HasSubstr("spec.keyFile: ")));
  fs::create_directory(manifests + "/app.key");
  look();
  EXPECT_THAT(errors(), HasSubstr("spec.keyFile: "));
  fs::remove(manifests + "/app.key");
  write("app.key", pair.key);
  look();
  EXPECT_EQ(opened(), pair.key);
  EXPECT_EQ(errors(), "");
}

TEST_F(ManifestCertificatesTest, ABadOneHarmsItselfOnly) {
  write("bad.yaml", in_texts({pair.certificate, renewed.key, ""}));
  write("good.yaml", in_texts(pair, "good") + "---\n" + kGroup);
  look();
  EXPECT_THAT(errors(), AllOf(StartsWith("bad.yaml:"), HasSubstr("KeyMismatch spec.key: ")));
  EXPECT_FALSE(row());
  EXPECT_TRUE(row("good"));
  EXPECT_EQ(number("SELECT count(*) FROM target_groups"), 1);
}

TEST_F(ManifestCertificatesTest, NothingOfAKeyIsToldHoweverItsManifestIsBroken) {
  const auto whole = in_texts(pair);
  std::vector<std::string> broken{in_texts({pair.key, pair.certificate, ""}),
                                  in_texts({pair.certificate + pair.key, pair.key, ""}), whole.substr(0, whole.size() - 60)};
  for (const auto* const what : {"key: |", "certificate: |"}) {
    for (const auto* const instead :
         {"key:", "key: >", "- key: |", "key |", "ky: |", "key: [|", "\tkey: |", "key: !x |", "host: |", "key: ? |"}) {
      auto text = whole;
      text.replace(text.find(what), std::string(what).size(), instead);
      broken.push_back(std::move(text));
    }
  }
  auto flat = whole;
  for (auto at = flat.find("\n    "); at != std::string::npos; at = flat.find("\n    ", at)) flat.erase(at + 1, 4);
  broken.push_back(flat);
  for (const auto& text : broken) {
    write("app.yaml", text);
    look();
    const auto told = boost::json::serialize(*reports.find("manifests"));
    EXPECT_THAT(errors(), Not(IsEmpty())) << text;
    for (std::size_t at = 30; at + 30 < pair.key.size(); at += 30)
      EXPECT_THAT(told, Not(HasSubstr(boost::json::serialize(pair.key.substr(at, 20)).substr(1, 20)))) << text;
  }
}

// ---- renewed by another tool -----------------------------------------------------------------------------------------------

TEST_F(ManifestCertificatesTest, ARenewedFileIsTakenInThoughTheManifestIsAsItWas) {
  write("app.yaml", kInFiles);
  write(pair);
  look();
  write(renewed);
  look();
  EXPECT_EQ(leaf(), renewed.certificate);
  EXPECT_EQ(opened(), renewed.key);
  expect_rest();
}

TEST_F(ManifestCertificatesTest, BetweenTwoWritesThePairThatWasStays) {
  write("app.yaml", kInFiles);
  write(pair);
  look();
  write("app.crt", renewed.certificate);
  look();
  EXPECT_EQ(leaf(), pair.certificate);
  EXPECT_THAT(why_invalid(), HasSubstr("belongs to none of the certificates"));
  EXPECT_THAT(errors(), StartsWith("app.yaml:7:12: KeyMismatch spec.keyFile: "));
  write("app.key", renewed.key);
  look();
  EXPECT_EQ(leaf(), renewed.certificate);
  expect_rest();
}

TEST_F(ManifestCertificatesTest, OneThatIsNotValidYetIsTakenWhenItIs) {
  write("app.yaml", in_texts(make_certificate(Wish{.names = {"app.test"}, .since = 1})));
  look();
  EXPECT_THAT(errors(), HasSubstr("NotYetValid"));
  clock.advance(25h);
  look();
  EXPECT_TRUE(row());
  EXPECT_EQ(errors(), "");
}

// ---- its host --------------------------------------------------------------------------------------------------------------

TEST_F(ManifestCertificatesTest, OneThatIsNotForItsHostWaitsUntilTheHostIsAnother) {
  put_host({"www.test"});
  write("app.yaml", in_texts(pair));
  look();
  EXPECT_FALSE(row());
  EXPECT_THAT(boost::json::serialize(*reports.find("manifests")), HasSubstr("not for www.test of host/app"));
  put_host({});
  look();
  EXPECT_TRUE(row());
  expect_rest();
}

TEST_F(ManifestCertificatesTest, WhatBecomesOfTheHostLaterIsNotTheManifestsFault) {
  put_host({});
  write("app.yaml", in_texts(pair));
  look();
  put_host({"www.test"});
  restart(kOldKey);
  look();
  EXPECT_TRUE(row());
  expect_rest();
}

TEST_F(ManifestCertificatesTest, AHostInTheFolderCounts) {
  write("host.yaml",
        "apiVersion: argos.edge/v1\nkind: Host\nmetadata: {name: app}\nspec: {domain: b.test, targetGroup: app}\n");
  write("app.yaml", in_texts(pair));
  look();
  EXPECT_FALSE(row());
  write("host.yaml",
        "apiVersion: argos.edge/v1\nkind: Host\nmetadata: {name: app}\nspec: {domain: app.test, targetGroup: app}\n");
  look();
  EXPECT_TRUE(row());
}

// ---- master keys -----------------------------------------------------------------------------------------------------------

TEST_F(ManifestCertificatesTest, ARotationChangesNothingWhicheverWayTheKeyIsWritten) {
  for (const auto& text : {in_texts(pair), sealed(pair, secrets.ring())}) {
    write("app.yaml", text);
    restart(kOldKey);
    look();
    restart(kNewKey, {kOldKey});
    expect_rest();
    seal_anew();
    expect_rest();
    restart(kNewKey);  // the former key is gone: what is sealed in the file opens no more
    expect_rest();
    EXPECT_EQ(opened(), pair.key);
    sql("DELETE FROM host_manual_certs; DELETE FROM changes; DELETE FROM findings; DELETE FROM remembered");
    store->poll_others();
  }
}

TEST_F(ManifestCertificatesTest, ASealedKeyThatNobodyCanOpenDoesNotTakeThePlaceOfOneThatOpens) {
  write("app.yaml", in_texts(pair));
  look();
  write("app.yaml", sealed(renewed, KeyRing(kNewKey, {})));
  look();
  EXPECT_EQ(leaf(), pair.certificate);
  EXPECT_THAT(why_invalid(), HasSubstr("was sealed under the master key"));
}

TEST_F(ManifestCertificatesTest, WithoutAMasterKeyOnlyWhatMustBeSealedIsLeftOut) {
  restart("");
  write("app.yaml", kInFiles);
  write("sealed.yaml", sealed(pair, KeyRing(kOldKey, {}), "sealed") + "---\n" + kGroup);
  write(pair);
  look();
  EXPECT_FALSE(row());
  EXPECT_TRUE(row("sealed"));
  EXPECT_EQ(number("SELECT count(*) FROM target_groups"), 1);
  EXPECT_THAT(boost::json::serialize(*reports.find("manifests")), HasSubstr("ARGOS_MASTER_KEY is not set"));
  restart(kOldKey);
  look();
  EXPECT_EQ(opened(), pair.key);
  expect_rest();
}

TEST_F(ManifestCertificatesTest, WithoutTheMasterKeyOrWithAnotherWhatIsSealedStaysToTheByte) {
  write("app.yaml", kInFiles);
  write(pair);
  look();
  for (const auto& key : {std::string(), kNewKey, kOldKey}) {
    restart(key);
    expect_rest();
  }
  EXPECT_EQ(opened(), pair.key);
}

TEST_F(ManifestCertificatesTest, AKeyThatWasLostIsEnteredAgainOnceTheNewOneIsAccepted) {
  write("app.yaml", in_texts(pair));
  look();
  restart(kNewKey);
  look();
  ASSERT_TRUE(store->write(Actor{"alice", ""}, [&](Database& database) -> Result<> {
    return secrets.accept(database, "alice") ? Result<>() : Error{"NotAccepted", "", ""};
  }));
  look();
  EXPECT_EQ(opened(), pair.key);
}

// ---- somebody else's hand --------------------------------------------------------------------------------------------------

TEST_F(ManifestCertificatesTest, AnEnvelopeReplacedByNonsenseIsPutBack) {
  for (const auto& text : {in_texts(pair), sealed(pair, secrets.ring())}) {
    write("app.yaml", text);
    look();
    sql("UPDATE host_manual_certs SET key_pem_encrypted = 'nonsense'");
    look();
    EXPECT_EQ(opened(), pair.key);
  }
  EXPECT_EQ(number("SELECT count(*) FROM findings WHERE action = 'healed'"), 1);
}

TEST_F(ManifestCertificatesTest, WhileItsFileIsNotValidTheKeyComesFromTheHistory) {
  write("app.yaml", kInFiles);
  write(pair);
  look();
  write("app.key", renewed.key);
  look();
  sql("DELETE FROM host_manual_certs");
  look();
  EXPECT_EQ(leaf(), pair.certificate);
  EXPECT_EQ(opened(), pair.key);
}

}  // namespace
}  // namespace argos::test
