// SPDX-License-Identifier: Apache-2.0
// What a test and the preloaded library (faults.cpp) share: a file that both map.
#pragma once

#include <array>
#include <atomic>
#include <climits>

namespace argos::test {

enum class Fault {
  none,
  fail,         // it does nothing and says `error`
  short_write,  // half of it is written, and it says so, as the kernel may
  kill,         // SIGKILL before it
  torn_write,   // half of it is written, then SIGKILL
  stop,         // SIGSTOP before it; SIGCONT lets it be made
};

// Of the two kinds of writes only writes are counted, of the others every call.
struct FaultControl {
  std::array<char, PATH_MAX> below;  // a folder; calls on anything else pass uncounted
  std::array<char, PATH_MAX + 64> only;  // a pattern (fnmatch) of the calls that are counted, as `story` has them; empty: all
  std::atomic<int> fault, error, nth, times;
  std::atomic<int> calls, struck;
  std::array<char, PATH_MAX + 64> story;  // the call that was struck first: "rename /data/x"
};
static_assert(std::atomic<int>::is_always_lock_free);

}  // namespace argos::test
