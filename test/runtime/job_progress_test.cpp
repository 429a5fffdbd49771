// SPDX-License-Identifier: Apache-2.0
#include "runtime/job_progress.hpp"

#include <gtest/gtest.h>

namespace argos {
namespace {

using namespace std::chrono_literals;

TEST(JobProgressTest, SaysHowLongItTakesIfItGoesOnLikeThis) {
  JobProgress progress;
  progress.enter(JobPhase::archive, 1000);
  const auto begun = progress.begun.load();
  EXPECT_FALSE(progress.left(begun + 10s)) << "nothing is done, so nobody knows";
  progress.done = 250;
  EXPECT_FALSE(progress.left(begun + 100ms)) << "too soon";
  EXPECT_EQ(progress.left(begun + 10s), 30s);
  EXPECT_EQ(progress.text(begun + 10s), "archive: 25 %, 30 s left");
  progress.done = 1000;
  EXPECT_EQ(progress.left(begun + 20s), 0s);
  progress.done = 5000;  // more than was thought
  EXPECT_EQ(progress.left(begun + 20s), 0s);
  progress.enter(JobPhase::proof, 50);
  EXPECT_EQ(progress.text(progress.begun.load() + 10s), "proof: 0 %");
}

}  // namespace
}  // namespace argos
