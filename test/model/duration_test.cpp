// SPDX-License-Identifier: Apache-2.0
#include "model/duration.hpp"

#include <gtest/gtest.h>

#include <random>

namespace argos {
namespace {

using std::chrono::milliseconds;

TEST(Duration, UnitsAreReadLargestFirst) {
  const std::pair<std::string_view, std::int64_t> cases[] = {
      {"0s", 0},         {"30s", 30'000},          {"1m30s", 90'000},     {"90s", 90'000},   {"500ms", 500},
      {"2h", 7'200'000}, {"1h2m3s4ms", 3'723'004}, {"90m30s", 5'430'000}, {"1m5ms", 60'005},
  };
  for (const auto& [text, expected] : cases) {
    ASSERT_TRUE(parse_duration(text)) << text;
    EXPECT_EQ(parse_duration(text)->value.count(), expected) << text;
  }
}

TEST(Duration, NothingElseIsADuration) {
  for (const auto* text : {"", "5", "s", "-5s", "+5s", "5 s", " 5s", "5s ", "1.5s", "5S", "5d", "1s1m", "1s1s", "5m-3s", "1h2",
                           "5us", "1ms1s", "５s"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(Duration, MoreThanTenYearsIsNoDuration) {
  EXPECT_TRUE(parse_duration("87600h"));
  EXPECT_FALSE(parse_duration("87600h1ms"));
  EXPECT_FALSE(parse_duration("300000000h"));
  EXPECT_FALSE(parse_duration("9223372036854775807h"));
  EXPECT_FALSE(parse_duration("99999999999999999999999s"));
}

TEST(Duration, TheShortestFormIsWritten) {
  EXPECT_EQ(to_string(Duration{milliseconds(90'000)}), "1m30s");
  EXPECT_EQ(to_string(Duration{milliseconds(0)}), "0s");
  EXPECT_EQ(to_string(Duration{milliseconds(3'600'000)}), "1h");
  EXPECT_EQ(to_string(Duration{milliseconds(61'001)}), "1m1s1ms");
}

TEST(Duration, WhatIsWrittenIsReadBack) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 1000; ++round) {
    const Duration duration{milliseconds(static_cast<std::int64_t>(random() % (1ULL << (round % 38))))};
    EXPECT_EQ(parse_duration(to_string(duration)), duration) << to_string(duration);
  }
}

}  // namespace
}  // namespace argos
