// SPDX-License-Identifier: Apache-2.0
// How far a long job on another thread is, and the wish that it end early.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <string>

#include <spdlog/fmt/fmt.h>

#include "model/describe.hpp"
#include "model/error.hpp"

namespace argos {

enum class JobPhase { waiting, snapshot, archive, proof, read, migration, carrying };
BOOST_DESCRIBE_ENUM(JobPhase, waiting, snapshot, archive, proof, read, migration, carrying)

// Any thread.
struct JobProgress {
  std::atomic<JobPhase> phase = JobPhase::waiting;
  std::atomic<std::uint64_t> done = 0, total = 0;  // bytes, in this phase
  std::atomic<bool> cancelled = false;

  // "archive: 42 %"
  std::string text() const {
    constexpr std::uint64_t kPercent = 100;
    const auto whole = total.load();
    const auto share = whole == 0 ? 0 : std::min(kPercent, kPercent * done.load() / whole);
    return fmt::format("{}: {} %", enum_text(phase.load()), share);
  }

  void enter(JobPhase next, std::uint64_t bytes) {
    done = 0;
    total = bytes;
    phase = next;
  }
};

inline Error cancelled_error() { return {"Cancelled", "it was told to end before it was done"}; }

}  // namespace argos
