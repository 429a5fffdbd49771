// SPDX-License-Identifier: Apache-2.0
#include "manifests/yaml.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace argos {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

YamlDocument one(std::string_view text) {
  auto documents = read_yaml(text);
  EXPECT_EQ(documents.size(), 1U) << text;
  return documents.empty() ? YamlDocument{} : std::move(documents.front());
}

// As JSON text, or the first error with its place.
std::string read(std::string_view text) {
  const auto document = one(text);
  if (document.errors.empty()) return boost::json::serialize(document.value.value_or("(nothing)"));
  const auto& error = document.errors.front();
  return std::to_string(error.at.line) + ":" + std::to_string(error.at.column) + " " + error.reason + ": " + error.message +
         " | " + error.hint;
}

TEST(Yaml, PlainScalarsFollowTheCoreSchema) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"x", R"("x")"},
      {"no", R"("no")"},
      {"yes", R"("yes")"},
      {"on", R"("on")"},
      {"true", "true"},
      {"False", "false"},
      {"tRue", R"("tRue")"},
      {"5", "5"},
      {"-5", "-5"},
      {"+5", "5"},
      {"007", "7"},
      {"0o17", "15"},
      {"0x1F", "31"},
      {"0x", R"("0x")"},
      {"0x-1", R"("0x-1")"},
      {"0b1", R"("0b1")"},
      {"1_000", R"("1_000")"},
      {"1e3", "1E3"},
      {"2.5", "2.5E0"},
      {".5", "5E-1"},
      {"5.", "5E0"},
      {".", R"(".")"},
      {"1e", R"("1e")"},
      {"12:30", R"("12:30")"},
      {"1.2.3.4", R"("1.2.3.4")"},
      {"2026-11-23", R"("2026-11-23")"},
      {"18446744073709551615", "18446744073709551615"},
      {"-9223372036854775808", "-9223372036854775808"},
      {"::1", R"("::1")"},
      {"a:b", R"("a:b")"},
      {"a#b", R"("a#b")"},
      {"/x?y=z", R"("/x?y=z")"},
  };
  for (const auto& [text, json] : cases) EXPECT_EQ(read("- " + std::string(text)), "[" + std::string(json) + "]") << text;
  for (const auto* text : {"~", "null", "Null", "NULL", ""})
    EXPECT_EQ(read("[a, {b: " + std::string(text) + "}]"), R"(["a",{"b":null}])") << text;
}

TEST(Yaml, AQuotedScalarIsAText) {
  EXPECT_EQ(read(R"(["5", 'true', "null", "", "a\tb\u00fc\0", 'it''s'])"), R"(["5","true","null","","a\tbü\u0000","it's"])");
}

TEST(Yaml, BlocksKeepTheirLines) {
  EXPECT_EQ(read("a: |\n  x\n   y\n\n  z\nb: >-\n  x\n  y\n"), R"({"a":"x\n y\n\nz\n","b":"x y"})");
  EXPECT_EQ(read("a: |-\n  ---\n  # no comment\n"), R"({"a":"---\n# no comment"})");
}

TEST(Yaml, AByteOrderMarkAndWindowsLineEndsAreFine) {
  EXPECT_EQ(read("\xEF\xBB\xBF"
                 "a: 1\r\nb: |\r\n  x\r\n"),
            R"({"a":1,"b":"x\n"})");
}

TEST(Yaml, JsonIsYaml) {
  EXPECT_EQ(read("{\n\t\"a\": [1, 2.5, \"x\"],\n\t\"b\": {\"c\": null}\n}\n"), R"({"a":[1,2.5E0,"x"],"b":{"c":null}})");
}

TEST(Yaml, AnAliasIsWhatItStandsFor) {
  EXPECT_EQ(read("a: &x {b: [1]}\nc: *x\nd: [*x, *x]"), R"({"a":{"b":[1]},"c":{"b":[1]},"d":[{"b":[1]},{"b":[1]}]})");
}

TEST(Yaml, EmptyDocumentsAreLeftOut) {
  EXPECT_THAT(read_yaml(""), IsEmpty());
  EXPECT_THAT(read_yaml("\n\n"), IsEmpty());
  EXPECT_THAT(read_yaml("# nothing\n---\n---\n# nothing\n...\n---\nnull\n"), IsEmpty());
  EXPECT_EQ(read_yaml("---\na: 1\n---\n# nothing\n---\nb: 2\n...\n").size(), 2U);
}

TEST(Yaml, ABrokenDocumentLeavesTheOthersWhole) {
  const auto documents = read_yaml("a: 1\n---\n: : [\n---\n\"open\n--- # three\nb: 2\n...\nc: 3\n");
  ASSERT_EQ(documents.size(), 5U);
  EXPECT_EQ(boost::json::serialize(*documents[0].value), R"({"a":1})");
  EXPECT_FALSE(documents[1].value);
  EXPECT_FALSE(documents[2].value);
  EXPECT_EQ(boost::json::serialize(*documents[3].value), R"({"b":2})");
  EXPECT_EQ(boost::json::serialize(*documents[4].value), R"({"c":3})");
  EXPECT_EQ(documents[4].start(), (Position{9, 1}));
}

TEST(Yaml, AnErrorSaysWhereAndWhatToDo) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {",", "1:1 NotYaml: not YAML: this does not belong to what stands above it"},
      {"---\n, a: b", "2:1 NotYaml: not YAML: this does not belong to what stands above it"},
      {"a:\n\tb: 1", "2:2 Tab: a tab in the indentation | use spaces"},
      {"a:\n  b: 1\n\tc: 2", "3:1 Tab: a tab in the indentation | use spaces"},
      {"a:\n\t- b", "2:2 Tab: a tab in the indentation | use spaces"},
      {"a: 1\nb: 2\na: 3", "3:1 RepeatedKey: 'a' is written twice here, first on line 1 | keep one of them"},
      {"x: {a: 1, \"a\": 2}", "1:11 RepeatedKey: 'a' is written twice here, first on line 1"},
      {"domain: *.example.com", R"(quotes: "*.example.com")"},
      {"domain: *nope", "1:9 NotYaml: not YAML: an alias for something that was not named before"},
      {"a: &x [*x]", "1:8 NotYaml: not YAML: an alias inside of what it stands for"},
      {"<<: {a: 1}", "1:1 NotYaml: merge keys ('<<') are not known here | write the fields out"},
      {"[a]: b", "a key must be a word"},
      {"{a: b}: c", "a key must be a word"},
      {"? \n: b", "a key must be a word"},
      {"a: !!str 5", "1:4 NotYaml: the tag '!!str' is not known here"},
      {"a: !secret x", "1:4 NotYaml: the tag '!secret' is not known here"},
      {"a: !x [b]", "the tag '!x' is not known here"},
      {"a: .inf", "1:4 NotYaml: '.inf' is not a number that can be used here | put it in quotes if it is a text"},
      {"a: 1e999", "is not a number that can be used here"},
      {"a: \"x\nb: 1\n", "1:1 NotYaml: not YAML: a quotation mark here or below is never closed"},
      {"a: 'x", "a quotation mark here or below is never closed"},
      {"a: [1, 2\nb: 3", "a '[' is not closed, or a ',' is missing"},
      {"a: {b: 1\n", "1:9 NotYaml: not YAML: a '{' is not closed, or a ',' is missing"},
      {"a: b: c", "1:5 NotYaml: not YAML: a ':' where no mapping can start"},
      {"a: @b", "1:4 NotYaml: not YAML: no value can start with this character | quote the text"},
      {"a:\n  b: 1\n c: 2", "3:2 NotYaml: not YAML: this does not belong to the mapping above it"},
      {"a: \"\\ud800\"", "invalid unicode"},
      {"a: 1\nü: \xff", "2:4 NotUtf8: not UTF-8 (the byte 0xff) | save the file as UTF-8"},
      {"a: \x04"
       "b",
       "1:4 ControlCharacter: an invisible character (U+0004)"},
      {"a: 1\rb: 2", "1:5 ControlCharacter: an invisible character (U+000D) | save the file with Unix line ends"},
      {"\xff\xfe"
       "a",
       "1:1 NotUtf8"},
  };
  for (const auto& [text, expected] : cases) EXPECT_THAT(read(text), HasSubstr(expected)) << text;
  EXPECT_THAT(read(std::string_view("a: \0", 4)), HasSubstr("1:4 ControlCharacter: an invisible character (U+0000)"));
}

TEST(Yaml, ARepeatedKeyHasNoValue) {
  const auto document = one("kind: a\nkind: b\nc: {d: 1, d: 2, e: 3}");
  EXPECT_EQ(document.errors.size(), 2U);
  EXPECT_EQ(boost::json::serialize(*document.value), R"({"kind":null,"c":{"d":null,"e":3}})");
}

TEST(Yaml, AnAliasBombIsDefused) {
  std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int level = 1; level < 12; ++level) {
    const auto alias = "*a" + std::to_string(level - 1);
    bomb += "a" + std::to_string(level) + ": &a" + std::to_string(level) + " [" + alias;
    for (int more = 1; more < 10; ++more) bomb += "," + alias;
    bomb += "]\n";
  }
  EXPECT_THAT(read(bomb), HasSubstr("TooLarge: aliases make this document far larger than its text"));
  std::string long_text = "a: &a " + std::string(100'000, 'x') + "\nb: [*a";
  for (int more = 0; more < 1000; ++more) long_text += ",*a";
  EXPECT_THAT(read(long_text + "]"), HasSubstr("TooLarge: aliases make this document far larger than its text"));
}

TEST(Yaml, DepthIsBounded) {
  EXPECT_EQ(one(std::string(32, '[') + std::string(32, ']')).errors.size(), 0U);
  EXPECT_THAT(read(std::string(33, '[') + std::string(33, ']')), HasSubstr("more than 32 levels deep"));
  EXPECT_THAT(read("a: &a " + std::string(20, '[') + std::string(20, ']') + "\nb: " + std::string(20, '[') + "*a" +
                   std::string(20, ']')),
              HasSubstr("TooLarge"));
  for (const auto* piece : {"[", "{", "- ", "? ", "{a: ", "[a: "}) {
    std::string deep;
    while (deep.size() < 100'000) deep += piece;
    EXPECT_THAT(read(deep), HasSubstr("more than 32 levels deep")) << piece;
  }
}

TEST(Yaml, ValuesAreBounded) {
  std::string many = "[";
  while (many.size() < 500'000) many += "1,";
  EXPECT_THAT(read(many + "1]"), HasSubstr("more than 200000 values in one document"));
}

TEST(Yaml, EveryPathHasAPlace) {
  const auto document =
      one("# comment\nspec:\n  domain: app\n  tls: {mode: x}\n  targets:\n    - host: a\n      port: 1\n    - {host: b}\n  "
          "empty:\n  a.b: 1\n");
  EXPECT_EQ(document.start(), (Position{2, 1}));
  EXPECT_EQ(document.value_at("spec.domain"), (Position{3, 11}));
  EXPECT_EQ(document.key_at("spec.domain"), (Position{3, 3}));
  EXPECT_EQ(document.value_at("spec.tls.mode"), (Position{4, 15}));
  EXPECT_EQ(document.value_at("spec.targets[0].port"), (Position{7, 13}));
  EXPECT_EQ(document.value_at("spec.targets[1].host"), (Position{8, 14}));
  EXPECT_EQ(document.value_at("spec.a.b"), (Position{10, 8}));
}

TEST(Yaml, AMissingFieldIsAtTheNearestOneAroundIt) {
  const auto document = one("spec:\n  domain: app\n  targets:\n    - host: a\n    - {host: b}\n  empty:\n");
  EXPECT_EQ(document.value_at("spec.tls.mode"), (Position{1, 1}));
  EXPECT_EQ(document.value_at("spec.targets[1].port"), (Position{5, 7}));
  EXPECT_EQ(document.value_at("spec.targets[7].port"), (Position{3, 3}));
  EXPECT_EQ(document.value_at("spec.empty"), (Position{6, 3}));
  EXPECT_EQ(document.value_at("metadata.name"), (Position{1, 1}));
  EXPECT_EQ(document.value_at("spec.targets[x"), (Position{3, 3}));
}

TEST(Yaml, ColumnsCountCharacters) {
  const auto document = one("a: {ü: \"日本\", b: {c: 1}}\n");
  EXPECT_EQ(document.value_at("a.b.c"), (Position{1, 21}));
}

}  // namespace
}  // namespace argos
