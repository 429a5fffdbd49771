// SPDX-License-Identifier: Apache-2.0
// Commands that ask a running argos: the real binary against a real panel, whose conditions the test sets.
#include "test/cli/running.hpp"

namespace argos::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(RunningTest, ApplySaysWhatBecameOfEach) {
  const auto first = argos({"apply", "-f", "-"}, kApp);
  EXPECT_EQ(first.status, 0) << first.err;
  EXPECT_EQ(first.out, "host/app created\ntargetgroup/app created\n");
  EXPECT_EQ(argos({"apply", "-f", "-"}, kApp).out, "host/app unchanged\ntargetgroup/app unchanged\n");
}

TEST_F(RunningTest, ApplyReadsFoldersAndSubfolders) {
  folder.write("edge/sub/app.yaml", kApp);
  folder.write("edge/.hidden/no.yaml", "nonsense: [");
  folder.write("edge/readme.txt", "no manifest");
  const auto ran = argos({"apply", "-f", "edge", "--dry-run"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.out, "host/app created (dry run)\ntargetgroup/app created (dry run)\n");
  EXPECT_EQ(count("SELECT count(*) FROM hosts"), 0);
}

TEST_F(RunningTest, ApplyTakesTheGoodAndSaysWhereTheBadIs) {
  folder.write("edge/bad.yaml", "apiVersion: argos.edge/v1\nkind: Host\nmetadata: {name: bad}\nspec: {domian: x}\n");
  folder.write("edge/good.yaml", kApp);
  const auto ran = argos({"apply", "-f", "edge"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.out, HasSubstr("host/app created"));
  EXPECT_THAT(ran.err, HasSubstr("edge/bad.yaml:4:"));
}

TEST_F(RunningTest, AServersRefusalNamesTheFileAndLine) {
  argos({"apply", "-f", "-"}, kApp);
  sql("UPDATE target_groups SET managed_by = 'manifest', owner = 'app.yaml'");
  std::filesystem::create_directories(folder / "manifests");
  config.manifests_dir = folder / "manifests";
  folder.write("app.yaml", kApp);
  const auto ran = argos({"apply", "-f", "app.yaml"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.out, HasSubstr("host/app unchanged"));
  EXPECT_THAT(ran.err, AllOf(HasSubstr("app.yaml:6:1: targetgroup/app refused"), HasSubstr("manifests/app.yaml")));
}

TEST_F(RunningTest, AServersFieldErrorNamesTheFieldsLine) {
  folder.write("a.yaml", kApp);
  folder.write("b.yaml", std::string("# again\n") + kApp);
  const auto ran = argos({"apply", "-f", "a.yaml", "-f", "b.yaml"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("b.yaml:4:18: host/app refused: metadata.name: host/app is in this list twice"),
                             HasSubstr("b.yaml:9:18: targetgroup/app refused")));
}

TEST_F(RunningTest, PruneTakesItsOwnAndKeepsWhatIsBroken) {
  folder.write("edge/a.yaml", kApp);
  folder.write("edge/b.yaml",
               "apiVersion: argos.edge/v1\nkind: Host\nmetadata: {name: b}\nspec: {domain: b.example.com, targetGroup: app}\n");
  folder.write("edge/c.yaml",
               "apiVersion: argos.edge/v1\nkind: Host\nmetadata: {name: c}\nspec: {domain: c.example.com, targetGroup: app}\n");
  ASSERT_EQ(argos({"apply", "-f", "edge", "--owner", "ci"}).status, 0);
  folder.write("edge/b.yaml", "apiVersion: argos.edge/v1\nkind: Host\nmetadata: {name: b}\nspec: {domain: 'b b'}\n");
  std::filesystem::remove(folder / "edge/c.yaml");
  const auto ran = argos({"apply", "-f", "edge", "--owner", "ci", "--prune"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("host/c pruned"), Not(HasSubstr("host/b"))));
  EXPECT_EQ(count("SELECT count(*) FROM hosts WHERE name = 'b' AND domain = 'b.example.com'"), 1);
}

TEST_F(RunningTest, NothingIsPrunedWhileAFileCannotBeRead) {
  folder.write("edge/a.yaml", kApp);
  folder.write("edge/b.yaml",
               "apiVersion: argos.edge/v1\nkind: Host\nmetadata: {name: b}\nspec: {domain: b.example.com, targetGroup: app}\n");
  ASSERT_EQ(argos({"apply", "-f", "edge"}).status, 0);
  folder.write("edge/b.yaml", "\t: nonsense: [");
  const auto ran = argos({"apply", "-f", "edge", "--prune"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.err, HasSubstr("nothing is pruned"));
  EXPECT_EQ(count("SELECT count(*) FROM hosts"), 2);
}

TEST_F(RunningTest, GetIsATable) {
  argos({"apply", "-f", "-"}, kApp);
  program({Kind::host, "app"}, generation("hosts"));
  const auto hosts = argos({"get", "hosts"});
  EXPECT_EQ(hosts.status, 0) << hosts.err;
  EXPECT_THAT(hosts.out,
              AllOf(HasSubstr("NAME  DOMAIN"), HasSubstr("app.example.com"), HasSubstr("True"), HasSubstr("apply:cli")));
  EXPECT_THAT(argos({"get", "tg", "app"}).out, HasSubstr("127.0.0.1:9000"));
  EXPECT_EQ(argos({"get", "settings"}).status, 0);
  EXPECT_EQ(argos({"get", "host", "nobody"}).status, 1);
  EXPECT_THAT(argos({"get", "host", "no such/one?"}).err, HasSubstr("there is nothing at /api/v1/hosts/no such/one?"));
}

TEST_F(RunningTest, GetAsYamlCanBeAppliedAgain) {
  argos({"apply", "-f", "-"}, kApp);
  const auto hosts = argos({"get", "hosts", "-o", "yaml"}).out, groups = argos({"get", "targetgroups", "-o", "yaml"}).out;
  const auto again = argos({"apply", "-f", "-"}, hosts + "---\n" + groups);
  EXPECT_EQ(again.status, 0) << again.err << hosts << groups;
  EXPECT_EQ(again.out, "host/app unchanged\ntargetgroup/app unchanged\n");
}

TEST_F(RunningTest, StatusIs1UntilEveryControllerIsReady) {
  EXPECT_EQ(argos({"status"}).status, 0);
  ready("caddy", Status::no, "CaddyUnreachable", "nobody answers at localhost:2019");
  argos({"apply", "-f", "-"}, kApp);
  found({Kind::host, "app"}, "Accepted", Status::no, "NoTargetGroup", generation("hosts"));
  reports.publish("manifests", {{"folder", "/m"},
                                {"files",
                                 {{{"file", "x.yaml"},
                                   {"objects", boost::json::array{}},
                                   {"errors", {{{"line", 3}, {"column", 1}, {"message", "spec.domian: no"}, {"hint", ""}}}}}}},
                                {"errorCount", 1}});
  const auto ran = argos({"status"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("CaddyUnreachable"), HasSubstr("host/app"), HasSubstr("NoTargetGroup"),
                             HasSubstr("/m/x.yaml:3:1")));
  EXPECT_THAT(ran.out, Not(HasSubstr("\033[")));  // no terminal, no colours
  EXPECT_EQ(json(HttpResponse{200, {}, argos({"status", "-o", "json"}).out}).at("controllers").as_array().size(), 3U);
}

TEST_F(RunningTest, StatusShowsWhatIsWrongAroundArgos) {
  manager.add<Idle>("surroundings");
  const Key around{Kind::controller, "surroundings"};
  conditions.set(around, {"Ready", Status::yes, "Reconciled", "", 0, {}});
  conditions.set(around, {"ClockPlausible", Status::yes, "AsItShouldBe", "it is now", 0, {}});
  EXPECT_THAT(argos({"status"}).out, Not(HasSubstr("SURROUNDINGS")));
  conditions.set(around, {"SpaceLeft", Status::no, "SpaceLow", "12 MiB are free at /data", 0, {}});
  const auto ran = argos({"status"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("SpaceLeft"), HasSubstr("SpaceLow"), HasSubstr("12 MiB are free at /data"),
                             Not(HasSubstr("ClockPlausible"))));
}

TEST_F(RunningTest, WaitIsDoneWhenTheConditionIs) {
  EXPECT_EQ(argos({"wait", "--timeout", "1s"}).status, 0);
  argos({"apply", "-f", "-"}, kApp);
  bool told = false;
  const auto ran = argos({"wait", "--for=condition=Ready", "host/app", "--timeout", "20s"}, "", [&] {
    if (!std::exchange(told, true)) program({Kind::host, "app"}, generation("hosts"));
  });
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.out, "host/app condition met\n");
}

TEST_F(RunningTest, WaitListensAndDoesNotAskAgainAndAgain) {
  constexpr int kLong = 40;  // steps of the loop in which nothing happens
  argos({"apply", "-f", "-"}, kApp);
  int asked = 0, still = 0;
  const auto counted = [&, handler = make_handler(context)](Request request) {
    ++asked;
    return handler(std::move(request));
  };
  HttpServer counting(loop.executor(), counted, {}, make_gate(context));
  std::filesystem::create_directory(folder / "elsewhere");
  ASSERT_TRUE(counting.listen(folder / "elsewhere/argos.sock"));
  const auto ran = run({{"wait", "host/app", "--timeout", "20s"}, {{"ARGOS_DATA_DIR", folder / "elsewhere"}}, ""}, [&] {
    loop.step();
    if (events.readers() == 1 && ++still == kLong) program({Kind::host, "app"}, generation("hosts"));
  });
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_LE(asked, 8) << "once before it listens, once after, and when something was told";
}

TEST_F(RunningTest, WaitGoesOnWhereTheEventsBreakOff) {
  argos({"apply", "-f", "-"}, kApp);
  auto other = std::make_unique<HttpServer>(loop.executor(), make_handler(context), HttpLimits{}, make_gate(context));
  std::filesystem::create_directory(folder / "elsewhere");
  const auto socket = folder / "elsewhere/argos.sock";
  ASSERT_TRUE(other->listen(socket));
  bool broken = false;
  const auto ran = run({{"wait", "host/app", "--timeout", "20s"}, {{"ARGOS_DATA_DIR", folder / "elsewhere"}}, ""}, [&] {
    loop.step();
    if (broken || events.readers() == 0) return;
    broken = true;
    other = std::make_unique<HttpServer>(loop.executor(), make_handler(context), HttpLimits{}, make_gate(context));
    ASSERT_TRUE(other->listen(socket));
    program({Kind::host, "app"}, generation("hosts"));
  });
  EXPECT_TRUE(broken);
  EXPECT_EQ(ran.status, 0) << ran.err;
}

TEST_F(RunningTest, AStaleReadyDoesNotCount) {
  argos({"apply", "-f", "-"}, kApp);
  program({Kind::host, "app"}, generation("hosts") - 1);
  const auto ran = argos({"wait", "host/app", "--timeout", "300ms"});
  EXPECT_EQ(ran.status, 4);
  EXPECT_THAT(ran.err, HasSubstr("newest form"));
}

TEST_F(RunningTest, WaitNamesWhatIsMissing) {
  EXPECT_THAT(argos({"wait", "host/nobody", "--timeout", "200ms"}).err, HasSubstr("host/nobody: does not exist"));
  ready("caddy", Status::no, "CaddyUnreachable", "nobody answers");
  const auto ran = argos({"wait", "--all", "--timeout", "200ms"});
  EXPECT_EQ(ran.status, 4);
  EXPECT_THAT(ran.err, HasSubstr("controller/caddy: Ready is False: CaddyUnreachable: nobody answers"));
  EXPECT_EQ(argos({"wait", "--for=condition=Ready=False", "controller/caddy", "--timeout", "1s"}).status, 0);
}

TEST_F(RunningTest, WithoutADataFolderTheOneOfMakeUpIsUsed) {
  std::filesystem::create_directory(folder / "var");
  std::filesystem::create_symlink(socket_path, folder / "var/argos.sock");
  const auto ran = run({{"status"}, {}, "", folder.path().string()}, [&] { loop.step(); });
  EXPECT_EQ(ran.status, 0) << ran.err;
}

// On a terminal of its own; the panel tells how far it is, and the backup ends when the bar was seen.
TEST_F(RunningTest, ABackupShowsABarWithTheTimeThatIsLeft) {
  const auto seen = folder / "typescript";
  std::int64_t done = 0;
  const auto meanwhile = [&] {
    loop.step();
    if (count("SELECT count(*) FROM requests WHERE verb = 'backup' AND state = 'pending'") == 0) return;
    const auto id = count("SELECT max(id) FROM requests");
    reports.publish("backups", {{"running",
                                 {{"request", id},
                                  {"phase", "archive"},
                                  {"doneBytes", ++done},
                                  {"totalBytes", std::int64_t{1} << 40},
                                  {"etaSeconds", 7}}}});
    const auto screen = read_file(seen);
    if (!screen || screen->find(" s left") == std::string::npos) return;
    sql("UPDATE requests SET state = 'done', message = 'made', finished_at = '2026-11-23T00:00:00Z' WHERE id = " +
        std::to_string(id));
  };
  const Child terminal{{"-qefc", argos_binary() + std::string(" backup now"), seen},
                       {{"ARGOS_DATA_DIR", folder.path().string()}},
                       "",
                       folder.path().string(),
                       "script"};
  const auto ran = run(terminal, meanwhile);
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("archive 0 % of 1.0 TiB, "), HasSubstr(" s left"), HasSubstr("made")));
}

}  // namespace
}  // namespace argos::test
