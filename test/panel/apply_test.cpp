// SPDX-License-Identifier: Apache-2.0
// POST /api/v1/apply: one transaction, every error said, and pruning that takes only what is its own.
#include "test/panel/panel_fixture.hpp"

namespace argos::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

boost::json::value host(const std::string& name, boost::json::value spec = kHost) {
  return {{"apiVersion", "argos.edge/v1"}, {"kind", "Host"}, {"metadata", {{"name", name}}}, {"spec", std::move(spec)}};
}
boost::json::value group(const std::string& name) {
  return {{"apiVersion", "argos.edge/v1"}, {"kind", "TargetGroup"}, {"metadata", {{"name", name}}}, {"spec", kGroup}};
}

struct ApplyTest : PanelTest {
  HttpResponse apply(boost::json::object wish) { return ask("POST", "/api/v1/apply", serialize(wish)); }
  // "app created", in order.
  std::vector<std::string> outcomes(const HttpResponse& answer) {
    std::vector<std::string> out;
    for (const auto& one : list(answer, "results")) {
      out.push_back(std::string(one.at("name").as_string()) + " " + std::string(one.at("outcome").as_string()));
    }
    return out;
  }
};

TEST_F(ApplyTest, SaysWhatBecameOfEach) {
  EXPECT_THAT(outcomes(apply({{"objects", {host("a"), group("app")}}})), ElementsAre("a created", "app created"));
  EXPECT_THAT(
      outcomes(apply({{"objects", {host("a", {{"domain", "new.example.com"}, {"targetGroup", "app"}}), group("app")}}})),
      ElementsAre("a configured", "app unchanged"));
}

TEST_F(ApplyTest, IsOneTransaction) {
  sql("CREATE TRIGGER broken BEFORE INSERT ON target_groups BEGIN SELECT RAISE(ABORT, 'no'); END");
  const auto answer = apply({{"objects", {host("a"), host("b"), group("app")}}});
  EXPECT_GE(answer.status, 500);
  EXPECT_EQ(count("SELECT count(*) FROM hosts"), 0);
}

TEST_F(ApplyTest, AnInvalidObjectIsRefusedWithAllItsErrorsAndTheOthersAreApplied) {
  const auto answer = apply({{"objects", {host("bad", {{"domain", "a b"}, {"targetGroup", 7}}), host("good"), "nonsense"}}});
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(outcomes(answer), ElementsAre("bad refused", "good created", " refused"));
  const auto errors = boost::json::array(list(answer, "results").at(0).at("errors").as_array());
  EXPECT_EQ(errors.size(), 2U);
  EXPECT_EQ(count("SELECT count(*) FROM hosts"), 1);
}

TEST_F(ApplyTest, AnInvalidObjectKeepsTheRowItHad) {
  apply({{"objects", {host("a")}}});
  apply({{"prune", true}, {"objects", {host("a", {{"domain", "a b"}, {"targetGroup", "app"}}), host("b")}}});
  EXPECT_EQ(count("SELECT count(*) FROM hosts WHERE name = 'a' AND domain = 'app.example.com'"), 1);
}

TEST_F(ApplyTest, TheSameObjectTwiceIsAnError) {
  EXPECT_THAT(outcomes(apply({{"objects", {host("a"), host("a")}}})), ElementsAre("a created", "a refused"));
}

TEST_F(ApplyTest, ADryRunSaysTheSameAndChangesNothing) {
  apply({{"objects", {host("old")}}});
  const auto answer = apply({{"dryRun", true}, {"prune", true}, {"objects", {host("a"), group("app")}}});
  EXPECT_THAT(outcomes(answer), ElementsAre("a created", "app created", "old pruned"));
  EXPECT_EQ(count("SELECT count(*) FROM hosts WHERE name = 'old'"), 1);
  EXPECT_EQ(count("SELECT count(*) FROM target_groups"), 0);
}

TEST_F(ApplyTest, PruneRemovesOnlyWhatThatOwnerApplied) {
  apply({{"owner", "ci"}, {"objects", {host("mine"), host("kept"), group("app")}}});
  apply({{"owner", "other"}, {"objects", {host("theirs")}}});
  sql("INSERT INTO hosts (name, domain, managed_by, owner) VALUES ('of-panel', 'p.example.com', 'panel', 'ci')");
  const auto answer = apply({{"owner", "ci"}, {"prune", true}, {"objects", {host("kept")}}});
  EXPECT_THAT(outcomes(answer), ElementsAre("kept unchanged", "mine pruned", "app pruned"));
  EXPECT_EQ(count("SELECT count(*) FROM hosts WHERE name IN ('theirs', 'of-panel', 'kept')"), 3);
}

TEST_F(ApplyTest, PruneKeepsWhatTheSenderCouldNotRead) {
  apply({{"objects", {host("a"), host("b")}}});
  EXPECT_THAT(outcomes(apply({{"prune", true}, {"objects", {host("a")}}, {"keep", {{{"kind", "Host"}, {"name", "b"}}}}})),
              ElementsAre("a unchanged"));
}

TEST_F(ApplyTest, AKeyInThePlaceOfAKindIsNotRepeatedInTheAnswer) {
  const std::string pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQ\n";
  const auto answer = apply({{"objects", {{{"kind", pem}, {"metadata", {{"name", pem}}}}}}});
  EXPECT_THAT(outcomes(answer), ElementsAre("… refused"));
  EXPECT_THAT(answer.body, Not(HasSubstr("MC4CAQ")));
}

TEST_F(ApplyTest, PruneWithAnEmptyListIsRefused) {
  apply({{"objects", {host("a")}}});
  const auto answer = apply({{"prune", true}, {"objects", boost::json::array{}}});
  EXPECT_EQ(answer.status, 422);
  EXPECT_EQ(count("SELECT count(*) FROM hosts"), 1);
}

TEST_F(ApplyTest, NothingIsPrunedWhileAnObjectHasNoName) {
  apply({{"objects", {host("a"), host("b")}}});
  const auto answer = apply({{"prune", true}, {"objects", {host("a"), {{"kind", "Hots"}}}}});
  EXPECT_THAT(std::string(json(answer).at("message").as_string()), HasSubstr("nothing was pruned"));
  EXPECT_EQ(count("SELECT count(*) FROM hosts"), 2);
}

TEST_F(ApplyTest, AManifestObjectIsRefusedAndNamesItsFile) {
  apply({{"objects", {host("a")}}});
  sql("UPDATE hosts SET managed_by = 'manifest', owner = 'a.yaml'");
  std::filesystem::create_directories(folder / "manifests");
  config.manifests_dir = folder / "manifests";
  const auto answer = apply({{"objects", {host("a"), host("b")}}});
  EXPECT_THAT(outcomes(answer), ElementsAre("a refused", "b created"));
  EXPECT_THAT(std::string(json(answer).at("results").at(0).at("message").as_string()), HasSubstr("a.yaml"));
}

TEST_F(ApplyTest, WhatIsArgosOwnIsRefusedAndNobodysPruneTakesIt) {
  sql("INSERT INTO hosts (name, domain, managed_by) VALUES ('argos-panel', 'panel.test', 'system')");
  const auto answer = apply({{"objects", {host("argos-panel"), host("b")}}});
  EXPECT_THAT(outcomes(answer), ElementsAre("argos-panel refused", "b created"));
  EXPECT_THAT(std::string(json(answer).at("results").at(0).at("message").as_string()), HasSubstr("ARGOS_PANEL_DOMAIN"));
  for (const auto* const owner : {"cli", "system", "argos-panel"})
    apply({{"owner", owner}, {"prune", true}, {"objects", {host("b")}}});
  EXPECT_EQ(count("SELECT count(*) FROM hosts WHERE domain = 'panel.test' AND managed_by = 'system'"), 1);
}

TEST_F(ApplyTest, AnUnknownFieldOfTheRequestNamesTheNearest) {
  const auto answer = apply({{"dryrun", true}, {"objects", boost::json::array{}}});
  EXPECT_EQ(answer.status, 422);
  EXPECT_THAT(answer.body, HasSubstr("dryRun"));
}

}  // namespace
}  // namespace argos::test
