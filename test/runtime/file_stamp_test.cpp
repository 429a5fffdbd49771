// SPDX-License-Identifier: Apache-2.0
#include "runtime/file_stamp.hpp"

#include "test/support/support.hpp"

namespace argos {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

const auto kNow = std::chrono::system_clock::now();

TEST(FileStamp, IsGivenOnlyOfAFileThatDidNotChangeJustNow) {
  const test::TempFolder folder;
  const auto path = folder.write("a", "x");
  EXPECT_FALSE(settled_stamp(path, std::chrono::system_clock::now()));
  EXPECT_FALSE(settled_stamp(path, kNow - 1h)) << "the clock was set back";
  EXPECT_TRUE(settled_stamp(path, kNow + 1h));
}

TEST(FileStamp, IsAnotherOnceTheFileChanges) {
  const test::TempFolder folder;
  const auto path = folder.write("a", "x");
  const auto stamp = settled_stamp(path, kNow + 1h);
  EXPECT_EQ(settled_stamp(path, kNow + 2h), stamp);
  folder.write("a", "xy");
  EXPECT_NE(settled_stamp(path, kNow + 1h), stamp);
  fs::rename(folder.write("b", "x"), path);
  EXPECT_NE(settled_stamp(path, kNow + 1h), stamp) << "another file of the same size";
}

TEST(FileStamp, IsAnotherThoughSomebodySetBackItsTime) {
  const test::TempFolder folder;
  const auto path = folder.write("a", "x");
  const auto written = fs::last_write_time(path);
  const auto stamp = settled_stamp(path, kNow + 1h);
  for (auto later = stamp; later && later->ctime_ns == stamp->ctime_ns; later = settled_stamp(path, kNow + 1h)) {
    folder.write("a", "y");
    fs::last_write_time(path, written);
  }
  EXPECT_NE(settled_stamp(path, kNow + 1h), stamp);
}

TEST(FileStamp, IsOfTheFileThatALinkLeadsTo) {
  const test::TempFolder folder;
  fs::create_symlink(folder.write("a", "x"), folder / "link");
  EXPECT_EQ(settled_stamp(folder / "link", kNow + 1h), settled_stamp(folder / "a", kNow + 1h));
  EXPECT_FALSE(settled_stamp(folder.path(), kNow + 1h));
  EXPECT_FALSE(settled_stamp(folder / "none", kNow + 1h));
}

}  // namespace
}  // namespace argos
