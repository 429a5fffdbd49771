// SPDX-License-Identifier: Apache-2.0
// `history`, `undo`, `diff`, `delete`, `describe`, `export`: the real binary against a real panel.
#include "test/cli/running.hpp"
#include "test/model/some_objects.hpp"

namespace argos::test {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

struct HistoryCommands : RunningTest {
  void SetUp() override { ASSERT_EQ(argos({"apply", "-f", "-"}, kApp).status, 0); }
  std::string other(const std::string& domain) {
    return "apiVersion: argos.edge/v1\nkind: Host\nmetadata: {name: app}\nspec: {domain: " + domain + ", targetGroup: app}\n";
  }
  void by_hand(const std::string& statement) {
    const auto done = run({{store->path(), statement}, {}, "", "/", "sqlite3"});
    ASSERT_EQ(done.status, 0) << done.err;
  }
  void from_manifests() {
    std::filesystem::create_directories(folder / "manifests");
    config.manifests_dir = folder / "manifests";
    sql("UPDATE hosts SET managed_by = 'manifest', owner = 'app.yaml'");
  }
  static std::size_t lines(const std::string& text) { return static_cast<std::size_t>(std::ranges::count(text, '\n')); }
};

// ---- history ---------------------------------------------------------------------------------------------------------------

TEST_F(HistoryCommands, HistorySaysWhoByWhichWayAndWhichFields) {
  argos({"apply", "-f", "-"}, other("b.example.com"));
  by_hand("UPDATE hosts SET enabled = 0");
  argos({"delete", "targetgroup/app"});
  const auto ran = argos({"history"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.out, StartsWith("REVISION  WHEN"));
  EXPECT_EQ(lines(ran.out), 6U);
  EXPECT_THAT(ran.out, ::testing::ContainsRegex("5 .* deleted  targetgroup/app .* argos delete"));
  EXPECT_THAT(ran.out, ::testing::ContainsRegex("4 .* changed  host/app .* outside .* spec.enabled"));
  EXPECT_THAT(ran.out, ::testing::ContainsRegex("3 .* changed  host/app .* argos apply .* spec.domain"));
  EXPECT_THAT(ran.out, ::testing::ContainsRegex("2 .* created  host/app .* argos apply"));
}

TEST_F(HistoryCommands, HistoryIsOfOneObjectInPages) {
  argos({"apply", "-f", "-"}, other("b.example.com"));
  for (const auto& typed : {std::vector<std::string>{"history", "host", "app"}, {"history", "host/app"}, {"history", "hosts"}})
    EXPECT_EQ(lines(argos(typed).out), 3U);
  EXPECT_EQ(lines(argos({"history", "--limit", "1"}).out), 2U);
  EXPECT_THAT(argos({"history", "--limit", "1", "--before", "3"}).out, HasSubstr("\n2 "));
  EXPECT_EQ(boost::json::parse(argos({"history", "-o", "json"}).out).at("items").as_array().size(), 3U);
}

// ---- undo ------------------------------------------------------------------------------------------------------------------

TEST_F(HistoryCommands, UndoPutsItBackAndSaysSo) {
  argos({"apply", "-f", "-"}, other("b.example.com"));
  const auto dry = argos({"undo", "host", "app", "--dry-run"});
  EXPECT_THAT(dry.out, AllOf(StartsWith("host/app restored: as it was before revision 3 (dry run)\n"),
                             HasSubstr("\n-  domain: b.example.com\n+  domain: app.example.com\n")));
  EXPECT_EQ(count("SELECT max(seq) FROM changes"), 3);
  const auto ran = argos({"undo", "host/app"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.out, "host/app restored: as it was before revision 3\nthis is revision 4\n");
  EXPECT_EQ(count("SELECT count(*) FROM hosts WHERE domain = 'app.example.com'"), 1);
  EXPECT_EQ(argos({"undo", "host/app", "--to", "3"}).out,
            "host/app restored: as it was just after revision 3\nthis is revision 5\n");
  EXPECT_EQ(argos({"undo", "host/app", "--to", "3"}).out, "host/app unchanged: it is as it was just after revision 3\n");
}

TEST_F(HistoryCommands, UndoBringsADeletedObjectBack) {
  EXPECT_EQ(argos({"delete", "host", "app"}).out, "host/app deleted\n");
  EXPECT_THAT(argos({"undo", "host", "app"}).out, StartsWith("host/app recreated: as it was before revision 3\n"));
  EXPECT_THAT(argos({"undo", "host", "app"}).out, StartsWith("host/app deleted: there was none before revision 2\n"));
}

TEST_F(HistoryCommands, UndoOfAManifestsObjectPrintsWhatToWriteIntoItsFile) {
  from_manifests();
  sql("UPDATE hosts SET domain = 'b.example.com'");
  const auto ran = argos({"undo", "host", "app"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(lines(ran.err), 1U);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("comes from the manifest"), HasSubstr("put its earlier form into"),
                             HasSubstr("manifests/app.yaml")));
  EXPECT_THAT(ran.out,
              StartsWith("apiVersion: argos.edge/v1\nkind: Host\nmetadata:\n  name: app\nspec:\n  domain: app.example.com\n"));
  EXPECT_EQ(count("SELECT count(*) FROM hosts WHERE domain = 'b.example.com'"), 1);
}

TEST_F(HistoryCommands, WhatCannotBeUndoneIsOneLine) {
  for (const auto& typed : {std::vector<std::string>{"undo", "host", "nobody"},
                            {"undo", "host", "app", "--to", "1"},
                            {"undo", "host", "app", "--to", "99"},
                            {"diff", "--revision", "99"}}) {
    const auto ran = argos(typed);
    EXPECT_EQ(ran.status, 1);
    EXPECT_EQ(lines(ran.err), 1U) << ran.err;
    EXPECT_THAT(ran.out, IsEmpty());
  }
}

// ---- delete ----------------------------------------------------------------------------------------------------------------

TEST_F(HistoryCommands, DeleteOfAManifestsObjectNamesTheFile) {
  from_manifests();
  const auto ran = argos({"delete", "host", "app"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.err, HasSubstr("edit " + (folder / "manifests/app.yaml") + " instead"));
  EXPECT_EQ(count("SELECT count(*) FROM hosts"), 1);
  EXPECT_THAT(argos({"delete", "host", "nobody"}).err, HasSubstr("`argos get hosts`"));
}

// ---- diff ------------------------------------------------------------------------------------------------------------------

TEST_F(HistoryCommands, DiffExits3WithADifferenceAnd0Without) {
  const auto none = argos({"diff", "-f", "-"}, kApp);
  EXPECT_EQ(none.status, 0) << none.err;
  EXPECT_THAT(none.out, IsEmpty());
  folder.write("app.yaml", other("b.example.com"));
  const auto ran = argos({"diff", "-f", "app.yaml"});
  EXPECT_EQ(ran.status, 3);
  EXPECT_THAT(ran.out, StartsWith("--- host/app (argos)\n+++ host/app (app.yaml:1)\n@@ -3,7 +3,7 @@\n"));
  EXPECT_THAT(ran.out, HasSubstr("\n-  domain: app.example.com\n+  domain: b.example.com\n"));
  EXPECT_THAT(ran.out, Not(HasSubstr("\033["))) << "no terminal, no colours";
  EXPECT_EQ(count("SELECT max(seq) FROM changes"), 2);
}

TEST_F(HistoryCommands, WhatArgosHasNotIsAllAdded) {
  const auto ran =
      argos({"diff", "-f", "-"},
            "apiVersion: argos.edge/v1\nkind: Host\nmetadata: {name: new}\nspec: {domain: n.test, targetGroup: app}\n");
  EXPECT_EQ(ran.status, 3);
  EXPECT_THAT(ran.out, StartsWith("--- /dev/null\n+++ host/new (stdin:1)\n@@ -0,0 +1,14 @@\n+apiVersion: argos.edge/v1\n"));
}

TEST_F(HistoryCommands, DiffOfABrokenManifestIs1AndTheRestIsCompared) {
  const auto ran = argos({"diff", "-f", "-"}, other("b.example.com") + "---\nkind: Host\n");
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.err, HasSubstr("stdin:6:1:"));
  EXPECT_THAT(ran.out, HasSubstr("+  domain: b.example.com"));
  EXPECT_EQ(argos({"diff", "-f", "nothing.yaml"}).status, 1);
}

TEST_F(HistoryCommands, ARowThatMakesNoSenseIsADifference) {
  sql("UPDATE hosts SET enabled = 1, tls_mode = 'nonsense'");
  const auto ran = argos({"diff", "-f", "-"}, kApp);
  EXPECT_EQ(ran.status, 3) << "what cannot be read is shown as the default, which is what the manifest wants";
  EXPECT_THAT(ran.err, HasSubstr("spec.tls.mode"));
}

TEST_F(HistoryCommands, DiffOfARevisionIsWhatItChanged) {
  argos({"apply", "-f", "-", "--owner", "ci"}, other("b.example.com"));
  argos({"delete", "host", "app"});
  const auto ran = argos({"diff", "--revision", "3"});
  EXPECT_EQ(ran.status, 3);
  EXPECT_THAT(ran.out,
              AllOf(StartsWith("--- host/app (before revision 3)\n+++ host/app (revision 3, "), HasSubstr("argos apply)"),
                    HasSubstr("-  owner: cli\n+  owner: ci\n"), HasSubstr("+  domain: b.example.com")));
  EXPECT_THAT(argos({"diff", "--revision", "2"}).out, StartsWith("--- /dev/null\n"));
  EXPECT_THAT(argos({"diff", "--revision", "4"}).out, HasSubstr("\n+++ /dev/null\n"));
  sql("INSERT INTO changes (kind, name) VALUES ('hosts', 'app')");
  EXPECT_THAT(argos({"diff", "--revision", "5"}).err, HasSubstr("before argos kept earlier forms"));
}

// ---- describe --------------------------------------------------------------------------------------------------------------

TEST_F(HistoryCommands, DescribeIsAPageOfAllThatIsKnown) {
  program({Kind::host, "app"}, generation("hosts"), Status::no, "RejectedByCaddy");
  const auto host = argos({"describe", "host", "app"});
  EXPECT_EQ(host.status, 0) << host.err;
  EXPECT_THAT(host.out, AllOf(StartsWith("host/app\n  managed by apply (cli), generation 2\n"),
                              HasSubstr("\nSpec\n  domain: app.example.com\n"), HasSubstr("RejectedByCaddy"),
                              HasSubstr("\nTarget group\n"), HasSubstr("targetgroup/app"), HasSubstr("127.0.0.1:9000"),
                              HasSubstr("\nLast changes\n"), HasSubstr("argos apply")));
  const auto group = argos({"describe", "tg/app"});
  EXPECT_THAT(group.out, AllOf(HasSubstr("\nHosts\n"), HasSubstr("host/app"), HasSubstr("app.example.com")));
  const auto asked = boost::json::parse(argos({"describe", "host/app", "-o", "json"}).out);
  EXPECT_EQ(asked.at("references").at(0).at("kind"), "TargetGroup");
  EXPECT_EQ(asked.at("history").as_array().size(), 1U);
}

TEST_F(HistoryCommands, DescribeNamesWhatIsMissing) {
  argos({"delete", "tg", "app"});
  EXPECT_THAT(argos({"describe", "host", "app"}).out, ::testing::ContainsRegex("targetgroup/app .* NotFound"));
  sql("UPDATE hosts SET domain = 'no domain'");
  EXPECT_THAT(argos({"describe", "host", "app"}).out, HasSubstr("\nErrors\n  spec.domain: "));
  const auto nobody = argos({"describe", "host", "nobody"});
  EXPECT_EQ(nobody.status, 1);
  EXPECT_THAT(nobody.err, HasSubstr("there is no host/nobody"));
}

// ---- export ----------------------------------------------------------------------------------------------------------------

TEST_F(HistoryCommands, ExportIsManifestsOfEverythingOrOfSomeKinds) {
  const auto all = argos({"export"});
  EXPECT_EQ(all.status, 0) << all.err;
  EXPECT_THAT(all.out, AllOf(StartsWith("apiVersion: argos.edge/v1\nkind: TargetGroup\n"),
                             HasSubstr("\n---\napiVersion: argos.edge/v1\nkind: Host\n"), Not(HasSubstr("managedBy")),
                             Not(HasSubstr("status:"))));
  EXPECT_THAT(argos({"export", "hosts"}).out, Not(HasSubstr("TargetGroup\n")));
  EXPECT_EQ(boost::json::parse(argos({"export", "-o", "json", "tg", "hosts"}).out).at("items").as_array().size(), 2U);
}

TEST_F(HistoryCommands, ARowThatMakesNoSenseIsLeftOutOfAnExport) {
  sql("UPDATE hosts SET tls_mode = 'nonsense'");
  const auto ran = argos({"export"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.err, HasSubstr("host/app is left out"));
  EXPECT_THAT(ran.out, Not(HasSubstr("kind: Host\n")));
}

TEST_F(HistoryCommands, AnObjectAsDeepAsTheApiTakesCanBeExported) {
  boost::json::value deep = boost::json::array{};
  for (int level = 0; level < 26; ++level) deep = boost::json::array{deep};
  const boost::json::value spec{
      {"domain", "deep.test"}, {"targetGroup", "app"}, {"caddyHandlers", {{{"handler", "x"}, {"deep", deep}}}}};
  ASSERT_EQ(put("/api/v1/hosts/deep", spec).status, 201);
  const auto exported = argos({"export"});
  EXPECT_EQ(exported.status, 0) << exported.err;
  EXPECT_EQ(argos({"diff", "-f", "-"}, exported.out).status, 0);
}

// Whatever there is, `argos export | argos diff -f -` finds nothing, and applying the export changes nothing.
TEST_F(HistoryCommands, AnExportRoundTrips) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SomeObjects some(seed);
    for (int at = 0; at < 8; ++at) {
      const auto name = "some-" + std::to_string(at);
      ASSERT_LT(put("/api/v1/hosts/" + name, to_json_value(some.host())).status, 300);
      ASSERT_LT(put("/api/v1/targetgroups/" + name, to_json_value(some.target_group())).status, 300);
    }
    ASSERT_LT(put("/api/v1/settings/default", to_json_value(some.settings())).status, 300);
    const auto exported = argos({"export"});
    ASSERT_EQ(exported.status, 0) << exported.err;
    const auto compared = argos({"diff", "-f", "-"}, exported.out);
    EXPECT_EQ(compared.status, 0) << compared.err << compared.out;
    EXPECT_THAT(compared.out, IsEmpty());
    const auto before = count("SELECT max(seq) FROM changes");
    const auto applied = argos({"apply", "-f", "-"}, exported.out);
    EXPECT_EQ(applied.status, 0) << applied.err;
    EXPECT_EQ(count("SELECT max(seq) FROM changes"), before) << applied.out;
  }
}

}  // namespace
}  // namespace argos::test
