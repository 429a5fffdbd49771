// SPDX-License-Identifier: Apache-2.0
// What is done about a folder of certificates, rule by rule.
#include "controllers/certificates_decide.hpp"

#include <gmock/gmock.h>
#include <spdlog/fmt/fmt.h>

namespace argos {
namespace {

using Is = Folder::Entry::Is;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

const std::string kPairA = "aaaaaaaaaaaa", kPairB = "bbbbbbbbbbbb";

struct World {
  FolderState state;
  World() { state.owner = {1000, 1000}; }

  PairRecord pair(const std::string& certificate, const std::string& host, const std::string& id,
                  std::uint64_t generation = 1) {
    return {certificate, id, host, generation, {host + ".test"}, "crt of " + id, "key of " + id, 1};
  }
  // A row that is sound, and is for that pair.
  World& row(const std::string& certificate, const std::string& host, const std::string& id, std::uint64_t generation = 1) {
    Judged judged;
    judged.generation = generation;
    judged.host = host;
    judged.pair = pair(certificate, host, id, generation);
    state.judged[certificate] = judged;
    return *this;
  }
  World& sealed_row(const std::string& certificate, const std::string& host) {
    Judged judged;
    judged.host = host;
    judged.generation = 2;
    judged.not_decryptable = Error{"WrongMasterKey", "none opens it"};
    state.judged[certificate] = judged;
    return *this;
  }
  World& record(const PairRecord& record) {
    state.records.push_back(record);
    state.serving[record.host] = record.certificate;
    return *this;
  }
  HeldFile& file(const std::string& name, Is is = Is::file) {
    auto& found = state.files[name];
    found.entry = {name, is, mode_of(name), 1000, 1000};
    return found;
  }
  World& files(const PairRecord& record) {
    file(record.stem() + ".crt").sha256 = record.crt_sha256;
    file(record.stem() + ".key").sha256 = record.key_sha256;
    for (const auto* const ending : {".crt", ".key"}) file(record.host + ending, Is::link).target = record.stem() + ending;
    return *this;
  }
  FolderPlan plan(const std::set<std::string>& left = {}) const { return argos::plan(state, flaws_of(state), left); }
};

// A row, its record and its files, all in order.
World settled() {
  World world;
  const auto record = world.pair("cert", "app", kPairA);
  world.row("cert", "app", kPairA).record(record).files(record);
  return world;
}

// "write cert; access …": everything that is to be done, in words.
std::string text(const FolderPlan& plan) {
  std::string out;
  const auto add = [&](std::string_view what, const std::string& which) {
    out += fmt::format("{}{} {}", out.empty() ? "" : "; ", what, which);
  };
  for (const auto& name : plan.write) add("write", name);
  for (const auto& file : plan.access) add("access", file);
  for (const auto& record : plan.forget) add("forget", record.stem());
  for (const auto& record : plan.held) add("held", record.stem());
  for (const auto& record : plan.note) add("note", record.stem());
  for (const auto& [link, target] : plan.links) add("link", link + ">" + target);
  for (const auto& file : plan.unneeded) add("unneeded", file);
  for (const auto& record : plan.former) add("former", record.stem());
  for (const auto& file : plan.foreign) add("foreign", file);
  return out;
}

std::string flawed(const FolderPlan& plan) {
  std::string out;
  for (const auto& [file, action] : plan.flawed) out += (out.empty() ? "" : "; ") + file + " " + enum_text(action);
  return out;
}

const std::string kCrt = "app." + kPairA + ".crt", kKey = "app." + kPairA + ".key";

TEST(CertificatesDecide, WhatIsInOrderIsLeftAsItIs) { EXPECT_EQ(text(settled().plan()), ""); }

TEST(CertificatesDecide, ARowWithoutPairIsWritten) { EXPECT_EQ(text(World().row("cert", "app", kPairA).plan()), "write cert"); }

TEST(CertificatesDecide, AChangedRowIsWrittenBesideItsFormerPairWhichStays) {
  auto world = settled();
  world.row("cert", "app", kPairB, 2);
  EXPECT_EQ(text(world.plan()), "write cert; former app." + kPairA);
}

TEST(CertificatesDecide, ARowThatMeansTheSamePairIsOnlyNoted) {
  auto world = settled();
  world.row("cert", "app", kPairA, 7);
  EXPECT_EQ(text(world.plan()), "note app." + kPairA);
  world = settled();
  world.state.records.front().since = -1;
  EXPECT_EQ(text(world.plan()), "note app." + kPairA) << "a kill came between putting right and its noting";
}

TEST(CertificatesDecide, ARowThatGoesBackToAFormerPairThatStillLiesThereOnlyNotesIt) {
  auto world = settled();
  const auto newer = world.pair("cert", "app", kPairB, 2);
  world.record(newer).files(newer);
  world.row("cert", "app", kPairA, 3);
  EXPECT_THAT(text(world.plan()), HasSubstr("note app." + kPairA));
  EXPECT_THAT(text(world.plan()), HasSubstr("former app." + kPairB));
}

struct Tampering {
  const char* name;
  void (*with)(World&);
  std::string plan, flawed;
};
class TamperedFiles : public testing::TestWithParam<Tampering> {};
TEST_P(TamperedFiles, IsPutRight) {
  auto world = settled();
  GetParam().with(world);
  EXPECT_EQ(text(world.plan()), GetParam().plan);
  EXPECT_EQ(flawed(world.plan()), GetParam().flawed);
}
INSTANTIATE_TEST_SUITE_P(
    Table, TamperedFiles,
    testing::Values(
        Tampering{"OtherBytes", [](World& world) { world.file(kKey).sha256 = "another"; }, "write cert", kKey + " healed"},
        Tampering{"Deleted", [](World& world) { world.state.files.erase(kCrt); }, "write cert", kCrt + " healed"},
        Tampering{"ALinkElsewhere", [](World& world) { world.file(kKey, Is::link).target = "/etc/shadow"; }, "write cert",
                  kKey + " healed"},
        Tampering{"AFolder", [](World& world) { world.file(kKey, Is::folder); }, "write cert", kKey + " healed"},
        Tampering{"Mode", [](World& world) { world.state.files.at(kKey).entry.mode = 0777; }, "access " + kKey,
                  kKey + " healed"},
        Tampering{"Owner", [](World& world) { world.state.files.at(kCrt).entry.group = 7; }, "access " + kCrt,
                  kCrt + " healed"},
        Tampering{"LinkTurned", [](World& world) { world.file("app.key", Is::link).target = "/etc/shadow"; },
                  "link app.key>" + kKey, "app.key healed"},
        Tampering{"LinkReplaced", [](World& world) { world.file("app.crt"); }, "link app.crt>" + kCrt, "app.crt healed"},
        Tampering{"LinkDeleted", [](World& world) { world.state.files.erase("app.crt"); }, "link app.crt>" + kCrt, ""},
        Tampering{"LinkOutOfDate", [](World& world) { world.file("app.crt", Is::link).target = "app." + kPairB + ".crt"; },
                  "link app.crt>" + kCrt, ""},
        Tampering{"APairOfNobodys", [](World& world) { world.file("other." + kPairB + ".key"); },
                  "unneeded other." + kPairB + ".key", ""},
        Tampering{"ALinkOfNobodys", [](World& world) { world.file("other.key", Is::link); }, "unneeded other.key", ""},
        Tampering{"ATemporaryFile", [](World& world) { world.file(kKey + ".tmp-77"); }, "unneeded " + kKey + ".tmp-77", ""},
        Tampering{"SomethingElse", [](World& world) { world.file("notes.txt"); }, "foreign notes.txt", ""},
        Tampering{"AFileUnderALinksName", [](World& world) { world.file("other.crt"); }, "foreign other.crt", ""},
        Tampering{"AFolderUnderAPairsName", [](World& world) { world.file("x." + kPairB + ".crt", Is::folder); },
                  "foreign x." + kPairB + ".crt", ""}),
    [](const auto& tampering) { return tampering.param.name; });

TEST(CertificatesDecide, WhatIsLeftAloneIsOnlyReported) {
  auto world = settled();
  world.file(kKey).sha256 = "another";
  EXPECT_EQ(text(world.plan({kKey})), "");
  EXPECT_EQ(flawed(world.plan({kKey})), kKey + " reported");
  world.state.files.erase(kCrt);
  EXPECT_EQ(text(world.plan({kKey})), "write cert") << "both are written: a pair is never half";
}

TEST(CertificatesDecide, ASuspendedOneIsNotTouchedAndItsHostsOtherFilesNeither) {
  auto world = settled();
  world.state.suspended.insert("cert");
  world.row("cert", "app", kPairB, 2);
  world.file(kKey).sha256 = "another";
  world.file("app." + kPairB + ".key");
  world.file("app.key", Is::link).target = "elsewhere";
  EXPECT_EQ(text(world.plan()), "");
  EXPECT_THAT(flawed(world.plan()), HasSubstr(kKey + " suspended"));
}

TEST(CertificatesDecide, APairWhoseKeyCannotBeOpenedStaysWhileItIsWholeAndIsForgottenWhenItIsNot) {
  auto world = settled();
  world.sealed_row("cert", "app");
  EXPECT_EQ(text(world.plan()), "");
  world.state.files.at(kKey).entry.mode = 0777;
  EXPECT_EQ(text(world.plan()), "access " + kKey) << "that takes no key";
  world.file(kCrt).sha256 = "another";
  EXPECT_THAT(text(world.plan()), HasSubstr("forget app." + kPairA));
  EXPECT_THAT(world.plan().links, IsEmpty());
  EXPECT_THAT(flawed(world.plan()), HasSubstr("reported"));
}

TEST(CertificatesDecide, ABrokenPairIsHeldWhileCaddyShowsItAndItsHostHasNoOther) {
  auto world = settled();
  world.sealed_row("cert", "app");
  world.state.files.erase(kKey);
  world.state.kept_by_caddy.insert("app." + kPairA);
  EXPECT_EQ(text(world.plan()), "held app." + kPairA);
  EXPECT_EQ(flawed(world.plan()), kKey + " reported");
  world.row("cert", "app", kPairB, 2);
  EXPECT_EQ(text(world.plan()), "write cert; held app." + kPairA) << "the new one is not written yet";
  const auto newer = world.pair("cert", "app", kPairB, 2);
  world.record(newer).files(newer);
  EXPECT_THAT(text(world.plan()), HasSubstr("forget app." + kPairA));
  world.state.judged.clear();
  EXPECT_THAT(text(world.plan()), HasSubstr("forget app." + kPairA)) << "nobody wants it any more";
}

TEST(CertificatesDecide, APairOfADeletedRowIsFormerAndIfBrokenForgotten) {
  auto world = settled();
  world.state.judged.clear();
  EXPECT_EQ(text(world.plan()), "former app." + kPairA);
  world.state.files.erase(kKey);
  EXPECT_THAT(text(world.plan()), HasSubstr("forget app." + kPairA));
}

TEST(CertificatesDecide, TwoCertificatesOfOneHostMayShareAPair) {
  auto world = settled();
  world.row("twin", "app", kPairA);
  EXPECT_EQ(text(world.plan()), "write twin");
  world.record(world.pair("twin", "app", kPairA));
  world.state.judged.erase("cert");
  EXPECT_EQ(text(world.plan()), "former app." + kPairA) << "only the record: the files are needed";
}

TEST(CertificatesDecide, ADatabaseThatKnowsOfNoCertificateAtAllTakesNothingForUnneeded) {
  World world;
  world.files(world.pair("cert", "app", kPairA));
  EXPECT_THAT(world.plan().unneeded, IsEmpty());
  EXPECT_THAT(world.plan().foreign, UnorderedElementsAre(kCrt, kKey, "app.crt", "app.key"));
}

// ---- names

TEST(CertificatesDecide, OwnNamesAreKnown) {
  using What = OwnName::What;
  const std::vector<std::pair<std::string, What>> table{
      {kCrt, What::pair},
      {"a-b.0123456789ab.key", What::pair},
      {"app.crt", What::link},
      {"app.key", What::link},
      {kKey + ".tmp-12", What::temporary},
      {"app.crt.tmp-12", What::temporary},
      {"app.0123456789AB.key", What::none},
      {"app.0123456789a.key", What::none},
      {"app.example.com.crt", What::none},
      {"App.crt", What::none},
      {"..0123456789ab.key", What::none},
      {".crt", What::none},
      {"app.pem", What::none},
      {"notes.tmp-12", What::none},
  };
  for (const auto& [name, what] : table) EXPECT_EQ(own_name(name).what, what) << name;
  EXPECT_EQ(own_name(kCrt).stem, "app." + kPairA);
}

TEST(CertificatesDecide, ThePairsThatAConfigurationLoadsAreReadOutOfIt) {
  EXPECT_THAT(pairs_named_in(R"({"load_files":[{"certificate":"/etc/certs/app.0123.crt","key":"/etc/certs/app.0123.key"},)"
                             R"({"certificate":"b.4567.crt","key":"b.4567.key"}],"x":"/no/certificate.crt.old"})"),
              UnorderedElementsAre("app.0123", "b.4567"));
  EXPECT_THAT(pairs_named_in("null"), IsEmpty());
}

TEST(CertificatesDecide, AnIdIsOfBothFilesInTheirOrder) {
  EXPECT_EQ(pair_id("a", "bc"), "ba7816bf8f01") << "FIPS 180-4: abc";
  EXPECT_NE(pair_id("a", "b"), pair_id("b", "a"));
}

// ---- conditions

const WallTime kNow = std::chrono::sys_days{std::chrono::year{2026} / 11 / 23};

struct Shown {
  Judged judged;
  Object<Host> host;
  Claim claim;
  PairRecord record;
  CertificateSight sight;

  Shown() {
    judged.generation = 3;
    judged.host = "app";
    judged.pair.pair = kPairA;
    judged.facts.names = {"app.test"};
    judged.facts.not_before = kNow - std::chrono::hours(24);
    judged.facts.not_after = kNow + std::chrono::hours(24);
    judged.facts.fingerprint = "f";
    host.meta.name = "app";
    host.spec.tls.mode = TlsMode::manual;
    claim = {.host = &host, .accepted = {}, .names = {"app.test"}};
    record = {"cert", kPairA, "app", 3, {"app.test"}, "", "", 1};
    sight.judged = &judged;
    sight.host = &claim;
    sight.on_disk = &record;
    sight.serving = "cert";
  }
  std::string operator()(std::string_view type) const {
    const auto all = conditions_of("cert", sight, kNow);
    const auto* const found = find(all, type);
    EXPECT_EQ(found->observed_generation, judged.generation);
    return std::string(to_string(found->status)) + " " + found->reason;
  }
};

TEST(CertificatesDecide, OneInOrderSaysSoInEveryCondition) {
  const Shown shown;
  for (const auto* const type : {"Accepted", "Decryptable", "Materialised", "Valid", "Referenced"}) {
    EXPECT_EQ(shown(type), std::string("True ") + type);
  }
}

TEST(CertificatesDecide, EachConditionSaysWhatIsWrong) {
  struct Case {
    const char* type;
    std::string says;
    void (*make)(Shown&);
  };
  const std::vector<Case> table{
      {"Accepted", "False KeyMismatch",
       [](Shown& it) {
         it.judged.not_accepted = Error{"KeyMismatch", ""};
       }},
      {"Decryptable", "False WrongMasterKey",
       [](Shown& it) {
         it.judged.not_decryptable = Error{"WrongMasterKey", ""};
       }},
      {"Materialised", "Unknown Pending", [](Shown& it) { it.record.generation = 2; }},
      {"Materialised", "Unknown Pending", [](Shown& it) { it.sight.on_disk = nullptr; }},
      {"Materialised", "False DiskFull",
       [](Shown& it) {
         it.sight.trouble = Error{"DiskFull", ""};
       }},
      {"Materialised", "False Suspended", [](Shown& it) { it.record.generation = 2, it.sight.suspended = true; }},
      {"Materialised", "False WrongMasterKey",
       [](Shown& it) {
         it.judged.not_decryptable = Error{"WrongMasterKey", ""};
         it.judged.pair = {};
         it.sight.on_disk = nullptr;
       }},
      {"Materialised", "True Materialised",
       [](Shown& it) {
         it.judged.not_decryptable = Error{"WrongMasterKey", ""};
         it.judged.pair = {};
       }},
      {"Valid", "False Expired", [](Shown& it) { it.judged.facts.not_after = kNow - std::chrono::hours(1); }},
      {"Valid", "False NotYetValid", [](Shown& it) { it.judged.facts.not_before = kNow + std::chrono::hours(1); }},
      {"Valid", "False NameNotCovered", [](Shown& it) { it.claim.names.emplace_back("www.app.test"); }},
      {"Valid", "Unknown NotAccepted", [](Shown& it) { it.judged.facts = {}; }},
      {"Referenced", "False HostNotFound", [](Shown& it) { it.sight.host = nullptr; }},
      {"Referenced", "False HostNotManual", [](Shown& it) { it.host.spec.tls.mode = TlsMode::internal; }},
      {"Referenced", "False HostNotServed", [](Shown& it) { it.claim.names.clear(); }},
      {"Referenced", "False AnotherCertificate", [](Shown& it) { it.sight.serving = "older"; }},
  };
  for (const auto& [type, says, make] : table) {
    Shown shown;
    make(shown);
    EXPECT_EQ(shown(type), says);
  }
}

}  // namespace
}  // namespace argos
