// SPDX-License-Identifier: Apache-2.0
// Certificates over the API: pairs are judged, keys are sealed, and what lies sealed is never mistaken for something else.
#include "test/support/certificates.hpp"
#include "model/x509.hpp"
#include "runtime/files.hpp"
#include "test/panel/panel_fixture.hpp"

namespace argos::test {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

const std::string kOldKey(64, 'a'), kNewKey(64, 'b');

// Lines of a key that nothing but the key has.
std::vector<std::string> secret_lines(const std::string& pem) {
  std::vector<std::string> out;
  std::istringstream lines(pem);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("-----") && line.size() > 40) out.push_back(line);
  }
  return out;
}

boost::json::object spec_of(const MadeCertificate& pair, const std::string& host = "app") {
  return {{"host", host}, {"certificate", pair.certificate}, {"key", pair.key}};
}
boost::json::object manifest_of(const std::string& name, boost::json::object spec) {
  return {{"kind", "Certificate"}, {"metadata", {{"name", name}}}, {"spec", std::move(spec)}};
}

struct CertificatesApi : PanelTest {
  CertificatesApi() { clock.advance(std::chrono::system_clock::now() - clock.wall()); }

  HttpResponse put(const boost::json::value& spec, const std::string& name = "app") {
    return PanelTest::put("/api/v1/certificates/" + name, spec);
  }
  HttpResponse apply(boost::json::array objects) {
    return ask("POST", "/api/v1/apply", serialize(boost::json::object{{"objects", std::move(objects)}}));
  }
  HttpResponse undo() { return ask("POST", "/api/v1/undo", R"({"kind": "Certificate", "name": "app"})"); }
  boost::json::value get(const std::string& name = "app") { return json(ask("GET", "/api/v1/certificates/" + name)); }
  std::string sealed_key() { return std::string(get().at("spec").at("sealedKey").as_string()); }
  std::string fingerprint() { return std::string(get().at("status").at("certificate").at("fingerprint").as_string()); }
  std::string opened() {
    const auto key = secrets.open({"Certificate", "app", "key"}, sealed_key());
    return key ? std::string(key->text()) : key.error().reason;
  }
  // "spec.key KeyMismatch" each.
  std::vector<std::string> refusals(const HttpResponse& answer) {
    std::vector<std::string> out;
    EXPECT_EQ(answer.status, 422) << answer.body;
    for (const auto& error : list(answer, "errors"))
      out.push_back(std::string(error.at("path").as_string()) + " " + std::string(error.at("reason").as_string()));
    EXPECT_EQ(count("SELECT count(*) FROM host_manual_certs"), 0);
    return out;
  }
  void keys(const std::string& current, const std::vector<std::string>& previous = {}) {
    secrets = Secrets(KeyRing(current, previous));
  }
  // What the controller `secrets` does after a rotation.
  void seal_anew() {
    ASSERT_TRUE(store->write(Actor{"secrets", ""}, [&](Database& database) -> Result<> {
      const auto rows = database.query("SELECT place, seq, subject, envelope FROM sealed");
      for (const auto& row : *rows) {
        const std::string name(row.at("subject").as_string());
        const auto key = secrets.open({"Certificate", name, "key"}, row.at("envelope").as_string());
        const auto sealed = secrets.seal(database, {"Certificate", name, "key"}, key->text());
        (void)database.run("UPDATE sealed SET envelope = ? WHERE place = ? AND seq = ? AND subject = ?",
                           cells(*sealed, row.at("place").as_string(), row.at("seq").as_int64(), name));
      }
      return {};
    }));
  }

  MadeCertificate root = make_certificate(Wish{.names = {}, .organisation = "Root", .ca = true});
  MadeCertificate pair = make_certificate(Wish{.names = {"app.example.com"}, .issuer = &root});
};

TEST_F(CertificatesApi, APairIsKeptWithItsKeySealed) {
  const auto answer = put(spec_of(pair));
  EXPECT_EQ(answer.status, 201) << answer.body;
  EXPECT_EQ(get().at("spec").at("certificate").as_string(), pair.certificate);
  EXPECT_THAT(sealed_key(), StartsWith("argos.v1."));
  EXPECT_EQ(opened(), pair.key);
  EXPECT_FALSE(get().at("spec").as_object().contains("key"));
}

TEST_F(CertificatesApi, TheStatusTellsWhatTheCertificateSays) {
  put(spec_of(pair));
  const auto facts = get().at("status").at("certificate").as_object();
  EXPECT_EQ(facts.at("fingerprint").as_string(), pair.fingerprint);
  EXPECT_EQ(facts.at("issuer").as_string(), "Root");
  EXPECT_EQ(facts.at("names"), boost::json::array{"app.example.com"});
  EXPECT_EQ(facts.at("daysLeft").as_int64(), 89);
  EXPECT_EQ(facts.at("sealedBy").as_string(), secrets.ring().current_id());
  EXPECT_EQ(facts.at("warnings").at(0).at("reason").as_string(), "NoIntermediate");
}

TEST_F(CertificatesApi, TheSamePairAgainChangesNothing) {
  put(spec_of(pair));
  const auto before = get();
  auto exported = before.at("spec");
  EXPECT_EQ(put(spec_of(pair)).status, 200);
  EXPECT_EQ(put(exported).status, 200);
  exported.as_object()["sealedKey"] = *secrets.ring().seal({"Certificate", "app", "key"}, pair.key);
  EXPECT_EQ(put(exported).status, 200);
  EXPECT_EQ(get(), before) << "the key lies sealed as it lay";
  EXPECT_EQ(count("SELECT count(*) FROM changes"), 1);
}

TEST_F(CertificatesApi, EachKindOfBadPairIsRefusedWithAReasonAtItsField) {
  const auto other = make_certificate("app.example.com");
  const auto bad = [&](boost::json::object change) {
    auto spec = spec_of(pair);
    for (const auto& field : change) spec[field.key()] = field.value();
    return refusals(put(spec));
  };
  const auto made = [&](Wish wish) {
    wish.names = {"app.example.com"};
    return refusals(put(spec_of(make_certificate(wish))));
  };
  EXPECT_THAT(bad({{"key", other.key}}), ElementsAre("spec.key KeyMismatch"));
  EXPECT_THAT(bad({{"key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"}}),
              ElementsAre("spec.key EncryptedKey"));
  EXPECT_THAT(bad({{"chain", other.key}}), ElementsAre("spec.chain KeyInChain"));
  EXPECT_THAT(bad({{"certificate", pair.certificate + pair.key}}), ElementsAre("spec.certificate KeyInChain"));
  EXPECT_THAT(bad({{"certificate", "nonsense"}}), ElementsAre("spec.certificate NotPem"));
  EXPECT_THAT(bad({{"key", std::string(kLargestPem + 1, 'x')}}), ElementsAre("spec.key TooLarge"));
  EXPECT_THAT(bad({{"key", ""}}), ElementsAre("spec.key Required"));
  EXPECT_THAT(bad({{"sealedKey", "argos.v1.nonsense"}}), ElementsAre("spec.key Duplicate"));
  EXPECT_THAT(bad({{"key", ""}, {"sealedKey", "argos.v1.nonsense"}}), ElementsAre("spec.sealedKey BrokenEnvelope"));
  EXPECT_THAT(bad({{"host", "No Name"}}), ElementsAre("spec.host Invalid"));
  EXPECT_THAT(bad({{"key", ""}, {"keyFile", "app.key"}}), ElementsAre("spec.keyFile NotSupported"));
  EXPECT_THAT(made({.days = -1}), ElementsAre("spec.certificate Expired"));
  EXPECT_THAT(made({.since = 2}), ElementsAre("spec.certificate NotYetValid"));
  EXPECT_THAT(made({.key = "RSA 1024"}), ElementsAre("spec.certificate WeakKey"));
  EXPECT_THAT(made({.key = "secp256k1"}), ElementsAre("spec.certificate UnsupportedKey"));
  EXPECT_THAT(made({.digest = "SHA1"}), ElementsAre("spec.certificate WeakSignature"));
  EXPECT_THAT(refusals(put(spec_of(make_certificate(Wish{})))), ElementsAre("spec.certificate NoNames"));
}

TEST_F(CertificatesApi, ACertificateIsForEveryNameOfItsHostWhereThatIsThere) {
  EXPECT_EQ(PanelTest::put("/api/v1/hosts/app",
                           {{"domain", "app.example.com"}, {"aliases", {"www.example.com"}}, {"targetGroup", "app"}})
                .status,
            201);
  EXPECT_THAT(refusals(put(spec_of(pair))), ElementsAre("spec.certificate NameNotCovered"));
  EXPECT_EQ(put(spec_of(pair, "not-there-yet")).status, 201);
  const auto wildcard = make_certificate(Wish{.names = {"*.example.com"}, .issuer = &root});
  EXPECT_EQ(put(spec_of(wildcard), "wild").status, 201);
}

TEST_F(CertificatesApi, ABadOneInAListHarmsItselfOnly) {
  const auto answer = apply({manifest_of("bad", spec_of({pair.certificate, root.key, ""})),
                             manifest_of("good", spec_of(pair)),
                             {{"kind", "Host"}, {"metadata", {{"name", "app"}}}, {"spec", kHost}}});
  const auto results = list(answer, "results");
  EXPECT_EQ(results.at(0).at("outcome").as_string(), "refused");
  EXPECT_EQ(results.at(0).at("errors").at(0).at("reason").as_string(), "KeyMismatch");
  EXPECT_EQ(results.at(1).at("outcome").as_string(), "created");
  EXPECT_EQ(results.at(2).at("outcome").as_string(), "created");
}

TEST_F(CertificatesApi, AHostOfTheSameListCounts) {
  auto host = kHost.as_object();
  host["aliases"] = boost::json::array{"www.example.com"};
  const auto answer =
      apply({manifest_of("app", spec_of(pair)), {{"kind", "Host"}, {"metadata", {{"name", "app"}}}, {"spec", host}}});
  EXPECT_EQ(list(answer, "results").at(0).at("errors").at(0).at("reason").as_string(), "NameNotCovered");
}

TEST_F(CertificatesApi, AThousandInAListAreOneTransactionAndNoLongWait) {
  constexpr int kMany = 1000;
  boost::json::array objects;
  for (int at = 0; at < kMany; ++at)
    objects.push_back(manifest_of("app-" + std::to_string(at), spec_of(pair, "host-" + std::to_string(at))));
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(apply(objects).status, 200);
  EXPECT_EQ(apply(objects).status, 200);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(20)) << "a busy machine's patience";
  EXPECT_EQ(count("SELECT count(*) FROM changes"), kMany) << "and the second time nothing";
  sql("CREATE TRIGGER broken BEFORE INSERT ON host_manual_certs WHEN new.name = 'new-999' BEGIN SELECT RAISE(ABORT, 'no'); "
      "END");
  for (auto& object : objects)
    object.at("metadata").at("name") =
        "new-" + std::string(std::string_view(object.at("metadata").at("name").as_string()).substr(4));
  EXPECT_GE(apply(objects).status, 500);
  EXPECT_EQ(count("SELECT count(*) FROM host_manual_certs"), kMany);
}

TEST_F(CertificatesApi, ADryRunSaysWhatTheCertificateSays) {
  const auto answer =
      ask("PUT", "/api/v1/certificates/app?dryRun=true", serialize(boost::json::object{{"spec", spec_of(pair)}}));
  ASSERT_EQ(answer.status, 200) << answer.body;
  const auto certificate = json(answer).at("certificate");
  EXPECT_THAT(boost::json::serialize(certificate.at("names")), HasSubstr("app.example.com"));
  EXPECT_FALSE(certificate.at("notAfter").as_string().empty());
  EXPECT_EQ(count("SELECT count(*) FROM host_manual_certs"), 0);
}

TEST_F(CertificatesApi, NothingOfAKeyIsInAnyFileOrAnswer) {
  std::string answers;
  const auto renewed = make_certificate(Wish{.names = {"app.example.com"}, .issuer = &root});
  const auto said = [&](const HttpResponse& answer) { answers += answer.body; };
  said(put(spec_of(pair)));
  said(put(spec_of(renewed)));
  said(put(spec_of({pair.certificate, renewed.key, ""})));
  said(put({{"host", "app"}, {"certificate", pair.certificate}, {"key", {pair.key}}}));
  said(put({{"host", "app"}, {"certificate", pair.key}, {"chain", renewed.key}, {"key", pair.certificate}}));
  said(put({{"host", pair.key}, {"certificate", pair.certificate}, {"key", pair.key}}));
  said(apply({manifest_of("app", spec_of(pair)), manifest_of("app", spec_of(renewed))}));
  said(undo());
  for (const auto* const path :
       {"/api/v1/certificates", "/api/v1/history?limit=100", "/api/v1/explain/certificates/app", "/metrics"})
    said(ask("GET", path));
  for (const auto& file : std::filesystem::directory_iterator(folder.path())) {
    if (file.is_regular_file()) answers += *read_file(file.path());
  }
  EXPECT_THAT(answers, HasSubstr("host_manual_certs")) << "the database is among what is searched";
  for (const auto& line : secret_lines(pair.key + renewed.key)) EXPECT_THAT(answers, Not(HasSubstr(line)));
}

TEST_F(CertificatesApi, WithoutAMasterKeyNothingIsSealedAndWhatIsSealedIsKept) {
  const auto sealed = *secrets.ring().seal({"Certificate", "app", "key"}, pair.key);
  keys("");
  EXPECT_THAT(refusals(put(spec_of(pair))), ElementsAre("spec.key MasterKeyNotConfigured"));
  EXPECT_EQ(put({{"host", "app"}, {"certificate", pair.certificate}, {"sealedKey", sealed}}).status, 201);
  EXPECT_EQ(sealed_key(), sealed);
}

TEST_F(CertificatesApi, AnotherMasterKeySealsNothingUntilItIsAccepted) {
  put(spec_of(pair));
  keys(kNewKey);
  const auto answer = put(spec_of(make_certificate("b.example.com"), "b"), "b");
  EXPECT_EQ(answer.status, 422);
  EXPECT_EQ(list(answer, "errors").at(0).at("reason").as_string(), "WrongMasterKey");
  ASSERT_TRUE(store->write(Actor{"alice", ""}, [&](Database& database) -> Result<> {
    return secrets.accept(database, "alice") ? Result<>() : Error{"NotAccepted", "", ""};
  }));
  EXPECT_EQ(put(spec_of(make_certificate("b.example.com"), "b"), "b").status, 201);
  EXPECT_EQ(put(spec_of(pair)).status, 200);
  EXPECT_EQ(opened(), pair.key) << "entered again, it is sealed under the new key";
}

TEST_F(CertificatesApi, AKeyThatNobodyCanOpenDoesNotTakeThePlaceOfOneThatOpens) {
  const auto renewed = make_certificate(Wish{.names = {"app.example.com"}, .issuer = &root});
  put(spec_of(pair));
  const auto before = get();
  const KeyRing lost(kNewKey, {});
  const auto locked = [&](const MadeCertificate& of) {
    return put(
        {{"host", "app"}, {"certificate", of.certificate}, {"sealedKey", *lost.seal({"Certificate", "app", "key"}, of.key)}});
  };
  EXPECT_EQ(locked(pair).status, 200) << "an old export, of what is there";
  const auto answer = locked(renewed);
  EXPECT_EQ(answer.status, 422);
  EXPECT_EQ(list(answer, "errors").at(0).at("path").as_string(), "spec.sealedKey");
  EXPECT_EQ(get(), before);
}

// ---- seal ------------------------------------------------------------------------------------------------------------------

TEST_F(CertificatesApi, ASealedKeyIsTheKeyOfThatCertificateOnly) {
  const auto answer =
      ask("POST", "/api/v1/seal", serialize(boost::json::object{{"kind", "Certificate"}, {"name", "app"}, {"key", pair.key}}));
  EXPECT_EQ(answer.status, 200) << answer.body;
  const boost::json::object spec{
      {"host", "app"}, {"certificate", pair.certificate}, {"sealedKey", json(answer).at("sealedKey")}};
  EXPECT_THAT(refusals(put(spec, "other")), ElementsAre("spec.sealedKey BrokenEnvelope"));
  EXPECT_EQ(put(spec).status, 201);
  EXPECT_EQ(opened(), pair.key);
}

TEST_F(CertificatesApi, OnlyAKeyOfACertificateIsSealed) {
  const auto sealing = [&](boost::json::object body) { return ask("POST", "/api/v1/seal", serialize(body)); };
  EXPECT_THAT(refusals(sealing({{"kind", "Host"}, {"name", "app"}, {"key", pair.key}})), ElementsAre("kind Unknown"));
  EXPECT_THAT(refusals(sealing({{"kind", "Certificate"}, {"name", "No"}, {"key", pair.key}})), ElementsAre("name Invalid"));
  EXPECT_THAT(refusals(sealing({{"kind", "Certificate"}, {"name", "app"}, {"key", pair.certificate}})),
              ElementsAre("key NotPem"));
  keys("");
  const auto answer = sealing({{"kind", "Certificate"}, {"name", "app"}, {"key", pair.key}});
  EXPECT_EQ(answer.status, 409);
  EXPECT_EQ(reason(answer), "MasterKeyNotConfigured");
}

// ---- history ---------------------------------------------------------------------------------------------------------------

TEST_F(CertificatesApi, UndoBringsTheFormerPairBackAndGoesOnFromThereAlsoAfterARotation) {
  const auto second = make_certificate(Wish{.names = {"app.example.com"}, .issuer = &root});
  const auto third = make_certificate(Wish{.names = {"app.example.com"}, .issuer = &root});
  for (const auto& one : {pair, second, third}) put(spec_of(one));
  keys(kNewKey, {kOldKey});
  seal_anew();
  EXPECT_EQ(undo().status, 200);
  EXPECT_EQ(fingerprint(), second.fingerprint);
  EXPECT_EQ(opened(), second.key);
  keys(std::string(64, 'c'), {kNewKey});
  seal_anew();
  undo();
  EXPECT_EQ(fingerprint(), pair.fingerprint) << "an undo after an undo goes further back";
  EXPECT_EQ(opened(), pair.key);
}

TEST_F(CertificatesApi, UndoToWhatIsThereAlreadyChangesNothingHoweverItLiesSealed) {
  put(spec_of(pair));
  keys(kNewKey, {kOldKey});
  seal_anew();
  const auto answer = ask("POST", "/api/v1/undo", R"({"kind": "Certificate", "name": "app", "to": 1})");
  EXPECT_EQ(json(answer).at("outcome").as_string(), "unchanged");
  EXPECT_EQ(json(answer).at("message").as_string(), "");
}

TEST_F(CertificatesApi, UndoSaysWhereTheFormerKeyCannotBeOpenedAnyMore) {
  put(spec_of(pair));
  ask("DELETE", "/api/v1/certificates/app");
  keys(kNewKey);
  const auto answer = undo();
  EXPECT_EQ(json(answer).at("outcome").as_string(), "recreated");
  EXPECT_THAT(std::string(json(answer).at("message").as_string()), HasSubstr("was sealed under the master key"));
}

TEST_F(CertificatesApi, HistoryNamesTheFieldsAsManifestsDo) {
  put(spec_of(pair));
  put(spec_of(make_certificate(Wish{.names = {"app.example.com"}, .issuer = &root})));
  const auto newest = list(ask("GET", "/api/v1/history"), "items").at(0);
  EXPECT_EQ(newest.at("fields"), (boost::json::array{"spec.certificate", "spec.sealedKey"}));
  EXPECT_EQ(newest.at("kind").as_string(), "Certificate");
}

TEST_F(CertificatesApi, ExplainSaysWhatTheCertificateSaysInsteadOfItsText) {
  put(spec_of(pair));
  const auto answer = ask("GET", "/api/v1/explain/certificates/app");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body,
              AllOf(HasSubstr(pair.fingerprint), Not(HasSubstr("BEGIN CERTIFICATE")), Not(HasSubstr(sealed_key()))));
}

}  // namespace
}  // namespace argos::test
