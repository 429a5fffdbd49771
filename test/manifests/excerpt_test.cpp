// SPDX-License-Identifier: Apache-2.0
#include "manifests/excerpt.hpp"

#include <gmock/gmock.h>

namespace argos {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string seen(std::string_view text, int line) {
  std::string out;
  for (const auto& one : Excerpts(text).around(line)) out += std::to_string(one.number) + " " + one.text + "\n";
  return out;
}

// Everything of a text that anybody can come to see.
std::string all_of(std::string_view text) {
  std::string out;
  for (int line = 1; line < 40; ++line) out += seen(text, line);
  return out;
}

TEST(Excerpt, IsTheLineWithItsNeighbours) {
  const std::string text = "a: 1\nb: 2\nc: 3\nd: 4\n";
  EXPECT_EQ(seen(text, 3), "2 b: 2\n3 c: 3\n4 d: 4\n");
  EXPECT_EQ(seen(text, 1), "1 a: 1\n2 b: 2\n");
  EXPECT_EQ(seen(text, 4), "3 c: 3\n4 d: 4\n");
  EXPECT_EQ(seen(text, 0), "");
  EXPECT_EQ(seen(text, 5), "");
  EXPECT_EQ(seen("", 1), "");
  EXPECT_EQ(seen("a: 1\r\nb: 2", 2), "1 a: 1\n2 b: 2\n");
}

TEST(Excerpt, WhatFollowsANameOfASecretIsMasked) {
  EXPECT_EQ(seen("  sealedKey: abc\n", 1), "1   sealedKey: ***\n");
  EXPECT_EQ(seen("  \"privateKey\" : abc\n", 1), "1   \"privateKey\" : ***\n");
  EXPECT_EQ(seen("# password: hunter2\n", 1), "1 # password: ***\n");
  EXPECT_EQ(seen("spec: {host: app, key: abc, chain: c}\n", 1), "1 spec: {host: app, key: ***\n");
  EXPECT_EQ(seen("  keyFile: app.key\n", 1), "1   keyFile: app.key\n") << "a path is none";
  EXPECT_EQ(seen("  enabld: true\n", 1), "1   enabld: true\n");
}

TEST(Excerpt, SoAreTheLinesThatGoOnWithIt) {
  EXPECT_EQ(seen("spec:\n  key: |\n    one\n\n    two\n  host: app\n", 5), "4 \n5     ***\n6   host: app\n");
  EXPECT_EQ(seen("- token: >\n   one\n  name: app\n", 2), "1 - token: ***\n2    ***\n3   name: app\n");
  EXPECT_EQ(seen("  spec: {key: \"one\n     two\", host: app}\nnext: 1\n", 2), "1   spec: {key: ***\n2      ***\n3 next: 1\n");
}

TEST(Excerpt, PrivateKeysAndLongWordsAreMaskedWhateverTheyAreCalled) {
  const std::string key = "-----BEGIN PRIVATE KEY-----\n    MIGHAgEAMBMG\n    c2VjcmV0\n    -----END PRIVATE KEY-----\n";
  const auto shown = all_of("spec:\n  kye: |\n    " + key + "  host: app\n");
  EXPECT_THAT(shown, Not(HasSubstr("MIGH")));
  EXPECT_THAT(shown, Not(HasSubstr("c2VjcmV0")));
  EXPECT_THAT(shown, HasSubstr("host: app"));
  EXPECT_EQ(seen("  sealt: v1.k7aQ+/" + std::string(40, 'x') + "==\n", 1), "1   sealt: v1.***\n");
  EXPECT_EQ(seen("  domain: a-name-of-a-host-that-is-rather-long-though.example.com\n", 1),
            "1   domain: a-name-of-a-host-that-is-rather-long-though.example.com\n");
}

TEST(Excerpt, SoArePasswordsInHeadersAndUrls) {
  EXPECT_EQ(seen("  set: {X-Upstream: [\"Basic YTpi\"]}\n", 1), "1   set: {X-Upstream: [\"Basic ***\n");
  EXPECT_EQ(seen("  url: https://me:word@example.com/\n", 1), "1   url: https://***\n");
}

TEST(Excerpt, WhatNobodyCanTypeIsShownEscapedAndLongLinesAreCut) {
  EXPECT_EQ(seen("a: \x07\xff\n", 1), "1 a: \\u0007\\xff\n");
  EXPECT_LT(seen(std::string(5000, ' ') + "a: 1\n", 1).size(), 300U);
}

}  // namespace
}  // namespace argos
