// SPDX-License-Identifier: Apache-2.0
#include "model/restore_marker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace argos {
namespace {

using testing::HasSubstr;

const std::string kSha(64, 'a');

RestoreMarker bare(std::string archive) {
  RestoreMarker marker;
  marker.archive = std::move(archive);
  return marker;
}

TEST(RestoreMarker, IsReadFromJson) {
  const auto marker = parse_restore_marker(R"({"id": "7", "archive": "/data/backups/x.tar.gz", "sha256": ")" + kSha +
                                           R"(", "requestedAt": "2026-11-23T06:08:47Z", "requestedBy": "admin"})");
  ASSERT_TRUE(marker.has_value()) << marker.error().text();
  EXPECT_EQ(*marker, (RestoreMarker{"7", "/data/backups/x.tar.gz", kSha, "2026-11-23T06:08:47Z", "admin"}));
}

TEST(RestoreMarker, MayBeJustThePathOnOneLine) {
  for (const std::string text :
       {"/data/my backups/x.tar.gz", "/data/my backups/x.tar.gz\n", "\xEF\xBB\xBF/data/my backups/x.tar.gz\r\n\n"}) {
    const auto marker = parse_restore_marker(text);
    ASSERT_TRUE(marker.has_value()) << marker.error().text();
    EXPECT_EQ(*marker, bare("/data/my backups/x.tar.gz"));
  }
}

TEST(RestoreMarker, WhatIsWrittenIsReadBack) {
  const RestoreMarker marker{"id", "/a \"b\"/ü.tar.gz", kSha, "2026-11-23T06:08:47Z", "cli"};
  EXPECT_EQ(*parse_restore_marker(to_json_text(marker)), marker);
  EXPECT_EQ(*parse_restore_marker(to_json_text(bare("x"))), bare("x"));
  EXPECT_EQ(std::ranges::count(to_json_text(marker), '\n'), 1);
}

TEST(RestoreMarker, AnythingElseIsRefusedWithAReason) {
  const std::pair<std::string, std::string> cases[] = {
      {"", "is empty"},
      {" \n\n", "is empty"},
      {"/a\n/b", "not on one line"},
      {std::string("/a\0b", 4), "not on one line"},
      {"\xff", "not UTF-8"},
      {"{", "is not JSON"},
      {"{} x", "is not JSON"},
      {"{}", "names no archive"},
      {R"({"archive": ""})", "names no archive"},
      {R"({"archive": 5})", "archive: must be a text"},
      {R"({"archive": "a", "sha265": "b"})", "did you mean sha256?"},
      {R"({"archive": "a", "sha256": "abc"})", "64 lower-case hexadecimal digits"},
      {R"({"archive": "a\nb"})", "not on one line"},
      {std::string(5000, 'a'), "too long"},
      {std::string(100'000, 'a'), "has 100000 bytes"},
  };
  for (const auto& [text, expected] : cases) {
    const auto marker = parse_restore_marker(text);
    ASSERT_FALSE(marker.has_value()) << text;
    EXPECT_EQ(marker.error().reason, "MarkerInvalid");
    EXPECT_EQ(marker.error().retry, Retry::never);
    EXPECT_THAT(marker.error().message, HasSubstr(expected));
  }
}

}  // namespace
}  // namespace argos
