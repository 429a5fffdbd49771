// SPDX-License-Identifier: Apache-2.0
// Random sequences of everything that can happen; after each settling what is served is the last acceptable state and nothing else,
// and what Caddy runs is the render of it.
#include "test/e2e/model_hands.hpp"
#include "test/support/torture.hpp"

namespace argos::test {
namespace {

constexpr int kParts = 4;  // each from a seed of its own: they go beside one another

struct ModelTorture : ::testing::TestWithParam<int> {};

TEST_P(ModelTorture, WhateverHappensTheLastAcceptableStateIsServed) {
  constexpr int kMostBetweenLooks = 20;
  const auto of_part = seed() + static_cast<unsigned>(GetParam());
  ModelHands hands(of_part);
  std::minstd_rand random(static_cast<std::uint32_t>(of_part));
  std::string done, former;
  for (int step = 0, left = 0, most = rounds(200 / kParts, 100'000 / kParts); step < most; ++step) {
    done += hands.step() + "\n";
    if (!hands.must_look() && left-- > 0 && step + 1 < most) continue;
    ASSERT_TRUE(hands.settles()) << "seed " << seed() << " (" << of_part << "), step " << step
                                 << "; between the two looks before:\n"
                                 << former << "since the last look:\n"
                                 << done << hands.differences() << "\n"
                                 << hands.logs();
    left = static_cast<int>(random() % kMostBetweenLooks);
    former = std::exchange(done, {});
  }
}

INSTANTIATE_TEST_SUITE_P(Part, ModelTorture, testing::Range(0, kParts));

}  // namespace
}  // namespace argos::test
