// SPDX-License-Identifier: Apache-2.0
#include "runtime/incoming_archive.hpp"

#include <filesystem>

#include <gmock/gmock.h>

#include "runtime/caddy_extract.hpp"
#include "test/support/archives.hpp"

namespace argos::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

const std::string kDatabase = "not looked into here";

std::string whole_archive(const std::string& path, std::vector<TarMember> more = {}) {
  std::vector<TarMember> members{{"argos.db", kDatabase}, {"metadata.json", metadata_for(kDatabase)}};
  members.insert(members.end(), more.begin(), more.end());
  make_archive(path, members);
  return bytes_of_file(path);
}

struct Incoming : ::testing::Test {
  Result<ReadArchive> take(const std::string& bytes, const std::string& name = "a.tar.gz") {
    auto archive = IncomingArchive::open(backups, bytes.size());
    if (!archive) return archive.error();
    for (std::size_t at = 0; at < bytes.size(); at += 100) {
      if (auto written = archive->write(std::string_view(bytes).substr(at, 100)); !written) return written.error();
    }
    return archive->keep(name, progress);
  }
  TempFolder folder;
  std::string backups = folder / "backups";
  JobProgress progress;
};

TEST_F(Incoming, IsThereWholeAndItsOwnersAlone) {
  const auto bytes = whole_archive(folder / "made.tar.gz");
  const auto kept = take(bytes);
  ASSERT_TRUE(kept) << kept.error().text();
  EXPECT_EQ(bytes_of_file(backups + "/a.tar.gz"), bytes);
  EXPECT_EQ(fs::status(backups + "/a.tar.gz").permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(Incoming, NeverTakesAnothersPlace) {
  const auto bytes = whole_archive(folder / "made.tar.gz");
  folder.write("backups/a.tar.gz", "here first");
  EXPECT_EQ(take(bytes).error().reason, "AlreadyExists");
  EXPECT_EQ(bytes_of_file(backups + "/a.tar.gz"), "here first");
  EXPECT_EQ(std::distance(fs::directory_iterator(backups), {}), 1);
}

TEST_F(Incoming, MoreThanThereIsRoomForIsRefusedAtOnce) {
  EXPECT_EQ(IncomingArchive::open(backups, 1ULL << 60U).error().reason, "NoSpace");
  EXPECT_TRUE(fs::is_empty(backups));
}

TEST_F(Incoming, WhatAKilledRunLeftGoesOnceItIsOld) {
  folder.write("backups/.incoming-dead.partial", "half");
  folder.write("backups/.incoming-live.partial", "half");
  folder.write("backups/.incoming-dead", "somebody's");
  for (const char* const name : {".incoming-dead.partial", ".incoming-dead"})
    fs::last_write_time(backups + "/" + name, fs::file_time_type::clock::now() - 2h);
  ASSERT_TRUE(remove_incoming_leftovers(backups));
  EXPECT_FALSE(fs::exists(backups + "/.incoming-dead.partial"));
  EXPECT_TRUE(fs::exists(backups + "/.incoming-live.partial"));
  EXPECT_TRUE(fs::exists(backups + "/.incoming-dead"));
}

struct Extraction : ::testing::Test {
  Result<std::int64_t> extract(std::vector<TarMember> members) {
    whole_archive(archive, std::move(members));
    return extract_caddy(archive, into, progress);
  }
  TempFolder folder;
  std::string archive = folder / "a.tar.gz", into = folder / "new";
  JobProgress progress;
};

TEST_F(Extraction, GivesCaddysFilesAndNothingElse) {
  const auto count = extract({{"caddy/acme/key.pem", "a key"}, {"caddy/empty", ""}});
  ASSERT_TRUE(count) << count.error().text();
  EXPECT_EQ(*count, 2);
  EXPECT_EQ(bytes_of_file(into + "/acme/key.pem"), "a key");
  EXPECT_TRUE(fs::exists(into + "/empty"));
  EXPECT_FALSE(fs::exists(into + "/argos.db"));
  EXPECT_EQ(fs::status(into).permissions(), fs::perms::owner_all);
}

TEST_F(Extraction, TakesNothingsPlace) {
  folder.write("new/here", "first");
  EXPECT_EQ(extract({{"caddy/key.pem", "a key"}}).error().reason, "AlreadyExists");
  EXPECT_EQ(std::distance(fs::directory_iterator(into), {}), 1);
}

TEST_F(Extraction, OfABadArchiveThereIsNothing) {
  EXPECT_EQ(extract({{"caddy/key.pem", "a key"}, {"../evil", "x"}}).error().reason, "UnexpectedMember");
  EXPECT_EQ(extract({}).error().reason, "NothingCaptured");
  EXPECT_FALSE(extract({{"caddy/a", "x"}, {"caddy/a", "y"}}));
  EXPECT_FALSE(extract({{"caddy/a", "x"}, {"caddy/a/b", "y"}}));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1) << "the archive alone";
}

}  // namespace
}  // namespace argos::test
