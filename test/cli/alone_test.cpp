// SPDX-License-Identifier: Apache-2.0
// The command line with nothing running: help, usage errors, exit statuses, config, version, schema.
#include <boost/json.hpp>

#include "test/cli/child.hpp"

namespace argos::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

Ran argos(std::vector<std::string> arguments, std::map<std::string, std::string> environment = {}) {
  return run({std::move(arguments), std::move(environment), "", "/"});
}
std::size_t lines(const std::string& text) { return static_cast<std::size_t>(std::ranges::count(text, '\n')); }

TEST(Help, EveryCommandHasExamples) {
  const auto all = argos({"--help"});
  EXPECT_EQ(all.status, 0);
  EXPECT_THAT(all.out, HasSubstr("argos.sock"));
  for (const char* const command : {"serve", "up", "status", "get", "apply", "wait", "config", "version", "schema", "describe",
                                    "diff", "export", "history", "undo", "delete", "completion", "seal"}) {
    EXPECT_THAT(all.out, HasSubstr(command));
    const auto one = argos({command, "--help"});
    EXPECT_EQ(one.status, 0) << command;
    EXPECT_THAT(one.out, AllOf(HasSubstr("Examples:"), HasSubstr(std::string("argos ") + command))) << command;
  }
}

TEST(Usage, AnUnknownCommandNamesTheNearest) {
  const auto ran = argos({"stauts"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_EQ(ran.err, "argos: there is no command 'stauts' (did you mean status?)\n");
}

TEST(Usage, WhatIsTypedWronglyIsOneLineAndStatus2) {
  const std::vector<std::vector<std::string>> wrong{{"--nonsense"},
                                                    {"status", "-o", "xml"},
                                                    {"get"},
                                                    {"get", "hots"},
                                                    {"get", "controllers"},
                                                    {"apply"},
                                                    {"wait", "--timeout", "soon"},
                                                    {"wait", "--for=delete"},
                                                    {"wait", "--for=condition=Ready=Maybe"},
                                                    {"wait", "nothing/app"},
                                                    {"wait", "host/app", "--all"},
                                                    {"schema", "Hots"},
                                                    {"diff"},
                                                    {"diff", "-f", "x", "--revision", "1"},
                                                    {"diff", "--revision", "0"},
                                                    {"undo", "host"},
                                                    {"undo", "controller/caddy"},
                                                    {"delete", "hots", "app"},
                                                    {"describe"},
                                                    {"export", "hots"},
                                                    {"export", "-o", "table"},
                                                    {"history", "hots"},
                                                    {"history", "--limit", "0"},
                                                    {"completion"},
                                                    {"completion", "csh"}};
  for (const auto& arguments : wrong) {
    const auto ran = argos(arguments);
    EXPECT_EQ(ran.status, 2) << ::testing::PrintToString(arguments);
    EXPECT_THAT(ran.err, StartsWith("argos: ")) << ::testing::PrintToString(arguments);
    EXPECT_EQ(lines(ran.err), 1U) << ran.err;
    EXPECT_THAT(ran.out, IsEmpty());
  }
}

TEST(Usage, AMalformedVariableIsStatus2AndNamed) {
  for (const char* const command : {"serve", "config", "status"}) {
    const auto ran = argos({command}, {{"ARGOS_LISTEN", "nowhere"}});
    EXPECT_EQ(ran.status, 2) << command;
    EXPECT_THAT(ran.err, HasSubstr("ARGOS_LISTEN")) << command;
    EXPECT_EQ(lines(ran.err), 1U) << ran.err;
  }
}

TEST(NotRunning, SaysSoAndWhatToDo) {
  const TempFolder folder;
  const std::vector<std::vector<std::string>> asking{{"status"}, {"get", "hosts"}};
  for (const auto& arguments : asking) {
    const auto ran = argos(arguments, {{"ARGOS_DATA_DIR", folder.path().string()}});
    EXPECT_EQ(ran.status, 1);
    EXPECT_THAT(ran.err,
                AllOf(HasSubstr("argos is not running here"), HasSubstr(folder / "argos.sock"), HasSubstr("argos serve")));
    EXPECT_EQ(lines(ran.err), 1U) << ran.err;
  }
}

TEST(NotRunning, WaitingEndsWithStatus4) {
  const TempFolder folder;
  const auto ran = argos({"wait", "--timeout", "200ms"}, {{"ARGOS_DATA_DIR", folder.path().string()}});
  EXPECT_EQ(ran.status, 4);
  EXPECT_THAT(ran.err, HasSubstr("not running"));
}

TEST(ConfigCommand, MasksSecretsAndNamesSources) {
  const auto ran =
      argos({"config", "-o", "json"}, {{"ARGOS_MASTER_KEY", std::string(64, 'a')}, {"ARGOS_METRICS_TOKEN", "s3cret-token"}});
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.out, AllOf(Not(HasSubstr(std::string(64, 'a'))), Not(HasSubstr("s3cret-token"))));
  std::map<std::string, std::string> sources;
  const auto rows = boost::json::parse(ran.out).as_array();
  for (const auto& row : rows) sources[std::string(row.at("name").as_string())] = std::string(row.at("source").as_string());
  EXPECT_EQ(sources["ARGOS_MASTER_KEY"], "environment");
  EXPECT_EQ(sources["ARGOS_LISTEN"], "default");
}

TEST(ConfigCommand, AnUnknownVariableIsAWarningThatNamesTheNearest) {
  const auto ran = argos({"config"}, {{"ARGOS_LISTNE", ":1"}});
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("ARGOS_LISTNE"), HasSubstr("ARGOS_LISTEN")));
}

TEST(VersionCommand, IsForPeopleAndForPrograms) {
  EXPECT_THAT(argos({"version"}).out, StartsWith("argos "));
  const auto json = boost::json::parse(argos({"version", "-o", "json"}).out);
  EXPECT_FALSE(json.at("version").as_string().empty());
  EXPECT_TRUE(json.as_object().contains("commit"));
  EXPECT_GE(json.at("schemaVersion").to_number<int>(), 1);
  EXPECT_THAT(argos({"version", "-o", "yaml"}).out, HasSubstr("schemaVersion: "));
}

TEST(SchemaCommand, PrintsOneKindOrAll) {
  const auto host = boost::json::parse(argos({"schema", "host"}).out);
  EXPECT_TRUE(host.at("properties").as_object().contains("spec"));
  EXPECT_EQ(boost::json::parse(argos({"schema"}).out).at("oneOf").as_array().size(), 5U);
}

TEST(ApplyAlone, ABrokenFileIsSaidWithItsPlaceEvenWithNothingRunning) {
  const TempFolder folder;
  const auto file = folder.write(
      "bad.yaml", "apiVersion: argos.edge/v1\nkind: Host\nmetadata: {name: app}\nspec:\n  domian: a.example.com\n");
  const auto ran = argos({"apply", "-f", file});
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.err, AllOf(HasSubstr(file + ":5:3: "), HasSubstr("domain")));
}

TEST(ApplyAlone, WhatIsNotThereOrHoldsNoManifestIsSaid) {
  const TempFolder folder;
  EXPECT_EQ(argos({"apply", "-f", folder / "missing.yaml"}).status, 1);
  const auto ran = argos({"apply", "-f", folder.path().string()});
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.err, HasSubstr("no manifest"));
}

}  // namespace
}  // namespace argos::test
