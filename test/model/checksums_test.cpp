// SPDX-License-Identifier: Apache-2.0
#include "model/checksums.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace argos {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kOne(64, 'a'), kTwo(64, '0');

std::vector<Checksum> parsed(const std::string& text) { return parse_checksums(text).value(); }

TEST(Checksums, APlainNameIsWrittenAsItIs) {
  EXPECT_EQ(checksum_line({kOne, "/data/a b.crt"}), kOne + "  /data/a b.crt\n");
  EXPECT_EQ(checksum_line({kOne, " lead\xff"}), kOne + "   lead\xff\n");
}

TEST(Checksums, ANameThatWouldBreakTheLineIsEscapedAndMarked) {
  EXPECT_EQ(checksum_line({kOne, "a\nb"}), "\\" + kOne + "  a\\nb\n");
  EXPECT_EQ(checksum_line({kOne, "a\\b\r"}), "\\" + kOne + "  a\\\\b\\r\n");
}

TEST(Checksums, EveryNameComesBackFromItsLine) {
  for (const std::string name :
       {"a", " a ", "*a", "a  b", "\\", "\\n", "\n", "\r\n", "\\x41", "\xff\xfe", "SHA256 (x) = y", "#a"}) {
    EXPECT_THAT(parsed(checksum_line({kOne, name})), ElementsAre(Checksum{kOne, name})) << name;
  }
}

TEST(Checksums, WhatSha256sumWritesOtherwiseIsReadToo) {
  EXPECT_THAT(parsed(kOne + " *binary\n"), ElementsAre(Checksum{kOne, "binary"}));
  EXPECT_THAT(parsed("SHA256 (a (b) = c) = " + kOne + "\n"), ElementsAre(Checksum{kOne, "a (b) = c"}));
  EXPECT_THAT(parsed("\\SHA256 (a\\nb) = " + kOne + "\n"), ElementsAre(Checksum{kOne, "a\nb"}));
  EXPECT_THAT(parsed(std::string(64, 'A') + "  upper\r\n"), ElementsAre(Checksum{kOne, "upper"}));
  EXPECT_THAT(parsed("# a comment\n\n" + kTwo + "  last, without a line end"),
              ElementsAre(Checksum{kTwo, "last, without a line end"}));
  EXPECT_THAT(parsed(""), IsEmpty());
}

TEST(Checksums, WhatIsNoChecksumIsSaidWithItsLine) {
  const std::vector<std::string> all{"nonsense",          "abc  short", "g" + kOne.substr(1) + "  x", kOne,
                                     kOne + "  ",         kOne + " x",  "\\" + kOne + "  bad\\q",     "SHA256 (x) = abc",
                                     "SHA1 (x) = " + kOne};
  for (const auto& bad : all) {
    const auto read = parse_checksums(kOne + "  good\n" + bad + "\n");
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().reason, "NotChecksums");
    EXPECT_THAT(read.error().message, HasSubstr("line 2"));
  }
}

TEST(NameText, IsUtf8AndTheNameItselfWherePossible) {
  EXPECT_EQ(name_text("/data/ä b.crt"), "/data/ä b.crt");
  EXPECT_EQ(name_text("a\\b\nc\rd\xff\xc3"), "a\\\\b\\nc\\rd\\xff\\xc3");
}

TEST(NameText, TheNameComesBackFromIt) {
  for (const std::string name : {"a", "\\xff", "\xff", "\\", "a\nb", "\xc3", "ä", ""})
    EXPECT_EQ(name_from_text(name_text(name)), name);
  for (const std::string bad : {"\\", "\\q", "\\x1", "\\xgg"}) EXPECT_EQ(name_from_text(bad), std::nullopt) << bad;
}

}  // namespace
}  // namespace argos
