// SPDX-License-Identifier: Apache-2.0
// WorkQueue beside the simplest thing that keeps its promises: the same random steps, the same answers.
#include <map>
#include <random>

#include <gtest/gtest.h>

#include "runtime/work_queue.hpp"
#include "test/support/torture.hpp"

namespace argos {
namespace {

using namespace std::chrono_literals;

// Every wish as it was said; looks through all of them each time.
class SlowQueue {
 public:
  void add(const Key& key, Time due) {
    auto& wish = in_work_.contains(key) ? later_ : waiting_;
    const auto [held, fresh] = wish.emplace(key, due);
    if (!fresh) held->second = std::min(held->second, due);
  }
  // The due keys that have waited longest: any of them is a right answer.
  std::set<Key> due(Time now) const {
    std::set<Key> out;
    const auto first = next_due();
    if (!first || *first > now) return out;
    for (const auto& [key, due] : waiting_) {
      if (due == *first) out.insert(key);
    }
    return out;
  }
  void take(const Key& key) {
    waiting_.erase(key);
    in_work_.insert(key);
  }
  void done(const Key& key) {
    in_work_.erase(key);
    if (const auto held = later_.find(key); held != later_.end()) {
      waiting_.insert(*held);
      later_.erase(held);
    }
  }
  std::optional<Time> next_due() const {
    std::optional<Time> out;
    for (const auto& [key, due] : waiting_) out = out ? std::min(*out, due) : due;
    return out;
  }
  const std::set<Key>& in_work() const { return in_work_; }

 private:
  std::map<Key, Time> waiting_, later_;
  std::set<Key> in_work_;
};

void play(std::uint64_t seed) {
  SCOPED_TRACE("ARGOS_TEST_SEED=" + std::to_string(seed));
  constexpr int kSteps = 200, kKeys = 6;
  std::mt19937_64 random(seed);
  const auto below = [&](int limit) { return static_cast<int>(random() % static_cast<std::uint64_t>(limit)); };
  WorkQueue queue;
  SlowQueue model;
  Time now{1h};
  for (int step = 0; step < kSteps; ++step) {
    const Key key{Kind::host, std::string(1, static_cast<char>('a' + below(kKeys)))};
    switch (below(4)) {
      case 0: {
        const Time due = now + std::chrono::milliseconds(below(50) - 10);
        queue.add(key, due);
        model.add(key, due);
        break;
      }
      case 1: now += std::chrono::milliseconds(below(20)); break;
      case 2: {
        const auto right = model.due(now);
        const auto taken = queue.take(now);
        ASSERT_EQ(taken.has_value(), !right.empty());
        if (!taken) break;
        ASSERT_TRUE(right.contains(*taken)) << to_string(*taken);
        model.take(*taken);
        break;
      }
      default:
        if (model.in_work().empty()) break;
        const Key ended = *model.in_work().begin();
        queue.done(ended);
        model.done(ended);
    }
    ASSERT_EQ(queue.next_due(), model.next_due());
  }
}

TEST(WorkQueueTorture, AnswersAsTheSimplestQueueWould) {
  const auto first = test::seed();
  const int games = test::rounds(300, 2'000'000);
  for (int game = 0; game < games && !::testing::Test::HasFailure(); ++game) play(first + static_cast<std::uint64_t>(game));
}

}  // namespace
}  // namespace argos
