// SPDX-License-Identifier: Apache-2.0
#include "model/archive_metadata.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace argos {
namespace {

using testing::HasSubstr;

ArchiveMetadata some_metadata() {
  return {.argos_version = "0.1.0",
          .git_commit = "05d9eef",
          .schema_version = 9,
          .kind = BackupKind::pre_upgrade,
          .note = "before the move, \"quoted\"",
          .created_at = "2026-11-27T02:00:00.000Z",
          .caddy_files = 7,
          .db_sha256 = std::string(64, 'a'),
          .db_bytes = 4096,
          .master_key_id = "0123456789abcdef"};
}

TEST(ArchiveMetadataText, ComesBack) {
  EXPECT_EQ(parse_archive_metadata(to_json_text(some_metadata())).value(), some_metadata());
  const auto text = to_json_text(some_metadata());
  for (const auto* const field : {"format", "argosVersion", "gitCommit", "schemaVersion", "kind", "note", "createdAt",
                                  "caddyFiles", "dbSha256", "dbBytes", "masterKeyId"})
    EXPECT_THAT(text, HasSubstr("\"" + std::string(field) + "\":"));
  EXPECT_THAT(text, HasSubstr(R"("kind":"pre-upgrade")"));
}

TEST(ArchiveMetadataText, FieldsOfLaterVersionsArePassedOver) {
  auto json = to_json_value(some_metadata());
  json.as_object()["more"] = {1, 2};
  EXPECT_EQ(parse_archive_metadata(boost::json::serialize(json)).value(), some_metadata());
}

TEST(ArchiveMetadataText, WhatMakesNoSenseIsRefused) {
  for (const auto& [field, value] :
       std::initializer_list<std::pair<const char*, boost::json::value>>{{"format", 2},
                                                                         {"format", nullptr},
                                                                         {"dbSha256", "xyz"},
                                                                         {"dbSha256", boost::json::string(64, 'A')},
                                                                         {"dbBytes", -1},
                                                                         {"dbBytes", 0},
                                                                         {"caddyFiles", -1},
                                                                         {"kind", "other"},
                                                                         {"createdAt", "yesterday"},
                                                                         {"createdAt", "2026-02-30T00:00:00Z"},
                                                                         {"note", boost::json::string(2000, 'x')},
                                                                         {"schemaVersion", "nine"}}) {
    auto json = to_json_value(some_metadata());
    json.as_object()[field] = value;
    const auto parsed = parse_archive_metadata(boost::json::serialize(json));
    ASSERT_FALSE(parsed) << field << " " << value;
    EXPECT_EQ(parsed.error().reason, "MetadataInvalid");
  }
  for (const std::string text : {"", "{", "[]", "null", "{}", "\xff"}) EXPECT_FALSE(parse_archive_metadata(text)) << text;
  EXPECT_FALSE(parse_archive_metadata(std::string(100'000, ' ')));
}

TEST(ArchiveNames, HoldTheTime) {
  const auto time = parse_rfc3339("2026-11-27T02:03:04.567Z").value();
  EXPECT_EQ(archive_name(time), "argos-backup-20261127-020304.tar.gz");
  EXPECT_EQ(archive_name(time, 2), "argos-backup-20261127-020304-2.tar.gz");
  EXPECT_EQ(time_in_archive_name("argos-backup-20261127-020304-2.tar.gz"), parse_rfc3339("2026-11-27T02:03:04Z"));
  EXPECT_FALSE(time_in_archive_name("argos-backup-2026112-020304.tar.gz"));
  EXPECT_FALSE(time_in_archive_name("argos-backup-20261399-020304.tar.gz"));
  EXPECT_FALSE(time_in_archive_name("other.tar.gz"));
  EXPECT_TRUE(is_archive_name("other.tar.gz"));
  for (const auto* const name : {"a b.tar.gz", "a\nb.tar.gz", "../a.tar.gz", "a\"b.tar.gz", "\xff.tar.gz", "ä.tar.gz"})
    EXPECT_FALSE(is_archive_name(name)) << name;
  EXPECT_FALSE(is_archive_name(".tar.gz"));
  EXPECT_FALSE(is_archive_name(".argos-backup-1.tar.gz"));
  EXPECT_FALSE(is_archive_name("argos-backup-1.tar.gz.partial"));
}

}  // namespace
}  // namespace argos
