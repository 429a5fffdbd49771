// SPDX-License-Identifier: Apache-2.0
#include "model/nearest.hpp"

#include <gtest/gtest.h>

#include <array>

namespace argos {
namespace {

constexpr std::array<std::string_view, 4> kFields{"domain", "aliases", "targetGroup", "enabled"};

TEST(Nearest, ATypoIsFound) {
  EXPECT_EQ(nearest("domian", kFields), "domain");   // two neighbours swapped
  EXPECT_EQ(nearest("alises", kFields), "aliases");  // one left out
  EXPECT_EQ(nearest("enabledd", kFields), "enabled");
  EXPECT_EQ(nearest("targetGruop", kFields), "targetGroup");
}

TEST(Nearest, CaseDoesNotCount) { EXPECT_EQ(nearest("targetgroup", kFields), "targetGroup"); }

TEST(Nearest, WhatIsTooFarIsNotProposed) {
  EXPECT_EQ(nearest("hostname", kFields), std::nullopt);
  EXPECT_EQ(nearest("", kFields), std::nullopt);
  EXPECT_EQ(nearest(std::string(100'000, 'a'), kFields), std::nullopt);
}

TEST(Nearest, AShortWordMayDifferInOneCharacter) {
  constexpr std::array<std::string_view, 2> kShort{"on", "dns"};
  EXPECT_EQ(nearest("in", kShort), "on");
  EXPECT_EQ(nearest("dnx", kShort), "dns");
  EXPECT_EQ(nearest("xyz", kShort), std::nullopt);
}

TEST(Nearest, TiesGoToTheEarlierCandidate) {
  constexpr std::array<std::string_view, 2> kTwins{"cat", "car"};
  EXPECT_EQ(nearest("cab", kTwins), "cat");
}

}  // namespace
}  // namespace argos
