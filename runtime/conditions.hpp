// SPDX-License-Identifier: Apache-2.0
// The board on which every controller writes what it found. In memory; the database only remembers when a status last moved, so
// that a restart does not look like news and a restore brings no condition back from the past.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "model/condition.hpp"
#include "model/kind.hpp"
#include "runtime/clock.hpp"

namespace argos {

// Loop thread only.
class Conditions {
 public:
  using Listener = std::function<void(const Key&, const Condition&)>;

  explicit Conditions(const Clock& clock) : clock_(clock) {}

  // True when the status moved. `last_transition` of `next` is ignored. An object's Ready follows from its other conditions
  // (model/condition.hpp) and is never set by hand; a controller's is.
  bool set(const Key& key, Condition next);
  // Several at once: nobody sees an object's Ready follow from a part of them.
  void set_all(const Key& key, std::vector<Condition> next);
  // Takes the condition away: it no longer applies.
  void drop(const Key& key, std::string_view type);
  // The object is gone.
  void forget(const Key& key);

  const std::vector<Condition>& of(const Key& key) const;
  const Condition* find(const Key& key, std::string_view type) const;
  bool is_true(const Key& key, std::string_view type) const;
  // Objects of that kind that have conditions and are not Ready.
  std::size_t not_ready(Kind kind) const;
  std::vector<Key> keys(Kind kind) const;

  // Called after each moved status.
  void listen(Listener listener) { listeners_.push_back(std::move(listener)); }
  // Called after each change of what a condition says, be it only its message or the generation that it saw.
  void listen_said(Listener listener) { said_listeners_.push_back(std::move(listener)); }
  // Called after an object's conditions went with it.
  void listen_forgotten(std::function<void(const Key&)> listener) { forget_listeners_.push_back(std::move(listener)); }
  // Called after a condition was taken away from an object or a controller that stays.
  void listen_dropped(std::function<void(const Key&, std::string_view type)> listener) {
    drop_listeners_.push_back(std::move(listener));
  }
  // What a former run knew: consulted when a condition is set for the first time, and after it was pending.
  void recall(const Key& key, std::string_view type, Status status, WallTime since);

 private:
  bool put(const Key& key, Condition next);

  const Clock& clock_;
  // Loop thread only
  std::map<Key, std::vector<Condition>> board_;
  std::map<Kind, std::set<std::string, std::less<>>> not_ready_;
  std::map<std::pair<Key, std::string>, std::pair<Status, WallTime>> recalled_;
  std::vector<Listener> listeners_, said_listeners_;
  std::vector<std::function<void(const Key&)>> forget_listeners_;
  std::vector<std::function<void(const Key&, std::string_view)>> drop_listeners_;
};

}  // namespace argos
