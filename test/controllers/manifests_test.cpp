// SPDX-License-Identifier: Apache-2.0
#include "controllers/manifests.hpp"

#include <spdlog/fmt/fmt.h>

#include "test/support/support.hpp"

namespace argos {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
namespace fs = std::filesystem;

std::string group(const std::string& name, int port = 8080) {
  return fmt::format(
      "apiVersion: argos.edge/v1\nkind: TargetGroup\nmetadata: {{name: {}}}\nspec:\n  targets: [{{host: 127.0.0.1, port: "
      "{}}}]\n---\n",
      name, port);
}

struct ManifestsTest : testing::Test {
  test::TempFolder folder;
  std::string manifests = folder / "manifests";
  boost::asio::io_context context;
  test::ManualClock clock;
  Conditions conditions{clock};
  Reports reports;
  Workers workers;
  std::unique_ptr<Store> store = test::ready_store(folder / "argos.db");
  Controller controller{std::make_unique<Manifests>(*store, workers, conditions, reports, clock, manifests), conditions, clock};

  void SetUp() override { fs::create_directories(manifests); }
  void write(const std::string& file, const std::string& text) { folder.write("manifests/" + file, text); }
  void look() {
    controller.mark(controller.key(), "test");
    test::settle(context, controller);
  }
  // Long enough for what is gone to be believed.
  void look_twice() {
    look();
    clock.advance(kSettle);
    test::settle(context, controller);
  }
  std::optional<Object<TargetGroup>> row(const std::string& name) {
    std::optional<Object<TargetGroup>> out;
    (void)store->read([&](Database& database) -> Result<> {
      out = *read_one<TargetGroup>(database, name);
      return {};
    });
    return out;
  }
  void put_row(const std::string& name, ManagedBy by, const std::string& owner, int port = 1) {
    TargetGroup spec;
    spec.targets = {{"127.0.0.1", port, 1, true}};
    ASSERT_TRUE(store->write([&](Database& database) -> Result<> {
      (void)*put(database, name, spec, by, owner);
      return {};
    }));
  }
  const Condition& ready() { return *conditions.find(controller.key(), "Ready"); }
  // "a.yaml: …" for each file with errors
  std::string errors() {
    std::string out;
    for (const auto& file : reports.find("manifests")->at("files").as_array()) {
      if (!file.at("errors").as_array().empty())
        out += boost::json::serialize(file.at("file")) + ": " + boost::json::serialize(file.at("errors")) + "\n";
    }
    return out;
  }
};

TEST_F(ManifestsTest, AFileBecomesARowThatNamesItsFile) {
  write("a.yaml", group("app"));
  look();
  ASSERT_TRUE(row("app"));
  EXPECT_EQ(row("app")->meta.managed_by, ManagedBy::manifest);
  EXPECT_EQ(row("app")->meta.owner, "a.yaml");
  EXPECT_EQ(ready().status, Status::yes);
}

TEST_F(ManifestsTest, AnEditChangesTheRow) {
  write("a.yaml", group("app", 1));
  look();
  write("a.yaml", group("app", 2));
  look();
  EXPECT_EQ(row("app")->spec.targets.front().port, 2);
}

TEST_F(ManifestsTest, ALookThatFindsNothingNewWritesNothing) {
  write("a.yaml", group("app"));
  look();
  const auto before = row("app")->meta.generation;
  look();
  EXPECT_EQ(row("app")->meta.generation, before);
}

TEST_F(ManifestsTest, AnObjectTakenOutIsDeletedOnceItStaysGone) {
  write("a.yaml", group("app") + group("other"));
  look();
  write("a.yaml", group("other"));
  look();
  EXPECT_TRUE(row("app")) << "an editor may be in the middle of it";
  clock.advance(kSettle);
  test::settle(context, controller);
  EXPECT_FALSE(row("app"));
  EXPECT_TRUE(row("other"));
}

TEST_F(ManifestsTest, AnObjectThatComesBackAtOnceIsNeverDeleted) {
  write("a.yaml", group("app"));
  write("b.yaml", group("other"));
  look();
  const auto before = row("app")->meta.generation;
  fs::rename(manifests + "/a.yaml", manifests + "/a.yaml~");
  look();
  write("a.yaml", group("app"));
  look_twice();
  EXPECT_EQ(row("app")->meta.generation, before);
}

TEST_F(ManifestsTest, AFileThatNoLongerParsesKeepsAllItsObjects) {
  write("a.yaml", group("app") + group("two"));
  look();
  write("a.yaml", group("app", 2) + "\tbroken: [");
  look_twice();
  EXPECT_TRUE(row("app"));
  EXPECT_TRUE(row("two"));
  EXPECT_THAT(errors(), HasSubstr("a.yaml"));
  const auto* const valid = conditions.find({Kind::target_group, "two"}, "ManifestValid");
  ASSERT_NE(valid, nullptr);
  EXPECT_EQ(valid->status, Status::no);
  EXPECT_THAT(valid->message, HasSubstr("a.yaml:"));
}

TEST_F(ManifestsTest, AnObjectThatFailsValidationKeepsItsLastGoodForm) {
  write("a.yaml", group("app", 1));
  look();
  write("a.yaml", group("app", 70000));
  look_twice();
  EXPECT_EQ(row("app")->spec.targets.front().port, 1);
  EXPECT_THAT(conditions.find({Kind::target_group, "app"}, "ManifestValid")->message, HasSubstr("spec.targets[0].port"));
  write("a.yaml", group("app", 2));
  look();
  EXPECT_EQ(row("app")->spec.targets.front().port, 2);
  EXPECT_EQ(conditions.find({Kind::target_group, "app"}, "ManifestValid"), nullptr);
}

TEST_F(ManifestsTest, ANewObjectThatFailsValidationGetsNoRow) {
  write("a.yaml", group("app", 70000));
  look();
  EXPECT_FALSE(row("app"));
  EXPECT_EQ(ready().status, Status::yes) << "an object in trouble is not the controller's";
}

TEST_F(ManifestsTest, EachBadFileHarmsOnlyItself) {
  const std::vector<std::pair<std::string, std::string>> bad{
      {"tab.yaml", "kind:\n\tHost: x\n"},
      {"unknown.yaml", "apiVersion: argos.edge/v1\nkind: Host\nmetadata: {name: x}\nspec: {domian: x.example.com}\n"},
      {"repeated.yaml", "apiVersion: argos.edge/v1\nkind: Host\nkind: Host\nmetadata: {name: x}\nspec: {}\n"},
      {"comma.yaml", ", x\n"},
      {"big.yaml", std::string(20 << 20, '#')},
      {"bomb.yaml",
       "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d "
       "[*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
       "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f,*f]\n"},
      {"latin1.yaml", "apiVersion: argos.edge/v1\nkind: Host # caf\xe9\n"},
      {"long.yaml", "apiVersion: argos.edge/v1\nkind: Host\nmetadata: {name: x}\nspec: {domain: " + std::string(300, 'a') +
                        ", targetGroup: app}\n"},
  };
  for (const auto& [file, text] : bad) write(file, text);
  write("good.yaml", group("app"));
  look();
  EXPECT_TRUE(row("app"));
  for (const auto& [file, text] : bad) EXPECT_THAT(errors(), HasSubstr(file));
  EXPECT_EQ(ready().status, Status::yes);
}

TEST_F(ManifestsTest, AMissingFolderDeletesNothing) {
  write("a.yaml", group("app"));
  look();
  fs::remove_all(manifests);
  look_twice();
  EXPECT_TRUE(row("app"));
  EXPECT_EQ(ready().reason, "FolderMissing");
}

TEST_F(ManifestsTest, NoFileLeftAtAllDeletesNothingAndStalls) {
  write("a.yaml", group("app"));
  look();
  fs::remove(manifests + "/a.yaml");
  look_twice();
  EXPECT_TRUE(row("app"));
  EXPECT_EQ(ready().reason, "NoManifests");
  EXPECT_TRUE(conditions.is_true(controller.key(), "Stalled"));
}

TEST_F(ManifestsTest, AManifestTakesOverWhatWasAppliedOrMadeInThePanel) {
  put_row("app", ManagedBy::apply, "cli");
  write("a.yaml", group("app", 2));
  look();
  EXPECT_EQ(row("app")->meta.managed_by, ManagedBy::manifest);
  EXPECT_EQ(row("app")->spec.targets.front().port, 2);
}

TEST_F(ManifestsTest, WhatOthersOwnIsNeverDeleted) {
  put_row("mine", ManagedBy::apply, "cli");
  put_row("theirs", ManagedBy::panel, "");
  write("a.yaml", group("app"));
  look_twice();
  EXPECT_TRUE(row("mine"));
  EXPECT_TRUE(row("theirs"));
}

TEST_F(ManifestsTest, AManifestObjectThatSomebodyElseChangedIsPutBack) {
  write("a.yaml", group("app", 8080));
  look();
  ASSERT_EQ(std::system(("sqlite3 '" + store->path() + "' \"UPDATE target_groups SET algorithm = 'random'\"").c_str()), 0);
  EXPECT_EQ(row("app")->spec.algorithm, Algorithm::random);
  look();
  EXPECT_EQ(row("app")->spec.algorithm, Algorithm::round_robin);
}

TEST_F(ManifestsTest, AnObjectThatMovesToAnotherFileStaysTheSame) {
  write("a.yaml", group("app"));
  write("b.yaml", group("other"));
  look();
  const auto created = row("app")->meta.created;
  fs::rename(manifests + "/a.yaml", manifests + "/c.yaml");
  look_twice();
  ASSERT_TRUE(row("app"));
  EXPECT_EQ(row("app")->meta.owner, "c.yaml");
  EXPECT_EQ(row("app")->meta.created, created);
}

TEST_F(ManifestsTest, OfTwoDeclarationsTheOneThatOwnsTheRowKeepsIt) {
  write("b.yaml", group("app", 1));
  look();
  write("a.yaml", group("app", 2));
  look();
  EXPECT_EQ(row("app")->spec.targets.front().port, 1);
  EXPECT_THAT(errors(), HasSubstr("b.yaml too"));
}

TEST_F(ManifestsTest, SubFoldersAndLinksAreReadAndHiddenFilesAreNot) {
  write("team/web/a.yml", group("sub"));
  write("..data/app.yaml", group("linked"));
  fs::create_symlink("..data/app.yaml", manifests + "/app.yaml");
  write(".swap.yaml", group("hidden"));
  fs::create_directory_symlink("..", manifests + "/team/loop");
  look();
  EXPECT_EQ(row("sub")->meta.owner, "team/web/a.yml");
  EXPECT_TRUE(row("linked"));
  EXPECT_FALSE(row("hidden"));
}

TEST_F(ManifestsTest, APipeNamedLikeAManifestDoesNotStopIt) {
  ASSERT_EQ(::mkfifo((manifests + "/pipe.yaml").c_str(), 0600), 0);
  write("a.yaml", group("app"));
  look();
  EXPECT_TRUE(row("app"));
  EXPECT_THAT(errors(), HasSubstr("pipe.yaml"));
}

TEST_F(ManifestsTest, AnotherWritersLockIsWaitedOut) {
  write("a.yaml", group("app"));
  auto other = Database::open(store->path(), Database::Mode::read_write);
  ASSERT_TRUE(other->run("BEGIN IMMEDIATE"));
  look();
  EXPECT_EQ(ready().reason, "DatabaseBusy");
  ASSERT_TRUE(other->run("COMMIT"));
  clock.advance(1s);
  test::settle(context, controller);
  EXPECT_TRUE(row("app"));
}

}  // namespace
}  // namespace argos
