// SPDX-License-Identifier: Apache-2.0
// Somebody else who keeps replacing Caddy's configuration: a hand edit is put right at once, a rival manager ever more slowly.
#pragma once

#include <algorithm>

#include "runtime/clock.hpp"

namespace argos {

// No clock: time is an argument.
class CaddyContention {
 public:
  // argos is about to replace what somebody else wrote.
  void replaced(Time now) {
    times_ = now - last_ <= memory() ? times_ + 1 : 1;
    last_ = now;
  }
  // Whether it has just happened so often that there must be a rival.
  bool rival(Time now) const { return times_ >= kRival && now - last_ <= memory(); }
  bool may_write(Time now) const { return now >= last_ + pause(); }
  int times() const { return times_; }

 private:
  static constexpr int kRival = 3;
  static constexpr Span kFirst = std::chrono::seconds(2);
  static constexpr Span kMost = std::chrono::minutes(2);
  static constexpr Span kShort = std::chrono::seconds(30);

  Span pause() const {
    constexpr int kMostDoublings = 8;
    return times_ < kRival ? Span{} : std::min<Span>(kFirst * (1 << std::min(times_ - kRival, kMostDoublings)), kMost);
  }
  // Long enough that a rival which waits as long as argos does is still remembered.
  Span memory() const { return kShort + 2 * pause(); }

  Time last_{};  // long ago
  int times_ = 0;
};

}  // namespace argos
