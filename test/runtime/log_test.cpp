// SPDX-License-Identifier: Apache-2.0
// The log as it comes out: a line a message, whatever the message quotes.
#include "runtime/log.hpp"

#include <ctime>

#include <gmock/gmock.h>
#include <spdlog/spdlog.h>

#include "model/condition.hpp"

namespace argos::test {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

// With what somebody sent who would like to write a line of his own.
std::string logged(const std::string& format, const std::string& sent) {
  const auto before = spdlog::default_logger();
  testing::internal::CaptureStderr();
  set_up_log("info", format);
  spdlog::warn("no such user: {}", sent);
  spdlog::set_default_logger(before);
  return testing::internal::GetCapturedStderr();
}

struct LogTest : testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Each, LogTest, testing::Values("text", "json"), [](const auto& format) { return format.param; });

TEST_P(LogTest, NobodyWritesALineOfHisOwnNorMovesTheCursor) {
  const auto line = logged(GetParam(), "x\r\n2026-11-27T00:00:00.000Z info    admin logged in\x1b[2J\u0085\u2028\xff");
  EXPECT_THAT(line, AllOf(HasSubstr("no such user: x"), EndsWith("\n"), Not(HasSubstr("\x1b")), Not(HasSubstr("\r"))));
  EXPECT_EQ(std::ranges::count(line, '\n'), 1) << line;
}

TEST_P(LogTest, TimesAreUtcWhereverItRuns) {
  ::setenv("TZ", "Asia/Tokyo", 1);
  ::tzset();
  const auto before = to_rfc3339(std::chrono::system_clock::now());
  const auto line = logged(GetParam(), "");
  const auto after = to_rfc3339(std::chrono::system_clock::now());
  ::unsetenv("TZ");
  ::tzset();
  const auto time = line.substr(line.find("20"), before.size());
  EXPECT_TRUE(before <= time && time <= after) << line;
}

TEST_P(LogTest, WhatIsTextStaysAsItIsHoweverLong) {
  const std::string text = "größer, 大, " + std::string(5'000, 'x') + " end";
  EXPECT_THAT(logged(GetParam(), text), HasSubstr(text));
}

}  // namespace
}  // namespace argos::test
