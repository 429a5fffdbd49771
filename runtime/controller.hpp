// SPDX-License-Identifier: Apache-2.0
// Runs one reconciler: takes a key that is due, has it reconciled, and settles what comes of it. The only place that retries.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/steady_timer.hpp>

#include "runtime/conditions.hpp"
#include "runtime/reconciler.hpp"
#include "runtime/trace.hpp"
#include "runtime/work_queue.hpp"

namespace argos {

// Loop thread only.
class Controller {
 public:
  struct Stats {
    std::uint64_t reconciles = 0;
    std::uint64_t failures = 0;
    std::optional<WallTime> last;
    std::optional<WallTime> next;
    std::size_t queue = 0;
  };
  using Gate = std::function<std::optional<Error>()>;  // why it may not work yet

  Controller(std::unique_ptr<Reconciler> reconciler, Conditions& conditions, const Clock& clock,
             WorkQueue::Backoff backoff = {});

  std::string_view name() const { return reconciler_->name(); }
  Key key() const { return {Kind::controller, std::string(name())}; }

  // Marks keys dirty and wakes run(), that much later: by default as debounce() says.
  Sink sink(std::optional<Span> debounce = {});
  void mark(Key key, std::string_view why, Span delay = {});
  void debounce(Span delay) { debounce_ = delay; }
  void backoff(WorkQueue::Backoff backoff) { queue_.set_backoff(backoff); }
  void gate(Gate gate) { gate_ = std::move(gate); }
  // Called once, after the first pass, whatever came of it.
  void after_first_pass(std::function<void()> then) { after_first_pass_ = std::move(then); }
  // For hand work: no step is begun until it is given back; what is marked meanwhile waits.
  void suspend(bool suspended);
  bool suspended() const { return suspended_; }

  // One key that is due. False when none is. Tests call this by hand; run() only repeats it.
  Task<bool> step();
  Task<void> run();
  // The step in hand is finished, no other is begun; run() ends.
  void stop();

  bool idle() const;  // nothing is due now or in work
  Stats stats() const;
  const Trace& trace() const { return trace_; }

 private:
  void finish(const Key& key, const Result<Next>& result, Span took);
  void report();

  // Constant after construction
  std::unique_ptr<Reconciler> reconciler_;
  Conditions& conditions_;
  const Clock& clock_;
  Span debounce_{};
  Gate gate_;
  std::function<void()> after_first_pass_;
  // Loop thread only
  WorkQueue queue_;
  std::map<Key, Error> failing_;
  std::optional<Error> closed_;  // what the gate said last
  std::unique_ptr<boost::asio::steady_timer> alarm_;  // made by run()
  bool suspended_ = false;
  bool stopping_ = false;
  Stats stats_;
  Trace trace_;
};

}  // namespace argos
