// SPDX-License-Identifier: Apache-2.0
// Random sequences of everything that can happen; after each settling what is served is the last acceptable state and nothing else,
// and what Caddy runs is the render of it.
#include "test/e2e/model_hands.hpp"
#include "test/support/torture.hpp"

namespace argos::test {
namespace {

TEST(ModelTorture, WhateverHappensTheLastAcceptableStateIsServed) {
  constexpr int kMostBetweenLooks = 20;
  ModelHands hands(seed());
  std::minstd_rand random(static_cast<std::uint32_t>(seed()));
  std::string done, former;
  for (int step = 0, left = 0, most = rounds(200, 100'000); step < most; ++step) {
    done += hands.step() + "\n";
    if (!hands.must_look() && left-- > 0 && step + 1 < most) continue;
    ASSERT_TRUE(hands.settles()) << "seed " << seed() << ", step " << step << "; between the two looks before:\n"
                                 << former << "since the last look:\n"
                                 << done << hands.differences() << "\n"
                                 << hands.logs();
    left = static_cast<int>(random() % kMostBetweenLooks);
    former = std::exchange(done, {});
  }
}

}  // namespace
}  // namespace argos::test
