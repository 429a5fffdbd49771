// SPDX-License-Identifier: Apache-2.0
#include "runtime/work_queue.hpp"

#include <algorithm>

namespace argos {

void WorkQueue::add(Key key, Time due) {
  if (const auto working = working_.find(key); working != working_.end()) {
    working->second = working->second ? std::min(*working->second, due) : due;
    return;
  }
  const auto [waiting, fresh] = due_.try_emplace(key, due);
  if (!fresh) {
    if (waiting->second <= due) return;
    order_.erase({waiting->second, key});
    waiting->second = due;
  }
  order_.emplace(due, std::move(key));
}

std::optional<Key> WorkQueue::take(Time now) {
  if (order_.empty() || order_.begin()->first > now) return std::nullopt;
  Key key = order_.begin()->second;
  order_.erase(order_.begin());
  due_.erase(key);
  working_.emplace(key, std::nullopt);
  return key;
}

void WorkQueue::done(const Key& key) {
  const auto working = working_.find(key);
  if (working == working_.end()) return;
  const auto again = working->second;
  working_.erase(working);
  if (again) add(key, *again);
}

Span WorkQueue::fail(const Key& key) {
  const int failures = failures_[key]++;
  constexpr int kMostDoublings = 20;
  const Span full = std::min(backoff_.most, Span(backoff_.first.count() << std::min(failures, kMostDoublings)));
  std::uniform_int_distribution<Span::rep> jitter(0, full.count() / 4);
  return full - Span(jitter(random_));
}

std::optional<Time> WorkQueue::next_due() const {
  if (order_.empty()) return std::nullopt;
  return order_.begin()->first;
}

}  // namespace argos
