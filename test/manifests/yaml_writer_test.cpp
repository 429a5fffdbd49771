// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "manifests/yaml.hpp"
#include "test/model/some_objects.hpp"

namespace argos {
namespace {

// In a mapping, so that null and the empty text are no empty document.
void expect_round_trip(const boost::json::value& value) {
  const boost::json::value whole = boost::json::object{{"value", value}};
  const auto text = to_yaml(whole);
  const auto documents = read_yaml(text);
  ASSERT_EQ(documents.size(), 1U) << text;
  for (const auto& error : documents[0].errors)
    ADD_FAILURE() << error.at.line << ":" << error.at.column << " " << error.message << "\n" << text;
  ASSERT_EQ(*documents[0].value, whole) << text;
  ASSERT_EQ(to_yaml(*documents[0].value), text);
}

TEST(YamlWriter, WritesWhatPeopleLikeToRead) {
  const auto value = boost::json::parse(R"({
    "apiVersion": "argos.edge/v1", "kind": "Host", "metadata": {"name": "app"},
    "spec": {"domain": "*.example.com", "aliases": ["a.b", "5", "no", "bücher.de"], "enabled": true, "port": 80, "ratio": 2.5, "whole": 3.0, "none": null,
             "empty": [], "nothing": {}, "blank": "", "url": "https://a.b/c?d=e#f",
             "text": "one\n\ntwo\n", "cut": "one\ntwo", "odd": " x\ny", "targets": [{"host": "::1", "port": 1}, {"host": "10.0.0.1"}], "nested": [[1, 2], [{"a": [3]}]]}})");
  EXPECT_EQ(to_yaml(value), R"(apiVersion: argos.edge/v1
kind: Host
metadata:
  name: app
spec:
  domain: "*.example.com"
  aliases:
    - a.b
    - "5"
    - "no"
    - bücher.de
  enabled: true
  port: 80
  ratio: 2.5
  whole: 3.0
  none: null
  empty: []
  nothing: {}
  blank: ""
  url: https://a.b/c?d=e#f
  text: |
    one

    two
  cut: |-
    one
    two
  odd: " x\ny"
  targets:
    - host: "::1"
      port: 1
    - host: 10.0.0.1
  nested:
    - - 1
      - 2
    - - a:
          - 3
)");
}

TEST(YamlWriter, QuotesTextsThatWouldMeanSomethingElse) {
  for (const std::string text :
       {"",    "5",     "-5",    "1e3",   "0x1F",   "0o7",        ".5",     "true",   "False", "null",   "~",
        "yes", "off",   "<<",    "=",     " a",     "a ",         "a: b",   "a #b",   "a:",    "- a",    "-",
        "---", "...",   "#a",    "*a",    "&a",     "!a",         "%a",     "@a",     "`a",    "[a",     "{a",
        "'a",  "\"a",   "|",     ">",     "12:30",  "2026-11-23", "a, b",   ".inf",   "a\tb",  "a\r\nb", "\n",
        "\na", "a\n\n", "a\n b", "a \nb", "a\n\tb", "\x7f",       "\u2028", "\ufeff", "\x1b",  "😀",     "\U0010ffff"}) {
    expect_round_trip(boost::json::string(text));
    expect_round_trip(boost::json::object{{text, text}});
    expect_round_trip(boost::json::array{text, boost::json::array{text}});
  }
  expect_round_trip(boost::json::string(std::string_view("\0a", 2)));
}

TEST(YamlWriter, WhateverIsWrittenIsReadBack) {
  SomeObjects some(4);
  for (int round = 0; round < 5000; ++round) expect_round_trip(some.json(4));
}

TEST(YamlWriter, NumbersKeepTheirLastBit) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 5000; ++round) {
    const std::uint64_t bits = random();
    double number = 0;
    std::memcpy(&number, &bits, sizeof number);
    if (std::isfinite(number)) expect_round_trip(number);
  }
}

TEST(YamlWriter, ARootMayBeAnything) {
  for (const auto* json : {"5", "\"x\"", "[]", "{}", "[1,[2]]", "\"one\\ntwo\\n\""}) {
    const auto documents = read_yaml(to_yaml(boost::json::parse(json)));
    ASSERT_EQ(documents.size(), 1U) << json;
    EXPECT_EQ(*documents[0].value, boost::json::parse(json));
  }
}

}  // namespace
}  // namespace argos
