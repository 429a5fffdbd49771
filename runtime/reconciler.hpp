// SPDX-License-Identifier: Apache-2.0
// The two interfaces that everything turns on: who makes the world agree, and who says that it may have moved.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "model/error.hpp"
#include "model/kind.hpp"
#include "runtime/clock.hpp"
#include "runtime/task.hpp"

namespace argos {

// When to look again, by name. A change always wakes a reconciler; `in` adds a time.
struct Next {
  static Next on_change() { return {}; }
  static Next in(Span delay) { return {delay}; }
  std::optional<Span> delay;
};

// Takes one key, reads the world anew, makes it agree. Runs on the loop thread, never twice at once for one controller. An error
// becomes the controller's Ready=False and is retried by its loop; no reconciler has a retry loop of its own.
struct Reconciler {
  virtual ~Reconciler() = default;
  virtual std::string_view name() const = 0;
  virtual Task<Result<Next>> reconcile(const Key& key) = 0;
};

// Marks a key dirty. `why` is for the log and `explain` only.
using Sink = std::function<void(Key key, std::string_view why)>;

// Turns something outside (rows, files, time, processes) into dirty keys. Carries no payload. Ends by cancellation.
struct Source {
  virtual ~Source() = default;
  virtual Task<void> run(Sink sink) = 0;
};

}  // namespace argos
