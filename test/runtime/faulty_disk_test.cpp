// SPDX-License-Identifier: Apache-2.0
// The library that makes system calls fail does so to the n-th, below its folder, and to nothing else.
#include "test/support/faulty_disk.hpp"

#include <cerrno>

#include "runtime/database.hpp"
#include "runtime/files.hpp"
#include "test/support/process.hpp"

namespace argos::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

struct FaultyDiskTest : testing::Test {
  // What `commands` print, run by a shell with the library.
  std::string run(const std::string& commands) {
    std::string before;
    for (const auto& [name, value] : disk.environment()) before += name + "='" + value + "' ";
    return shell("cd '" + folder.path().string() + "' && " + before + "sh -c '" + commands + "'").out;
  }
  // The first call is that of the first command, and so on.
  static constexpr const char* kThreeCalls = "ln -s there a; mv a b; rm b";

  TempFolder folder;
  FaultyDisk disk{folder.path()};
};

TEST_F(FaultyDiskTest, CountsWhatHappensBelowTheFolderOnly) {
  disk.arm(Fault::none, 0);
  EXPECT_EQ(run(kThreeCalls), "");
  EXPECT_EQ(disk.calls(), 3);
  EXPECT_FALSE(disk.has_struck());
  const TempFolder other;
  disk.arm(Fault::fail, 1);
  EXPECT_EQ(run("ln -s there " + (other / "a") + "; rm " + (other / "a")), "");
  EXPECT_EQ(disk.calls(), 0);
}

TEST_F(FaultyDiskTest, EachCallCanBeTheOneThatFailsWithTheErrorAskedFor) {
  const std::vector<std::string> calls{"symlink", "rename", "unlink"};
  const auto clear = [&] { shell("rm -f '" + folder.path().string() + "'/*"); };
  for (int nth = 1; nth <= 3; ++nth) {
    clear();
    disk.arm(Fault::fail, nth, {.error = ENOSPC});
    EXPECT_THAT(run(kThreeCalls), HasSubstr("No space left on device")) << nth;
    EXPECT_THAT(disk.story(), StartsWith(calls[static_cast<std::size_t>(nth) - 1] + " " + folder.path().string() + "/"));
  }
  clear();
  disk.arm(Fault::fail, 4);
  run(kThreeCalls);
  EXPECT_FALSE(disk.has_struck());
}

TEST_F(FaultyDiskTest, ADiskThatIsFullStaysFull) {
  disk.arm(Fault::fail, 1, {.error = ENOSPC, .times = FaultyDisk::kForever});
  run("ln -s x a; ln -s x b; ln -s x c");
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  disk.disarm();
  run("ln -s x a");
  EXPECT_FALSE(std::filesystem::is_empty(folder.path()));
}

TEST_F(FaultyDiskTest, AKillComesBeforeTheCall) {
  disk.arm(Fault::kill, 2);
  run("ln -s there a; exec mv a b");
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "a"));
  EXPECT_THAT(disk.story(), StartsWith("rename"));
}

TEST_F(FaultyDiskTest, AWriteCanBeShortOrTorn) {
  disk.arm(Fault::short_write, 1);
  run("echo abcdefg | dd of=x");
  EXPECT_EQ(*read_file(folder / "x"), "abcdefg\n") << "the rest is written by the next call";
  EXPECT_EQ(disk.calls(), 2);
  disk.arm(Fault::torn_write, 1);
  run("echo abcdefg | dd of=x");
  EXPECT_EQ(*read_file(folder / "x"), "abcd");
}

// SQLite's own calls are seen: a transaction makes several, and its file is whole whichever of them fails.
TEST_F(FaultyDiskTest, TheCallsOfSqliteAreAmongThem) {
  run("sqlite3 db \"PRAGMA journal_mode=WAL; CREATE TABLE t (x); INSERT INTO t VALUES (1);\"");
  int nth = 0;
  do {
    ++nth;
    disk.arm(nth % 2 == 0 ? Fault::fail : Fault::kill, nth);
    run("sqlite3 db \"UPDATE t SET x = x + 1\"");
    auto database = Database::open(folder / "db", Database::Mode::read_only);
    ASSERT_TRUE(database) << disk.story();
    EXPECT_GE(*database->number("SELECT x FROM t"), 1) << disk.story();
  } while (disk.has_struck());
  EXPECT_GT(nth, 5);
}

}  // namespace
}  // namespace argos::test
