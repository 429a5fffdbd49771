// SPDX-License-Identifier: Apache-2.0
#include "model/text.hpp"

#include <gtest/gtest.h>

namespace argos {
namespace {

using namespace std::string_view_literals;

TEST(Text, OnlyWellFormedUtf8IsUtf8) {
  for (const auto good : {""sv, "a"sv, "\0"sv, "ü"sv, "日本"sv, "😀"sv, "\xf4\x8f\xbf\xbf"sv}) EXPECT_TRUE(is_utf8(good));
  for (const auto bad :
       {"\x80"sv, "\xc3"sv, "\xc0\xaf"sv, "\xe0\x80\xaf"sv, "\xed\xa0\x80"sv, "\xf4\x90\x80\x80"sv, "\xff"sv, "a\xc3z"sv}) {
    EXPECT_FALSE(is_utf8(bad));
  }
}

TEST(Text, AnErrorShowsTextOnOneLine) {
  EXPECT_EQ(shown("a\nb\x1b[0m"), "a\\u000ab\\u001b[0m");
  EXPECT_EQ(shown("\u202eevil"), "\\u202eevil");
  EXPECT_EQ(shown("bücher \xff"), "bücher \\xff");
}

TEST(Text, LongTextIsCutBetweenCharacters) {
  EXPECT_EQ(shown("üüüü", 3), "üüü…");
  EXPECT_EQ(shown("üüü", 3), "üüü");
  EXPECT_LT(shown(std::string(1'000'000, 'x')).size(), 80U);
}

TEST(Text, NothingOfAPemBlockIsShown) {
  EXPECT_EQ(shown("key | -----BEGIN PRIVATE KEY----- MIGHAgEA"), "key | …");
  EXPECT_EQ(shown("-----BEGIN"), "-----BEGIN");
}

}  // namespace
}  // namespace argos
