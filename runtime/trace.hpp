// SPDX-License-Identifier: Apache-2.0
// What woke a controller lately, and what came of it: for `argos explain`. Of a fixed size, and free of allocations once it is full.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "model/kind.hpp"
#include "runtime/clock.hpp"

namespace argos {

// The last few, in slots that are used again. What equals the newest counts as the same once more.
template <class Entry>
class Ring {
 public:
  static constexpr std::size_t kKept = 16;

  std::size_t size() const { return size_; }
  // 0 is the newest.
  const Entry& recent(std::size_t back) const { return entries_[(next_ + 2 * kKept - 1 - back) % kKept]; }

  // The slot for a new one, with what it held before: to be written over.
  Entry& push() {
    Entry& slot = entries_[next_];
    next_ = (next_ + 1) % kKept;
    if (size_ < kKept) ++size_;
    return slot;
  }
  Entry* newest() { return size_ == 0 ? nullptr : &entries_[(next_ + kKept - 1) % kKept]; }

 private:
  std::array<Entry, kKept> entries_;
  std::size_t next_ = 0;
  std::size_t size_ = 0;
};

// Loop thread only.
class Trace {
 public:
  struct Wake {
    Key key;
    std::string why;
    WallTime when{};  // the last time
    std::uint64_t times = 1;
  };
  struct Pass {
    Key key;
    std::string outcome;  // "Done", or the error's reason
    std::string message;
    WallTime when{};  // the last time it ended so
    Span took{};
    std::uint64_t times = 1;
  };

  void woken(const Key& key, std::string_view why, WallTime when);
  void passed(const Key& key, std::string_view outcome, std::string_view message, WallTime when, Span took);

  const Ring<Wake>& wakes() const { return wakes_; }
  const Ring<Pass>& passes() const { return passes_; }

 private:
  Ring<Wake> wakes_;
  Ring<Pass> passes_;
};

// {"wakes": […], "results": […]}, the newest first.
boost::json::value to_json(const Trace& trace);

}  // namespace argos
