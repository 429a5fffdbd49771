// SPDX-License-Identifier: Apache-2.0
#include "model/unified_diff.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <random>
#include <vector>

namespace argos {
namespace {

std::string diff(std::string_view before, std::string_view after) { return unified_diff({before, "a"}, {after, "b"}); }

std::string numbered(int from, int to) {
  std::string out;
  for (int at = from; at <= to; ++at) out += std::to_string(at) + "\n";
  return out;
}

TEST(UnifiedDiff, EqualTextsHaveNone) {
  EXPECT_EQ(diff("", ""), "");
  EXPECT_EQ(diff("a\nb\n", "a\nb\n"), "");
}

TEST(UnifiedDiff, AChangedLineHasThreeLinesAround) {
  EXPECT_EQ(diff(numbered(1, 9), numbered(1, 4) + "five\n" + numbered(6, 9)),
            "--- a\n+++ b\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

TEST(UnifiedDiff, ChangesFarApartAreHunksOfTheirOwn) {
  EXPECT_EQ(diff(numbered(1, 8), numbered(2, 7)), "--- a\n+++ b\n@@ -1,8 +1,6 @@\n-1\n 2\n 3\n 4\n 5\n 6\n 7\n-8\n");
  EXPECT_EQ(diff(numbered(1, 9), numbered(2, 8)),
            "--- a\n+++ b\n@@ -1,4 +1,3 @@\n-1\n 2\n 3\n 4\n@@ -6,4 +5,3 @@\n 6\n 7\n 8\n-9\n");
}

TEST(UnifiedDiff, WhatIsNotThereIsAllAddedOrAllGone) {
  EXPECT_EQ(unified_diff({"", "a", false}, {"x\ny\n", "b"}), "--- /dev/null\n+++ b\n@@ -0,0 +1,2 @@\n+x\n+y\n");
  EXPECT_EQ(unified_diff({"x\n", "a"}, {"", "b", false}), "--- a\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n");
}

TEST(UnifiedDiff, AMissingLineEndIsSaid) {
  EXPECT_EQ(diff("x\n", "x"), "--- a\n+++ b\n@@ -1 +1 @@\n-x\n+x\n\\ No newline at end of file\n");
}

TEST(UnifiedDiff, TextsTooLargeToCompareLineByLineAreExchanged) {
  const auto out = diff("same\n" + numbered(1, 5000), "same\n" + numbered(5001, 10'000));
  EXPECT_EQ(out.substr(0, out.find("\n-2\n")), "--- a\n+++ b\n@@ -1,5001 +1,5001 @@\n same\n-1");
}

// ---- as `patch` reads it ---------------------------------------------------------------------------------------------------

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    out.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

std::size_t number_after(const std::string& line, char mark) {
  std::size_t number = 0;
  const auto at = line.find(mark, 3) + 1;
  std::from_chars(line.data() + at, line.data() + line.size(), number);
  return number;
}

std::string patched(const std::string& before, const std::string& diff) {
  const auto lines = split(before), script = split(diff);
  std::string out;
  std::size_t read = 0;  // lines of `before`
  const auto copy = [&](std::size_t count) {
    for (; count > 0; --count) out += lines.at(read++) + "\n";
  };
  for (std::size_t at = 2; at < script.size(); ++at) {
    const auto& line = script[at];
    if (line.starts_with("@@")) {
      const bool none = line.find(",0 +") != std::string::npos;
      const auto first = number_after(line, '-') + (none ? 1 : 0);
      copy(first - 1 - read);
    } else if (line.front() == '+') {
      out += line.substr(1) + "\n";
    } else {
      EXPECT_EQ(line.substr(1), lines.at(read));
      if (line.front() == '-') {
        ++read;
      } else {
        copy(1);
      }
    }
  }
  copy(lines.size() - read);
  return out;
}

TEST(UnifiedDiff, APatchMadeOfItTurnsOneTextIntoTheOther) {
  for (unsigned seed = 0; seed < 500; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const auto text = [&] {
      std::string out;
      for (unsigned count = random() % 40; count > 0; --count)
        out += std::string(1, static_cast<char>('a' + random() % 4)) + "\n";
      return out;
    };
    const auto before = text(), after = text();
    const auto script = diff(before, after);
    ASSERT_EQ(script.empty() ? before : patched(before, script), after) << script;
  }
}

}  // namespace
}  // namespace argos
