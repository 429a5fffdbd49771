// SPDX-License-Identifier: Apache-2.0
// What changes, told to whoever listens (server-sent events): objects as the feed has them, and conditions as they are said.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "panel/http.hpp"
#include "runtime/conditions.hpp"
#include "runtime/store.hpp"

namespace argos {

struct EventBoard;

struct EventLimits {
  std::size_t kept = 8'192;     // events, for all readers together; whoever falls behind that is dropped
  std::size_t readers = 512;
  std::chrono::milliseconds heartbeat{15'000};
};

// Nothing is queued for a reader: each has a place among the last events, which are kept once for all. Loop thread only.
class Events {
 public:
  Events(Store& store, Conditions& conditions, EventLimits limits = {});

  std::size_t readers() const;
  bool full() const;

  // What comes after the event of that id, or from now on where it is empty: until the reader is gone, too slow, or dropped. It
  // begins with the event `reset` where what it knew may not be so any more: it is to read everything anew.
  // `still_may` is asked again whenever an account changes, and at each heartbeat.
  using StillMay = std::function<bool()>;
  static Task<> tell(std::shared_ptr<EventBoard> board, Outlet& outlet, std::string last_id, StillMay still_may = {});
  // Until something changes, or that time.
  static Task<> next(std::shared_ptr<EventBoard> board, std::chrono::steady_clock::time_point deadline);
  const std::shared_ptr<EventBoard>& board() const { return board_; }

 private:
  std::shared_ptr<EventBoard> board_;
};

}  // namespace argos
