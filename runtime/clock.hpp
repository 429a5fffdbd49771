// SPDX-License-Identifier: Apache-2.0
// Time as an argument: the loop's own and the wall's.
#pragma once

#include <chrono>

#include "model/condition.hpp"

namespace argos {

using Time = std::chrono::steady_clock::time_point;
using Span = std::chrono::steady_clock::duration;

struct Clock {
  virtual ~Clock() = default;
  virtual Time now() const = 0;
  virtual WallTime wall() const = 0;
};

struct SystemClock final : Clock {
  Time now() const override { return std::chrono::steady_clock::now(); }
  WallTime wall() const override { return std::chrono::system_clock::now(); }
};

}  // namespace argos
