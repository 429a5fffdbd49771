// SPDX-License-Identifier: Apache-2.0
#include "controllers/manifests.hpp"

#include <array>
#include <optional>
#include <set>

#include <sys/inotify.h>
#include <unistd.h>

#include <spdlog/fmt/fmt.h>

#include "runtime/drift_report.hpp"
#include "runtime/rows.hpp"
#include "runtime/suspensions.hpp"
#include "test/support/support.hpp"

namespace argos {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

std::string group(const std::string& name, int port = 8080) {
  return fmt::format(
      "apiVersion: argos.edge/v1\nkind: TargetGroup\nmetadata: {{name: {}}}\nspec:\n  targets: [{{host: 127.0.0.1, port: "
      "{}}}]\n---\n",
      name, port);
}

// Which files of a folder are opened from now on; of a file, "" when it is.
class Opened {
 public:
  explicit Opened(const std::string& path) : events_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
    if (::inotify_add_watch(events_, path.c_str(), IN_OPEN) < 0) throw std::runtime_error("cannot watch " + path);
  }
  ~Opened() { ::close(events_); }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
  std::set<std::string> files() const {
    std::set<std::string> out;
    alignas(inotify_event) std::array<char, 16384> bytes{};
    const auto count = ::read(events_, bytes.data(), bytes.size());
    for (ssize_t at = 0; at < count;) {
      const auto* const event = reinterpret_cast<const inotify_event*>(&bytes[static_cast<std::size_t>(at)]);
      if ((event->mask & IN_ISDIR) == 0) out.insert(event->len == 0 ? "" : event->name);
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
    }
    return out;
  }

 private:
  int events_;
};

struct ManifestsTest : testing::Test {
  test::TempFolder folder;
  std::string manifests = folder / "manifests";
  boost::asio::io_context context;
  test::ManualClock clock;
  Conditions conditions{clock};
  Reports reports;
  Secrets secrets{KeyRing(std::string(64, 'a'), {})};
  Workers workers;
  std::unique_ptr<Store> store = test::ready_store(folder / "argos.db");
  Database other = *Database::open(folder / "argos.db", Database::Mode::read_write, 1000);
  std::optional<Controller> controller;

  // Nothing in the folder has changed just then.
  const WallTime later = std::chrono::system_clock::now() + 1h;

  void SetUp() override {
    fs::create_directories(manifests);
    restart();
  }
  void restart() {
    controller.emplace(std::make_unique<Manifests>(*store, workers, conditions, reports, clock, secrets, manifests), conditions,
                       clock);
  }
  ManifestFolder read(const ManifestFolder& before, WallTime now) {
    return read_folder({manifests, secrets.ring(), clock.wall()}, before, now);
  }
  void write(const std::string& file, const std::string& text) { folder.write("manifests/" + file, text); }
  void look() {
    controller->mark(controller->key(), "test");
    test::settle(context, *controller);
  }
  // Long enough for what is gone to be believed.
  void look_twice() {
    look();
    clock.advance(kSettle);
    test::settle(context, *controller);
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
  const Condition& ready() { return *conditions.find(controller->key(), "Ready"); }
  // As a person would: another connection, with nothing of ours set up.
  void sql(const std::string& statement) {
    ASSERT_TRUE(other.script(statement)) << statement;
    store->poll_others();
  }
  // "/hosts/app/domain: \"a\" -> \"b\" healed" each, by path; open ones with "(open)".
  std::string findings() {
    std::string out;
    const auto rows = other.query("SELECT path, wanted, found, action, times, open FROM findings ORDER BY path");
    for (const auto& row : *rows) {
      out += fmt::format("{}{}: {} -> {} {} x{}{}", out.empty() ? "" : "; ", row.at("path").as_string().c_str(),
                         row.at("wanted").as_string().c_str(), row.at("found").as_string().c_str(),
                         row.at("action").as_string().c_str(), row.at("times").as_int64(),
                         row.at("open").as_int64() == 1 ? " (open)" : "");
    }
    return out;
  }
  void policy(const std::string& word) {
    write("settings.yaml", fmt::format("apiVersion: argos.edge/v1\nkind: Settings\nmetadata: {{name: default}}\nspec: {{drift: "
                                       "{{manifests: {}}}}}\n",
                                       word));
    look();
  }
  void suspended(const std::string& name, bool now) {
    ASSERT_TRUE(store->write(Actor{"alice", ""}, [&](Database& database) -> Result<> {
      const Key key{Kind::target_group, name};
      const auto done = now ? suspend(database, key, "", "alice", clock.wall()) : resume(database, key);
      if (!done) return done.error();
      return {};
    }));
  }
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

TEST_F(ManifestsTest, AnErrorIsReportedWithItsLinesAndWithoutSecrets) {
  write("a.yaml", "apiVersion: argos.edge/v1\nkind: Certificate\nmetadata: {name: app}\nspec:\n  key: hunter2\n  hots: app\n");
  look();
  EXPECT_THAT(errors(), HasSubstr(R"("lines":[{"number":5,"text":"  key: ***"},{"number":6,"text":"  hots: app"}])"));
  EXPECT_THAT(errors(), Not(HasSubstr("hunter2")));
}

TEST_F(ManifestsTest, AnEditChangesTheRow) {
  write("a.yaml", group("app", 1));
  look();
  write("a.yaml", group("app", 2));
  look();
  EXPECT_EQ(row("app")->spec.targets.front().port, 2);
}

TEST_F(ManifestsTest, AnEditOfTheSameLengthWithinOneTickOfTheClockIsSeen) {
  const auto soon = std::chrono::system_clock::now();
  write("a.yaml", group("app", 1111));
  const auto before = read({}, soon);
  write("a.yaml", group("app", 2222));
  EXPECT_FALSE(read(before, soon).holds_the_same_as(before));
}

TEST_F(ManifestsTest, AFileIsOpenedAgainOnlyWhereItMoved) {
  write("a.yaml", group("app", 1111));
  write("b.yaml", group("other"));
  const auto before = read({}, later);
  write("b.yaml", group("another"));
  fs::rename(folder.write("next", group("app", 2222)), manifests + "/c.yaml");
  const Opened opened(manifests);
  const auto now = read(before, later);
  EXPECT_THAT(opened.files(), testing::UnorderedElementsAre("b.yaml", "c.yaml"));
  EXPECT_EQ(now.files.at("a.yaml"), before.files.at("a.yaml"));
}

TEST_F(ManifestsTest, AFileThatCouldNotBeReadIsTriedAgainThoughItDidNotMove) {
  write("a.yaml", "");
  const auto before = read({}, later);
  const Opened opened(manifests);
  (void)read(before, later);
  EXPECT_THAT(opened.files(), testing::ElementsAre("a.yaml"));
}

TEST_F(ManifestsTest, AFileThatAnotherRefersToIsReadEachTime) {
  write("a.yaml",
        "apiVersion: argos.edge/v1\nkind: Certificate\nmetadata: {name: app}\n"
        "spec: {host: app, certificateFile: a.crt, keyFile: a.key}\n");
  write("a.crt", "1");
  const auto before = read({}, later);
  EXPECT_TRUE(read(before, later).holds_the_same_as(before));
  write("a.crt", "2");
  EXPECT_FALSE(read(before, later).holds_the_same_as(before));
}

TEST_F(ManifestsTest, OnceInAWhileAFileIsReadThoughItDidNotMove) {
  constexpr auto kOld = "/etc/os-release";
  fs::create_symlink(kOld, manifests + "/a.yaml");
  look();
  const Opened opened(kOld);
  look();
  EXPECT_TRUE(opened.files().empty());
  clock.advance(kReadThrough);
  look();
  EXPECT_FALSE(opened.files().empty());
}

TEST_F(ManifestsTest, ALookThatFindsNothingNewWritesNothing) {
  write("a.yaml", group("app"));
  look();
  const auto before = row("app")->meta.generation;
  look();
  EXPECT_EQ(row("app")->meta.generation, before);
}

TEST_F(ManifestsTest, ALinkedFolderThatIsAwayTakesNothingWithIt) {
  const test::TempFolder mounted;
  fs::create_directory(mounted / "sites");
  mounted.write("sites/app.yaml", group("app"));
  fs::create_symlink(mounted / "sites", manifests + "/sites");
  write("keep.yaml", group("keep"));
  look();
  ASSERT_TRUE(row("app"));
  fs::rename(mounted / "sites", mounted / "away");
  look_twice();
  EXPECT_TRUE(row("app"));
  EXPECT_EQ(conditions.find(controller->key(), "Ready")->reason, "FolderNotReadable");
  fs::rename(mounted / "away", mounted / "sites");
  look_twice();
  EXPECT_EQ(conditions.find(controller->key(), "Ready")->reason, "Reconciled");
}

TEST_F(ManifestsTest, AnObjectTakenOutIsDeletedOnceItStaysGone) {
  write("a.yaml", group("app") + group("other"));
  look();
  write("a.yaml", group("other"));
  look();
  EXPECT_TRUE(row("app")) << "an editor may be in the middle of it";
  clock.advance(kSettle);
  test::settle(context, *controller);
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
  EXPECT_TRUE(conditions.is_true(controller->key(), "Stalled"));
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

TEST_F(ManifestsTest, AManifestObjectThatSomebodyElseChangedIsPutBackAndFound) {
  write("a.yaml", group("app", 8080));
  look();
  sql("UPDATE target_groups SET algorithm = 'random', targets = "
      "'[{\"host\":\"127.0.0.1\",\"port\":1,\"weight\":1,\"enabled\":true}]'");
  EXPECT_EQ(row("app")->spec.algorithm, Algorithm::random);
  look();
  EXPECT_EQ(row("app")->spec.algorithm, Algorithm::round_robin);
  EXPECT_EQ(findings(),
            "/targetgroups/app/algorithm: \"round_robin\" -> \"random\" healed x1; /targetgroups/app/targets/0/port: 8080 -> 1 "
            "healed x1");
  sql("UPDATE target_groups SET algorithm = 'random'");
  look();
  EXPECT_THAT(findings(), HasSubstr("/targetgroups/app/algorithm: \"round_robin\" -> \"random\" healed x2;"));
}

TEST_F(ManifestsTest, AManifestObjectChangedOverAndOverIsPutBackEachTime) {
  write("a.yaml", group("app", 1));
  look();
  for (int port = 2; port < 5; ++port) {
    ASSERT_TRUE(other.run(fmt::format("UPDATE target_groups SET targets = json_set(targets, '$[0].port', {})", port)));
    look();
    EXPECT_EQ(row("app")->spec.targets.front().port, 1);
  }
}

TEST_F(ManifestsTest, ManyObjectsChangedAtOnceAreAllPutBack) {
  constexpr int kMany = 150;  // more than are looked at one by one
  std::string text;
  for (int at = 0; at < kMany; ++at) text += group(fmt::format("g{}", at), 1);
  write("a.yaml", text);
  look();
  ASSERT_TRUE(other.run("UPDATE target_groups SET targets = json_set(targets, '$[0].port', 2)"));
  look();
  EXPECT_EQ(*other.number("SELECT count(*) FROM target_groups WHERE json_extract(targets, '$[0].port') = 1"), kMany);
}

TEST_F(ManifestsTest, AFileAndARowThatChangeInTurnsAreEachSeen) {
  for (int port = 1; port < 4; ++port) {
    write("a.yaml", group("app", port));
    look();
    EXPECT_EQ(row("app")->spec.targets.front().port, port);
    ASSERT_TRUE(other.run("DELETE FROM target_groups"));
    look();
    ASSERT_TRUE(row("app"));
    EXPECT_EQ(row("app")->spec.targets.front().port, port);
  }
}

TEST_F(ManifestsTest, WhatMakesNoSenseIsFoundAsItIsAndPutBack) {
  write("a.yaml", group("app"));
  look();
  sql("UPDATE target_groups SET algorithm = 'dice', targets = '{}', owner = 'b.yaml'");
  look();
  EXPECT_EQ(
      findings(),
      "/targetgroups/app/algorithm: \"round_robin\" -> \"dice\" healed x1; /targetgroups/app/owner: \"a.yaml\" -> \"b.yaml\" "
      "healed x1; /targetgroups/app/targets: "
      "[{\"host\":\"127.0.0.1\",\"port\":8080,\"weight\":1,\"enabled\":true}] -> {} healed x1");
  EXPECT_TRUE(row("app")->errors.empty());
}

TEST_F(ManifestsTest, AManifestObjectThatSomebodyElseDeletedIsPutBack) {
  write("a.yaml", group("app"));
  look();
  sql("DELETE FROM target_groups");
  look();
  EXPECT_TRUE(row("app"));
  EXPECT_THAT(findings(), testing::MatchesRegex(R"(/targetgroups/app: \{.* ->  healed x1)"));
}

TEST_F(ManifestsTest, AManifestObjectThatSomebodyElseTookOverIsTakenBack) {
  write("a.yaml", group("app"));
  look();
  sql("UPDATE target_groups SET managed_by = 'panel'");
  look();
  EXPECT_EQ(row("app")->meta.managed_by, ManagedBy::manifest);
  EXPECT_EQ(findings(), "/targetgroups/app/managedBy: \"manifest\" -> \"panel\" healed x1");
}

TEST_F(ManifestsTest, WhatIsArgosOwnIsAnErrorOfTheFileUntilItIsNoMore) {
  put_row("argos-panel", ManagedBy::system, "", 8080);
  write("a.yaml", group("argos-panel", 1) + group("app"));
  look();
  EXPECT_EQ(row("argos-panel")->meta.managed_by, ManagedBy::system);
  EXPECT_EQ(row("argos-panel")->spec.targets.at(0).port, 8080);
  EXPECT_TRUE(row("app"));
  const auto report = boost::json::serialize(*reports.find("manifests"));
  EXPECT_THAT(report, testing::AllOf(HasSubstr("ManagedBySystem"), HasSubstr("targetgroup/argos-panel is argos' own"),
                                     HasSubstr("ARGOS_PANEL_UPSTREAM"), HasSubstr("\"line\":1")));
  sql("DELETE FROM target_groups WHERE name = 'argos-panel'");
  look();
  EXPECT_EQ(row("argos-panel")->meta.managed_by, ManagedBy::manifest) << "ARGOS_PANEL_MODE is lan again";
}

TEST_F(ManifestsTest, WhatArgosTakesOverFromAFileIsNotTakenBackNorDeletedWithIt) {
  write("a.yaml", group("argos-panel", 1));
  write("b.yaml", group("app"));
  look();
  put_row("argos-panel", ManagedBy::system, "", 8080);
  look();
  EXPECT_EQ(row("argos-panel")->meta.managed_by, ManagedBy::system);
  write("a.yaml", "no: manifest\n");  // its last good form stays nobody's
  look_twice();
  EXPECT_EQ(row("argos-panel")->spec.targets.at(0).port, 8080);
  fs::remove(manifests + "/a.yaml");
  look_twice();
  ASSERT_TRUE(row("argos-panel"));
  EXPECT_EQ(row("argos-panel")->meta.managed_by, ManagedBy::system);
}

TEST_F(ManifestsTest, ARowThatOnlyPretendsToComeFromAFileIsDeletedAndFound) {
  write("a.yaml", group("app"));
  look();
  put_row("ghost", ManagedBy::manifest, "a.yaml");
  look_twice();
  EXPECT_FALSE(row("ghost"));
  EXPECT_THAT(findings(), testing::MatchesRegex(R"(/targetgroups/ghost:  -> \{.* healed x1)"));
}

TEST_F(ManifestsTest, AChangeOfTheFileIsNoFindingEvenWhereSomebodyChangedTheRowToo) {
  write("a.yaml", group("app", 1));
  look();
  write("a.yaml", group("app", 2));
  look();
  sql("UPDATE target_groups SET algorithm = 'random'");
  write("a.yaml", group("app", 3));
  look();
  EXPECT_EQ(row("app")->spec.targets.front().port, 3);
  EXPECT_EQ(row("app")->spec.algorithm, Algorithm::round_robin);
  EXPECT_EQ(findings(), "");
}

TEST_F(ManifestsTest, TheLastGoodFormIsPutBackTooWhileTheFileIsNotValid) {
  write("a.yaml", group("app", 1));
  look();
  write("a.yaml", group("app", 70000));
  look();
  sql("UPDATE target_groups SET algorithm = 'random', owner = 'elsewhere.yaml'");
  look_twice();
  EXPECT_EQ(row("app")->spec.algorithm, Algorithm::round_robin);
  sql("DELETE FROM target_groups");
  look_twice();
  ASSERT_TRUE(row("app"));
  EXPECT_EQ(row("app")->spec.targets.front().port, 1);
}

TEST_F(ManifestsTest, PolicyReportLeavesItUntilTheFileChanges) {
  policy("report");
  write("a.yaml", group("app"));
  look();
  sql("UPDATE target_groups SET algorithm = 'random'");
  look();
  look();
  EXPECT_EQ(row("app")->spec.algorithm, Algorithm::random);
  EXPECT_EQ(findings(), "/targetgroups/app/algorithm: \"round_robin\" -> \"random\" reported x1 (open)");

  Controller next{std::make_unique<Manifests>(*store, workers, conditions, reports, clock, secrets, manifests), conditions,
                  clock};
  next.mark(next.key(), "another run");
  test::settle(context, next);
  EXPECT_EQ(row("app")->spec.algorithm, Algorithm::random) << "the other run knows it too";

  write("a.yaml", group("app", 9));
  look();
  EXPECT_EQ(row("app")->spec.algorithm, Algorithm::round_robin);
  EXPECT_EQ(findings(), "/targetgroups/app/algorithm: \"round_robin\" -> \"random\" reported x1");
}

TEST_F(ManifestsTest, PolicyReportLeavesADeletedAndATakenOverOneToo) {
  policy("report");
  write("a.yaml", group("app") + group("two"));
  look();
  sql("DELETE FROM target_groups WHERE name = 'app'; UPDATE target_groups SET managed_by = 'apply', owner = 'me'");
  look_twice();
  EXPECT_FALSE(row("app"));
  EXPECT_EQ(row("two")->meta.managed_by, ManagedBy::apply);
  write("a.yaml", "# none\n");
  look_twice();
  EXPECT_TRUE(row("two")) << "what others own is never deleted";
  EXPECT_EQ(*other.number("SELECT count(*) FROM remembered WHERE key LIKE 'manifest/target_groups/%'"), 0);
}

TEST_F(ManifestsTest, ThePolicyIsTheFilesNotThatOfWhoeverChangedItsRow) {
  policy("heal");
  sql("UPDATE settings SET drift_manifests = 'report'");
  look();
  EXPECT_EQ(findings(), "/settings/default/drift/manifests: \"heal\" -> \"report\" healed x1");
}

TEST_F(ManifestsTest, WithoutSettingsInAFileTheRowSaysIt) {
  sql("INSERT INTO settings (name, drift_manifests) VALUES ('default', 'report')");
  write("a.yaml", group("app"));
  look();
  sql("UPDATE target_groups SET algorithm = 'random'");
  look();
  EXPECT_EQ(row("app")->spec.algorithm, Algorithm::random);
  sql("UPDATE settings SET drift_manifests = 'heal'");
  look();
  EXPECT_EQ(row("app")->spec.algorithm, Algorithm::round_robin);
  EXPECT_EQ(findings(), "/targetgroups/app/algorithm: \"round_robin\" -> \"random\" healed x1") << "seen once, then put right";
}

TEST_F(ManifestsTest, ASuspendedObjectIsLeftAloneAndPutRightWhenItIsResumed) {
  write("a.yaml", group("app"));
  look();
  suspended("app", true);
  sql("UPDATE target_groups SET algorithm = 'random'");
  look();
  EXPECT_EQ(row("app")->spec.algorithm, Algorithm::random);
  EXPECT_EQ(findings(), "/targetgroups/app/algorithm: \"round_robin\" -> \"random\" suspended x1 (open)");
  write("a.yaml", group("app", 2));
  look();
  EXPECT_EQ(row("app")->spec.targets.front().port, 8080) << "its file is as little heard as anybody";
  suspended("app", false);
  look();
  EXPECT_EQ(row("app")->spec.targets.front().port, 2);
  EXPECT_EQ(row("app")->spec.algorithm, Algorithm::round_robin);
  EXPECT_THAT(findings(), testing::Not(HasSubstr("(open)")));
}

TEST_F(ManifestsTest, ASuspendedObjectIsNeitherDeletedNorPutAgain) {
  write("a.yaml", group("app") + group("two") + group("three"));
  look();
  suspended("app", true);
  suspended("two", true);
  sql("DELETE FROM target_groups WHERE name = 'two'");
  write("a.yaml", group("two") + group("three"));
  look_twice();
  look_twice();
  EXPECT_TRUE(row("app"));
  EXPECT_FALSE(row("two"));
  suspended("app", false);
  suspended("two", false);
  look_twice();
  EXPECT_FALSE(row("app"));
  EXPECT_TRUE(row("two"));
}

TEST_F(ManifestsTest, WithNothingToDoNothingIsWritten) {
  policy("report");
  write("a.yaml", group("app") + group("two"));
  look();
  suspended("two", true);
  sql("UPDATE target_groups SET algorithm = 'random'");
  look();
  const auto version = [&] { return *other.number("PRAGMA data_version"); };
  const auto before = version();
  look();
  look();
  EXPECT_EQ(version(), before);
}

TEST_F(ManifestsTest, WhatWasAppliedAndChangedByHandIsNobodysDrift) {
  put_row("mine", ManagedBy::apply, "cli");
  write("a.yaml", group("app"));
  look();
  sql("UPDATE target_groups SET algorithm = 'random' WHERE name = 'mine'");
  look_twice();
  EXPECT_EQ(row("mine")->spec.algorithm, Algorithm::random);
  EXPECT_EQ(findings(), "");
  EXPECT_EQ(*other.number("SELECT count(*) FROM changes WHERE name = 'mine' AND what = 'changed' AND actor = 'outside'"), 1);
}

TEST_F(ManifestsTest, ADatabaseFromBeforeItRememberedIsTakenAsItIs) {
  write("a.yaml", group("app"));
  look();
  const auto before = row("app")->meta.generation;
  sql("DELETE FROM remembered");
  restart();
  look();
  EXPECT_EQ(row("app")->meta.generation, before);
  sql("DELETE FROM remembered; UPDATE target_groups SET algorithm = 'random'");
  restart();
  look();
  EXPECT_EQ(row("app")->spec.algorithm, Algorithm::round_robin);
  EXPECT_EQ(findings(), "") << "nobody can tell whose doing it was";
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
  ASSERT_TRUE(other.run("BEGIN IMMEDIATE"));
  look();
  EXPECT_EQ(ready().reason, "DatabaseBusy");
  ASSERT_TRUE(other.run("COMMIT"));
  clock.advance(1s);
  test::settle(context, *controller);
  EXPECT_TRUE(row("app"));
}

}  // namespace
}  // namespace argos
