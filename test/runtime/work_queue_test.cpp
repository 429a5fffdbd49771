// SPDX-License-Identifier: Apache-2.0
#include "runtime/work_queue.hpp"

#include <gtest/gtest.h>

namespace argos {
namespace {

using namespace std::chrono_literals;

const Time kNow{1h};
Key host(const char* name) { return {Kind::host, name}; }

TEST(WorkQueue, AKeyAddedManyTimesIsTakenOnce) {
  WorkQueue queue;
  for (int i = 0; i < 100; ++i) queue.add(host("a"), kNow);
  EXPECT_EQ(queue.take(kNow), host("a"));
  EXPECT_EQ(queue.take(kNow), std::nullopt);
}

TEST(WorkQueue, OfSeveralWishesTheEarliestCounts) {
  WorkQueue queue;
  queue.add(host("a"), kNow + 10s);
  queue.add(host("a"), kNow + 1s);
  queue.add(host("a"), kNow + 5s);
  EXPECT_EQ(queue.next_due(), kNow + 1s);
  EXPECT_EQ(queue.size(), 1U);
}

TEST(WorkQueue, NothingIsTakenBeforeItIsDue) {
  WorkQueue queue;
  queue.add(host("a"), kNow + 1ms);
  EXPECT_EQ(queue.take(kNow), std::nullopt);
  EXPECT_EQ(queue.take(kNow + 1ms), host("a"));
}

TEST(WorkQueue, WhoHasBeenDueLongestIsFirst) {
  WorkQueue queue;
  queue.add(host("a"), kNow);
  queue.add(host("b"), kNow - 1s);
  queue.add(host("c"), kNow - 2s);
  EXPECT_EQ(queue.take(kNow), host("c"));
  EXPECT_EQ(queue.take(kNow), host("b"));
  EXPECT_EQ(queue.take(kNow), host("a"));
}

TEST(WorkQueue, AKeyInWorkIsNeverTakenAgainBeforeItIsDone) {
  WorkQueue queue;
  queue.add(host("a"), kNow);
  ASSERT_TRUE(queue.take(kNow));
  queue.add(host("a"), kNow);
  EXPECT_EQ(queue.take(kNow + 1h), std::nullopt);
  EXPECT_TRUE(queue.busy());
  queue.done(host("a"));
  EXPECT_EQ(queue.take(kNow), host("a"));
}

TEST(WorkQueue, AKeyMarkedWhileInWorkIsDueAtTheEarliestOfThoseMarks) {
  WorkQueue queue;
  queue.add(host("a"), kNow);
  ASSERT_TRUE(queue.take(kNow));
  queue.add(host("a"), kNow + 9s);
  queue.add(host("a"), kNow + 3s);
  queue.done(host("a"));
  EXPECT_EQ(queue.next_due(), kNow + 3s);
}

TEST(WorkQueue, AKeyThatIsDoneAndNotWantedIsForgotten) {
  WorkQueue queue;
  queue.add(host("a"), kNow);
  ASSERT_TRUE(queue.take(kNow));
  queue.done(host("a"));
  EXPECT_EQ(queue.next_due(), std::nullopt);
  EXPECT_FALSE(queue.busy());
}

TEST(WorkQueue, FailuresWaitTwiceAsLongEachTimeUpToTheMost) {
  WorkQueue queue({.first = 100ms, .most = 1s});
  for (const auto full : {100ms, 200ms, 400ms, 800ms, 1000ms, 1000ms}) {
    const Span wait = queue.fail(host("a"));
    EXPECT_LE(wait, full);
    EXPECT_GE(wait, full * 3 / 4) << "jitter takes a quarter at most";
  }
}

TEST(WorkQueue, ManyFailuresDoNotOverflow) {
  WorkQueue queue({.first = 200ms, .most = 1min});
  Span last{};
  for (int i = 0; i < 10'000; ++i) last = queue.fail(host("a"));
  EXPECT_GT(last, 40s);
  EXPECT_LE(last, 1min);
}

TEST(WorkQueue, ASuccessForgetsFailuresOfThatKeyOnly) {
  WorkQueue queue({.first = 100ms, .most = 1min});
  for (int i = 0; i < 5; ++i) {
    queue.fail(host("a"));
    queue.fail(host("b"));
  }
  queue.succeed(host("a"));
  EXPECT_LE(queue.fail(host("a")), 100ms);
  EXPECT_GT(queue.fail(host("b")), 1s);
}

TEST(WorkQueue, OneFailingKeyDoesNotDelayAnother) {
  WorkQueue queue;
  queue.add(host("bad"), kNow + queue.fail(host("bad")));
  queue.add(host("good"), kNow);
  EXPECT_EQ(queue.take(kNow), host("good"));
}

}  // namespace
}  // namespace argos
