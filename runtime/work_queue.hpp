// SPDX-License-Identifier: Apache-2.0
// Which key is next, and when: each key once, the earliest wish wins, never the same key twice at once, failures wait longer.
#pragma once

#include <map>
#include <optional>
#include <random>
#include <set>

#include "model/kind.hpp"
#include "runtime/clock.hpp"

namespace argos {

// No Asio, no clock: time is an argument. Loop thread only.
class WorkQueue {
 public:
  struct Backoff {
    Span first = std::chrono::milliseconds(200);
    Span most = std::chrono::minutes(1);
  };
  explicit WorkQueue(Backoff backoff, std::uint64_t seed = 0) : backoff_(backoff), random_(seed) {}
  WorkQueue() : WorkQueue(Backoff{}) {}

  void set_backoff(Backoff backoff) { backoff_ = backoff; }
  // Marks the key; of several wishes the earliest counts. A key that is being worked on is due again once it is done.
  void add(Key key, Time due);
  // The key that has been due longest, now in work; none while nothing is due.
  std::optional<Key> take(Time now);
  // The key is no longer in work.
  void done(const Key& key);

  void succeed(const Key& key) { failures_.erase(key); }
  // How long to wait after this failure: doubling from `first` to `most`, less up to a quarter at random.
  Span fail(const Key& key);

  std::optional<Time> next_due() const;
  std::size_t size() const { return due_.size(); }
  bool in_work(const Key& key) const { return working_.contains(key); }
  bool busy() const { return !working_.empty(); }

 private:
  Backoff backoff_;
  // Loop thread only
  std::map<Key, Time> due_;               // waiting keys
  std::set<std::pair<Time, Key>> order_;  // the same, by time
  std::map<Key, std::optional<Time>> working_;  // in work, and when it is wanted again
  std::map<Key, int> failures_;
  std::minstd_rand random_;
};

}  // namespace argos
