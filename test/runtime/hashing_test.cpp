// SPDX-License-Identifier: Apache-2.0
#include "runtime/hashing.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/file_tree.hpp"
#include "test/support/process.hpp"
#include "test/support/support.hpp"

namespace argos {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

struct HashingTest : testing::Test {
  test::TempFolder folder;
  std::string sha256sum(const std::string& file) { return test::shell("sha256sum < '" + file + "'").out.substr(0, 64); }
};

TEST_F(HashingTest, IsWhatSha256sumSaysForEverySizeAroundABlock) {
  for (const std::size_t size : {0UL, 1UL, 63UL, 64UL, (128UL << 10U) - 1, 128UL << 10U, (128UL << 10U) + 1, 1UL << 20U}) {
    std::string bytes;
    for (std::size_t at = 0; at < size; ++at) bytes += static_cast<char>(at * 7919 >> 3U);
    const auto file = folder.write("file", bytes);
    EXPECT_EQ(sha256_of_file(file).value(), sha256sum(file)) << size;
    EXPECT_EQ(sha256_hex(bytes), sha256sum(file)) << size;
  }
}

TEST_F(HashingTest, PiecesOfAnySizeMakeTheSameHash) {
  const auto file = folder.write("file", std::string(300'000, 'x'));
  auto hash = FileHash::open(file).value();
  std::uint64_t all = 0;
  while (hash.left() > 0) all += hash.advance(1000).value();
  EXPECT_EQ(all, 300'000U);
  EXPECT_EQ(hash.hex().value(), sha256sum(file));
}

TEST_F(HashingTest, NoMoreThanAskedForIsRead) {
  auto hash = FileHash::open(folder.write("file", std::string(300'000, 'x'))).value();
  EXPECT_EQ(hash.advance(200'000).value(), 200'000U);
  EXPECT_EQ(hash.left(), 100'000U);
}

TEST_F(HashingTest, OnlyRegularFilesAreOpenedAndNothingIsWaitedFor) {
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  folder.write("file", "x");
  fs::create_symlink("file", folder / "link");
  EXPECT_EQ(FileHash::open(folder / "fifo").error().reason, "NotAFile");
  EXPECT_EQ(FileHash::open(folder / "link").error().reason, "NotAFile");
  EXPECT_EQ(FileHash::open(folder.path()).error().reason, "NotAFile");
  EXPECT_EQ(FileHash::open("/dev/zero").error().reason, "NotAFile");
  EXPECT_EQ(FileHash::open(folder / "none").error().reason, "NotFound");
}

// What may happen to a file between the first byte and the last.
TEST_F(HashingTest, AFileThatMovesWhileItIsReadHasNoHash) {
  const std::map<std::string, std::pair<std::function<void(const std::string&)>, std::string>> cases{
      {"grows", {[](const auto& file) { std::ofstream(file, std::ios::app) << "more"; }, "Moved"}},
      {"shrinks", {[](const auto& file) { fs::resize_file(file, 10); }, "Moved"}},
      {"changes its mode", {[](const auto& file) { fs::permissions(file, fs::perms::owner_all); }, "Moved"}},
      {"is replaced",
       {[](const auto& file) {
          std::ofstream(file + "2") << std::string(300'000, 'x');
          fs::rename(file + "2", file);
        },
        "Moved"}},
      {"vanishes", {[](const auto& file) { fs::remove(file); }, "NotFound"}}};
  for (const auto& [what, one] : cases) {
    const auto file = folder.write("file", std::string(300'000, 'x'));
    auto hash = FileHash::open(file).value();
    ASSERT_TRUE(hash.advance(1000));
    one.first(file);
    while (hash.left() > 0) ASSERT_TRUE(hash.advance(100'000));
    const auto hex = hash.hex();
    ASSERT_FALSE(hex) << what;
    EXPECT_EQ(hex.error().reason, one.second) << what;
    EXPECT_THAT(hex.error().message, HasSubstr(file)) << what;
  }
}

TEST_F(HashingTest, AStampTellsChangesThatKeepSizeAndTime) {
  const auto file = folder.write("file", "one");
  const auto stamp = [&] {
    struct stat about {};
    ::stat(file.c_str(), &about);
    return std::pair(stamp_of(about), about.st_mtim);
  };
  const auto [before, time] = stamp();
  // The clock of the file system must have moved on.
  ASSERT_TRUE(test::eventually([&] {
    folder.write("other", "x");
    return fs::last_write_time(folder / "other") > fs::last_write_time(file);
  }));
  std::ofstream(file) << "two";
  const timespec times[2]{{0, UTIME_OMIT}, time};
  ASSERT_EQ(::utimensat(AT_FDCWD, file.c_str(), times, 0), 0);
  const auto after = stamp().first;
  EXPECT_EQ(after.size, before.size);
  EXPECT_EQ(after.mtime_ns, before.mtime_ns);
  EXPECT_NE(after, before);
}

using FileTreeTest = HashingTest;

TEST_F(FileTreeTest, HasEverythingBelowAndFollowsNothing) {
  const test::TempFolder elsewhere;
  elsewhere.write("secret", "x");
  folder.write("sub/deep/file", "123");
  folder.write("\xff\n", "x");
  fs::create_directory_symlink(elsewhere.path(), folder / "out");
  fs::create_symlink("nowhere", folder / "dangling");
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  ::chmod((folder / "sub/deep/file").c_str(), 0640);
  const auto tree = read_tree({folder.path()});
  std::map<std::string, FileKind> kinds;
  for (const auto& [path, entry] : tree.entries) kinds[path] = entry.kind;
  EXPECT_THAT(kinds, ElementsAre(Pair(folder / "dangling", FileKind::link), Pair(folder / "fifo", FileKind::fifo),
                                 Pair(folder / "out", FileKind::link), Pair(folder / "sub/deep/file", FileKind::file),
                                 Pair(folder / "\xff\n", FileKind::file)));
  EXPECT_EQ(tree.entries.find(folder / "out")->second.target, elsewhere.path().string());
  EXPECT_EQ(tree.entries.find(folder / "sub/deep/file")->second.mode, 0640U);
  EXPECT_EQ(tree.entries.find(folder / "sub/deep/file")->second.stamp.size, 3);
}

TEST_F(FileTreeTest, ALinkThatIsNamedItselfIsFollowed) {
  folder.write("real/file", "x");
  fs::create_directory_symlink("real", folder / "link");
  EXPECT_TRUE(read_tree({folder / "link"}).entries.contains(folder / "link/file"));
}

TEST_F(FileTreeTest, ASingleFileIsATree) {
  const auto file = folder.write("file", "x");
  EXPECT_THAT(read_tree({file}).entries, ElementsAre(Pair(file, testing::_)));
}

TEST_F(FileTreeTest, WhatIsNotThereIsMissing) {
  const auto tree = read_tree({folder / "none", folder.path()});
  EXPECT_THAT(tree.missing, ElementsAre(Pair(folder / "none", HasSubstr("No such file"))));
  EXPECT_TRUE(tree.entries.empty());
}

TEST_F(FileTreeTest, AVeryDeepTreeNeedsFewOpenFolders) {
  std::string deep = folder.path();
  for (int level = 0; level < 300; ++level) ::mkdir((deep += "/d").c_str(), 0700);
  std::ofstream(deep + "/file") << "x";
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit few{64, before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &few);
  const auto tree = read_tree({folder.path()});
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(tree.entries.size(), 1U);
  EXPECT_TRUE(tree.unreadable.empty());
}

}  // namespace
}  // namespace argos
