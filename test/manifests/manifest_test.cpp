// SPDX-License-Identifier: Apache-2.0
#include "manifests/manifest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/model/some_objects.hpp"

namespace argos {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kSound = R"(apiVersion: argos.edge/v1
kind: Host
metadata: {name: sound}
spec: {domain: sound.example.com, targetGroup: app}
)";

// A document of that kind and name, with `spec` as it stands there.
std::string document(std::string_view kind, std::string_view name, std::string_view spec) {
  return "apiVersion: argos.edge/v1\nkind: " + std::string(kind) + "\nmetadata:\n  name: " + std::string(name) + "\nspec:\n" +
         std::string(spec);
}
std::string host(std::string_view spec) { return document("Host", "app", spec); }

std::vector<std::string> texts(const ManifestFile& file) {
  std::vector<std::string> out;
  for (const auto& error : file.errors) out.push_back(error.text());
  return out;
}

std::vector<std::string> names(const ManifestFile& file) {
  std::vector<std::string> out;
  for (const auto& object : file.objects) out.push_back(to_string(object.key));
  return out;
}

TEST(Manifest, ADocumentIsAnObject) {
  const auto file = parse_manifest("app.yaml", R"(# the contract's example
apiVersion: argos.edge/v1
kind: Host
metadata: {name: app}
spec:
  domain: app.example.com
  aliases: [www.app.example.com]
  targetGroup: app
  enabled: true
  tls: {mode: auto}
  caddyHandlers: []
)");
  EXPECT_THAT(texts(file), IsEmpty());
  ASSERT_THAT(names(file), ElementsAre("host/app"));
  const auto& object = file.objects[0];
  EXPECT_EQ(object.file, "app.yaml");
  EXPECT_EQ(object.at, (Position{2, 1}));
  Host expected;
  expected.domain = "app.example.com";
  expected.aliases = {"www.app.example.com"};
  expected.target_group = "app";
  EXPECT_EQ(std::get<Host>(object.spec), expected);
  EXPECT_EQ(object.spec_json.size(), 6U);
  EXPECT_FALSE(file.unreadable);
}

TEST(Manifest, AFileHoldsObjectsOfEveryKind) {
  const auto file = parse_manifest(
      "all.yaml",
      std::string(kSound) + "---\n" +
          document("TargetGroup", "app", "  targets: [{host: 10.0.0.1, port: 80}]\n  healthCheck: {expectStatus: 204}\n") +
          "---\n" + document("Settings", "default", "  gracePeriod: 30s\n"));
  EXPECT_THAT(texts(file), IsEmpty());
  ASSERT_THAT(names(file), ElementsAre("host/sound", "targetgroup/app", "settings/default"));
  EXPECT_EQ(std::get<TargetGroup>(file.objects[1].spec).health_check.expect_status, "204");
  EXPECT_EQ(to_string(std::get<Settings>(file.objects[2].spec).grace_period), "30s");
}

TEST(Manifest, AFileWithoutDocumentsHasNeitherObjectsNorErrors) {
  for (const auto* text : {"", "\n", "# nothing yet\n", "---\n", "---\n---\n...\n"}) {
    const auto file = parse_manifest("empty.yaml", text);
    EXPECT_THAT(texts(file), IsEmpty()) << text;
    EXPECT_THAT(names(file), IsEmpty());
    EXPECT_FALSE(file.unreadable);
  }
}

// A document, the error that it must lead to, and what becomes of its object.
struct Bad {
  std::string text, error;
  bool named = true;  // invalid, its row stays; else the file is unreadable, all its rows stay
};

TEST(Manifest, EachErrorNamesItsFileLineAndColumn) {
  const Bad cases[] = {
      {host("  domian: a.b\n  domain: a.b\n  targetGroup: app\n"),
       "x.yaml:6:3: spec.domian: is not a field here (did you mean domain?)"},
      {host("  domain: a.b\n  targetGroup: app\n  domain: c.d\n"),
       "x.yaml:8:3: 'domain' is written twice here, first on line 6 (keep one of them)"},
      {host("  domain: " + std::string(300, 'a') + "\n  targetGroup: app\n"),
       "x.yaml:6:11: spec.domain: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…' has 300 characters; a domain name has at most 253"},
      {host("  targetGroup: app\n"),
       "x.yaml:5:1: spec.domain: is missing (write the name that visitors type, such as app.example.com)"},
      {host("  domain: a.b\n  targetGroup:\n"),
       "x.yaml:7:3: spec.targetGroup: has no value (write a text, or take the line out)"},
      {host("  domain: a.b\n  targetGroup: app\n  tls: {mode: atuo}\n"),
       "x.yaml:8:15: spec.tls.mode: 'atuo' is not known here (did you mean auto?)"},
      {host("  domain: a.b\n  targetGroup: app\n  aliases: [x.y, A.b.]\n"),
       "x.yaml:8:18: spec.aliases[1]: 'A.b.' is the same name as spec.domain (take one of them out)"},
      {host("  domain: a.b\n  targetGroup: app\n  aliases:\n    - c.d: x\n"),
       "x.yaml:9:7: spec.aliases[0]: must be a text, found a mapping"},
      {host("  domain: \"*.a.b\"\n  targetGroup: app\n"),
       "x.yaml:5:1: spec.tls.mode: auto gets no certificate for a wildcard: that takes the dns challenge, which is not "
       "supported yet (set tls.mode to manual or internal)"},
      {host("  domain: a.b\n  caddyHandlers:\n    - handler: x\n    - hander: y\n"),
       "x.yaml:9:7: spec.caddyHandlers[1].handler: is missing (write Caddy's own JSON as YAML, such as {handler: "
       "static_response, body: hello})"},
      {document("TargetGroup", "app", "  targets:\n    - host: a\n    - {host: b, port: 70000}\n"),
       "x.yaml:7:7: spec.targets[0].port: is missing (use a number from 1 to 65535)"},
      {document("TargetGroup", "app", "  targets:\n    - {host: b, port: 70000}\n"),
       "x.yaml:7:23: spec.targets[0].port: 70000 is not a port (use a number from 1 to 65535)"},
      {document("TargetGroup", "app", "  targets: {host: b}\n"), "x.yaml:6:12: spec.targets: must be a list, found a mapping"},
      {document("TargetGroup", "app", "  healthCheck: {interval: 5}\n"),
       "x.yaml:6:27: spec.healthCheck.interval: must be a duration such as 30s, 1m30s or 500ms, found a number 5"},
      {document("Settings", "default", "  retryFor: 2m\n"), "x.yaml:6:13: spec.retryFor: 2m is out of range (use 0s to 1m)"},
      {"apiVersion: argos.edge/v1\nkind: Host\nmetadata: {name: app}\n",
       "x.yaml:1:1: spec: is missing (write what the object should be under spec)"},
      {"apiVersion: argos.edge/v1\nkind: Host\nmetadata: {name: app}\nspec: [a]\n",
       "x.yaml:4:7: spec: must be a mapping, found a list"},
      {"kind: Host\nmetadata: {name: app}\nspec: {domain: a.b, targetGroup: c}\n",
       "x.yaml:1:1: apiVersion: is missing (write apiVersion: argos.edge/v1)"},
      {"apiVersion: argos.edge/v2\nkind: Host\nmetadata: {name: app}\nspec: {domain: a.b, targetGroup: c}\n",
       "x.yaml:1:13: apiVersion: 'argos.edge/v2' is not known here (write apiVersion: argos.edge/v1)"},
      {std::string(kSound) + "status: {}\n",
       "x.yaml:5:1: status: is not a field here (known: apiVersion, kind, metadata, spec)"},
      {"apiVersion: argos.edge/v1\nkind: Host\nmetadata: {name: app, labels: {a: b}}\nspec: {domain: a.b, targetGroup: c}\n",
       "x.yaml:3:23: metadata.labels: is not a field here (known: name)"},

      {document("Hots", "app", "  {}\n"), "x.yaml:2:7: kind: 'Hots' is not known here (did you mean Host?)", false},
      {document("host", "app", "  {}\n"), "x.yaml:2:7: kind: 'host' is not known here (did you mean Host?)", false},
      {document("Ingress", "app", "  {}\n"),
       "x.yaml:2:7: kind: 'Ingress' is not known here (known: Settings, TargetGroup, Host, Certificate, BackupPolicy)", false},
      {document("Host", "App", "  {}\n"),
       "x.yaml:4:9: metadata.name: 'App' is not a name (use lower-case letters, digits and '-', such as my-app)", false},
      {document("Settings", "other", "  {}\n"),
       "x.yaml:4:9: metadata.name: 'other' is not the name of the settings (there is one Settings object, named default)",
       false},
      {"apiVersion: argos.edge/v1\nkind: Host\nspec: {}\n", "x.yaml:1:1: metadata: is missing (write metadata: {name: my-app})",
       false},
      {"apiVersion: argos.edge/v1\nkind: Host\nmetadata: {name: a, name: b}\nspec: {}\n",
       "x.yaml:3:21: 'name' is written twice here, first on line 3 (keep one of them)", false},
      {"apiVersion: argos.edge/v1\nkind: Host\nmetadata: {name: 5}\nspec: {}\n",
       "x.yaml:3:18: metadata.name: must be a text, found a number 5 (put it in quotes)", false},
      {host("\tdomain: a.b\n"), "x.yaml:6:2: a tab in the indentation (use spaces)", false},
      {host("  domain: *.a.b\n"),
       "x.yaml:6:11: not YAML: an alias for something that was not named before (a name with a wildcard needs quotes: "
       "\"*.example.com\")",
       false},
      {", a: b",
       "x.yaml:1:1: not YAML: this does not belong to what stands above it (check the indentation, and the line before it)",
       false},
      {"- a\n- b\n", "x.yaml:1:1: an object must be a mapping, found a list (start with apiVersion, kind, metadata and spec)",
       false},
      {"hello", "x.yaml:1:1: an object must be a mapping, found a text (start with apiVersion, kind, metadata and spec)",
       false},
  };
  for (const auto& [text, error, named] : cases) {
    const auto file = parse_manifest("x.yaml", text);
    EXPECT_THAT(texts(file), testing::Contains(error)) << text;
    EXPECT_THAT(names(file), IsEmpty()) << text;
    EXPECT_EQ(file.unreadable, !named) << text;
    EXPECT_EQ(file.invalid.size(), named ? 1U : 0U) << text;
  }
}

TEST(Manifest, ABadDocumentHarmsOnlyItself) {
  for (const std::string bad : {", a: b", "a:\n\tb", "\"open", "- x", ": : [", "a: *nope", "kind: Host"}) {
    const auto file = parse_manifest("x.yaml", bad + "\n---\n" + std::string(kSound) + "---\n" + bad + "\n");
    EXPECT_THAT(names(file), ElementsAre("host/sound")) << bad;
    EXPECT_GE(file.errors.size(), 2U) << bad;
    EXPECT_TRUE(file.unreadable);
  }
}

TEST(Manifest, AllErrorsAreToldAtOnceInTheOrderOfTheirLines) {
  const auto file = parse_manifest("x.yaml", host("  nope: 1\n  domain: a b\n  enabled: maybe\n") + "---\n" +
                                                 document("TargetGroup", "b", "  protocol: ftp\n"));
  EXPECT_THAT(texts(file), ElementsAre(HasSubstr("x.yaml:5:1: spec.targetGroup: is missing"),
                                       HasSubstr("x.yaml:6:3: spec.nope"), HasSubstr("x.yaml:7:11: spec.domain"),
                                       HasSubstr("x.yaml:8:12: spec.enabled"), HasSubstr("x.yaml:15:13: spec.protocol")));
}

TEST(Manifest, AFieldThatCouldNotBeReadIsNotAlsoMissing) {
  EXPECT_THAT(texts(parse_manifest("x.yaml", host("  domain: 5\n  targetGroup: [a]\n"))),
              ElementsAre(HasSubstr("spec.domain: must be"), HasSubstr("spec.targetGroup: must be")));
}

TEST(Manifest, ACertificateIsWrittenOnceInOneOfItsWays) {
  const auto read = [](std::string_view spec) { return parse_manifest("x.yaml", document("Certificate", "app", spec)); };
  for (const std::string_view spec :
       {"  host: app\n  certificate: a\n  key: b\n", "  host: app\n  certificateFile: a\n  chainFile: b\n  keyFile: c\n",
        "  host: app\n  certificate: a\n  chain: b\n  sealedKey: c\n"}) {
    EXPECT_THAT(texts(read(spec)), IsEmpty());
    EXPECT_THAT(names(read(spec)), ElementsAre("certificate/app"));
  }
  EXPECT_THAT(texts(read("  host: app\n")), ElementsAre(HasSubstr("x.yaml:5:1: spec.certificate: is missing"),
                                                        HasSubstr("x.yaml:5:1: spec.key: is missing")));
  EXPECT_THAT(
      texts(read("  certificate: a\n  certificateFile: b\n  key: c\n  keyFile: d\n  chain: e\n  chainFile: f\n")),
      ElementsAre(HasSubstr("x.yaml:5:1: spec.host: is missing"), HasSubstr("x.yaml:6:16: spec.certificate: is given in more"),
                  HasSubstr("x.yaml:8:8: spec.key: is given in more"),
                  HasSubstr("x.yaml:10:10: spec.chain: is given in more")));
  EXPECT_THAT(texts(read("  host: app\n  certificate: a\n  keyFlie: b\n")),
              testing::Contains(HasSubstr("x.yaml:8:3: spec.keyFlie: is not a field here (did you mean keyFile?)")));
}

TEST(Manifest, TheLaterOfTwoObjectsWithOneNameIsRefused) {
  const auto twice = parse_manifest("x.yaml", std::string(kSound) + "---\n" + std::string(kSound));
  EXPECT_THAT(names(twice), ElementsAre("host/sound"));
  EXPECT_THAT(
      texts(twice),
      ElementsAre("x.yaml:8:18: Host 'sound' is already in this file, on line 1 (keep one of them, or rename this one)"));
  EXPECT_THAT(twice.invalid, IsEmpty());

  const auto first_bad = parse_manifest("x.yaml", document("Host", "sound", "  domain: a b\n") + "---\n" + std::string(kSound));
  EXPECT_THAT(names(first_bad), IsEmpty());
  EXPECT_THAT(first_bad.invalid, ElementsAre(Key{Kind::host, "sound"}));

  EXPECT_THAT(texts(parse_manifest(
                  "x.yaml", host("  domain: a.b\n  targetGroup: c\n") + "---\n" + document("TargetGroup", "app", "  {}\n"))),
              IsEmpty());
}

TEST(Manifest, ManyErrorsAreCutShort) {
  std::string spec = "  domain: a.b\n  targetGroup: c\n";
  for (int at = 0; at < 1000; ++at) spec += "  nope" + std::to_string(at) + ": 1\n";
  const auto file = parse_manifest("x.yaml", host(spec));
  EXPECT_EQ(file.errors.size(), 21U);
  EXPECT_THAT(texts(file), testing::Contains(HasSubstr("this object has 1000 errors; here are 20 of them")));
}

TEST(Manifest, AFileThatIsTooLargeIsNotRead) {
  const auto file = parse_manifest("x.yaml", std::string(kSound) + std::string(20U << 20U, '#'));
  EXPECT_THAT(texts(file),
              ElementsAre(HasSubstr("x.yaml: the file has 20971633 bytes; a manifest has at most 1048576 (split it)")));
  EXPECT_EQ(file.errors[0].reason, "TooLarge");
  EXPECT_TRUE(file.unreadable);
}

TEST(Manifest, AFileOfTheLargestSizeIsRead) {
  std::string text(kSound);
  text += std::string(kLargestManifest - text.size(), '#');
  EXPECT_THAT(names(parse_manifest("x.yaml", text)), ElementsAre("host/sound"));
}

TEST(Manifest, WhatIsNotUtf8IsNotRead) {
  const auto file = parse_manifest("x.yaml", std::string(kSound) + "# caf\xe9\n");
  EXPECT_THAT(texts(file), ElementsAre("x.yaml:5:6: not UTF-8 (the byte 0xe9) (save the file as UTF-8)"));
  EXPECT_EQ(file.errors[0].reason, "NotUtf8");
  EXPECT_THAT(names(file), IsEmpty());
  EXPECT_TRUE(file.unreadable);
}

TEST(Manifest, AnAliasBombHarmsOnlyItsObject) {
  std::string bomb = "  domain: a.b\n  targetGroup: c\n  caddyHandlers:\n    - &a0 {handler: x}\n";
  for (int level = 1; level < 12; ++level) {
    const auto alias = "*a" + std::to_string(level - 1);
    bomb += "    - &a" + std::to_string(level) + " {handler: x, list: [" + alias + ", " + alias + ", " + alias + ", " + alias +
            ", " + alias + ", " + alias + "]}\n";
  }
  const auto file = parse_manifest("x.yaml", host(bomb) + "---\n" + std::string(kSound));
  EXPECT_THAT(texts(file), ElementsAre(HasSubstr("aliases make this document far larger than its text")));
  EXPECT_THAT(names(file), ElementsAre("host/sound"));
  EXPECT_THAT(file.invalid, ElementsAre(Key{Kind::host, "app"}));
  EXPECT_FALSE(file.unreadable);
}

// Texts that have made YAML readers loop, recurse or eat memory. Each must end, with an error.
TEST(Manifest, HostileTextsEnd) {
  for (const std::string piece :
       {",",        "[",   "{",       "- ",      "? ",  ": ",   "a: ", "&a ",       "*a ",        "!a ",    "!<a",
        "[1,",      "{a,", "{? a,",   "\"a\": ", "'",   "\"\\", "|\n", ">\n\n a\n", "%TAG ! a\n", "---\n,", "...\n,",
        "a\n---\n", "\t",  "- - a\n", "a:\n- ",  "}\n", "`",    "@",   "#\n,",      "? a\n"}) {
    std::string text;
    while (text.size() < 60'000) text += piece;
    const auto file = parse_manifest("x.yaml", text);
    EXPECT_EQ(file.errors.empty(), piece == "\t") << piece;  // white space is no document
    EXPECT_THAT(names(file), IsEmpty());
  }
}

template <class Spec>
class EveryKind : public testing::Test {};
using Specs = testing::Types<Host, TargetGroup, Settings>;
TYPED_TEST_SUITE(EveryKind, Specs);

TYPED_TEST(EveryKind, ComesBackFromYaml) {
  SomeObjects some(6);
  for (int round = 0; round < 300; ++round) {
    const auto spec = some.template spec<TypeParam>();
    const auto& kind = names_of(TypeParam::kKind);
    const std::string name = TypeParam::kKind == Kind::settings ? "default" : "app";
    const auto text = to_yaml(boost::json::object{{"apiVersion", "argos.edge/v1"},
                                                  {"kind", kind.manifest},
                                                  {"metadata", {{"name", name}}},
                                                  {"spec", to_json_value(spec)}});
    const auto file = parse_manifest("x.yaml", text);
    ASSERT_THAT(texts(file), IsEmpty()) << text;
    ASSERT_EQ(file.objects.size(), 1U);
    ASSERT_EQ(std::get<TypeParam>(file.objects[0].spec), spec) << text;
  }
}

}  // namespace
}  // namespace argos
