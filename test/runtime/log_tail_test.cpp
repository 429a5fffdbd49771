// SPDX-License-Identifier: Apache-2.0
// Every whole line once, whatever becomes of the file meanwhile.
#include "runtime/log_tail.hpp"

#include "test/support/support.hpp"

namespace argos {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct LogTailTest : testing::Test {
  test::TempFolder folder;
  std::string path = folder / "errors.log";
  LogTail tail{path};

  void append(const std::string& text) const { std::ofstream(path, std::ios::app | std::ios::binary) << text; }
  void rename() const { std::filesystem::rename(path, folder / "errors-1.log"); }
  std::vector<std::string> read() {
    std::vector<std::string> out;
    while (tail.read([&](std::string_view line) { out.emplace_back(line); })) {
    }
    return out;
  }
};

TEST_F(LogTailTest, ALineComesOnceAndOnlyWhenItsEndHasCome) {
  append("one\ntw");
  EXPECT_THAT(read(), ElementsAre("one"));
  EXPECT_THAT(read(), IsEmpty());
  append("o\n");
  EXPECT_THAT(read(), ElementsAre("two"));
}

TEST_F(LogTailTest, AFileThatIsNotThereYetIsReadFromItsBeginning) {
  EXPECT_THAT(read(), IsEmpty());
  append(std::string(2 * LogTail::kLookBack, 'x').replace(5, 1, "\n") + "\nlast\n");
  const auto lines = read();
  ASSERT_FALSE(lines.empty());
  EXPECT_EQ(lines.front(), "xxxxx");
  EXPECT_EQ(lines.back(), "last");
}

TEST_F(LogTailTest, OfWhatWasThereBeforeOnlyTheEndIsReadFromAWholeLineOn) {
  std::string old;
  for (int at = 0; old.size() < 3 * LogTail::kLookBack; ++at) old += "line " + std::to_string(at) + "\n";
  append(old);
  const auto lines = read();
  ASSERT_GT(lines.size(), 100U);
  EXPECT_LT(lines.size() * 10, LogTail::kLookBack * 2);
  for (const auto& line : lines) ASSERT_TRUE(line.starts_with("line ")) << line;
  append("new\n");
  EXPECT_THAT(read(), ElementsAre("new"));
}

TEST_F(LogTailTest, OverARotationNothingIsLost) {
  append("one\n");
  EXPECT_THAT(read(), ElementsAre("one"));
  append("two\n");
  rename();
  append("three\n");
  EXPECT_THAT(read(), ElementsAre("two", "three"));
  append("four\n");
  EXPECT_THAT(read(), ElementsAre("four"));
}

TEST_F(LogTailTest, BetweenTheTwoStepsOfARotationTheOldFileIsReadOn) {
  append("one\n");
  EXPECT_THAT(read(), ElementsAre("one"));
  rename();
  std::ofstream(folder / "errors-1.log", std::ios::app) << "two\n";
  EXPECT_THAT(read(), ElementsAre("two"));
  append("three\n");
  EXPECT_THAT(read(), ElementsAre("three"));
}

TEST_F(LogTailTest, AFileCutShortIsReadFromItsBeginning) {
  append("one\ntwo\nthree and a half");
  EXPECT_THAT(read(), ElementsAre("one", "two"));
  std::filesystem::resize_file(path, 0);
  append("new\n");
  EXPECT_THAT(read(), ElementsAre("new"));
}

TEST_F(LogTailTest, ALineThatIsTooLongIsLeftOutAndTheNextIsNot) {
  append("one\n" + std::string(3 * LogTail::kLongestLine, 'x'));
  EXPECT_THAT(read(), ElementsAre("one"));
  append(std::string(LogTail::kLongestLine, 'y') + "\ntwo\n");
  EXPECT_THAT(read(), ElementsAre("two"));
}

TEST_F(LogTailTest, WhatIsNoFileIsLeftAlone) {
  std::filesystem::create_directory(path);
  EXPECT_THAT(read(), IsEmpty());
  std::filesystem::remove(path);
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_THAT(read(), IsEmpty());
  std::filesystem::remove(path);
  append("one\n");
  EXPECT_THAT(read(), ElementsAre("one"));
}

TEST_F(LogTailTest, AMuchWrittenFileIsReadInPieces) {
  append("one\n");
  EXPECT_THAT(read(), ElementsAre("one"));
  std::string much;
  while (much.size() < 2 * LogTail::kMostAtOnce) much += "a line like any other\n";
  append(much);
  int count = 0;
  EXPECT_TRUE(tail.read([&](std::string_view) { ++count; })) << "there is more";
  EXPECT_LE(count * 22UL, LogTail::kMostAtOnce + 22);
}

TEST_F(LogTailTest, TheFollowerMarksItsKeyForTellingLinesOnly) {
  boost::asio::io_context context;
  std::vector<std::string> lines;
  LogFollower follower({Kind::controller, "tls"}, path, [&](std::string_view line) {
    lines.emplace_back(line);
    return line == "telling";
  });
  int marks = 0;
  boost::asio::co_spawn(context, follower.run([&](const Key&, std::string_view) { ++marks; }),
                        [](const std::exception_ptr&) {});
  append("dull\n");
  test::eventually([&] { return context.poll() > 0 && lines.size() == 1; });
  EXPECT_EQ(marks, 0);
  append("telling\n");
  EXPECT_TRUE(test::eventually([&] {
    context.poll();
    return marks == 1;
  }));
  EXPECT_THAT(lines, ElementsAre("dull", "telling"));
}

}  // namespace
}  // namespace argos
