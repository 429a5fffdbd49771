// SPDX-License-Identifier: Apache-2.0
// Somebody else who keeps replacing Caddy's configuration: a hand edit is put right at once, a rival manager ever more slowly.
#pragma once

#include <algorithm>
#include <deque>

#include "runtime/clock.hpp"

namespace argos {

// No clock: time is an argument.
class CaddyContention {
 public:
  // argos is about to replace what somebody else wrote.
  void replaced(Time now) {
    forget(now);
    replaced_.push_back(now);
    if (replaced_.size() < kRival) return;
    const auto doublings = std::min<std::size_t>(replaced_.size() - kRival, 8);
    again_ = now + std::min<Span>(kFirst * (1U << doublings), kMost);
  }
  // Whether it has happened so often that there must be a rival.
  bool rival(Time now) {
    forget(now);
    return replaced_.size() >= kRival;
  }
  bool may_write(Time now) const { return now >= again_; }
  Time again() const { return again_; }
  std::size_t times() const { return replaced_.size(); }

 private:
  // Long enough that a rival which waits as long as argos does is still remembered.
  static constexpr Span kMemory = std::chrono::minutes(10);
  static constexpr Span kFirst = std::chrono::seconds(2);
  static constexpr Span kMost = std::chrono::minutes(2);
  static constexpr std::size_t kRival = 3;

  void forget(Time now) {
    while (!replaced_.empty() && now - replaced_.front() > kMemory) replaced_.pop_front();
  }

  std::deque<Time> replaced_;
  Time again_{};
};

}  // namespace argos
