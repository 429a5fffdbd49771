// SPDX-License-Identifier: Apache-2.0
// How far a long job on another thread is, and the wish that it end early.
#pragma once

#include <atomic>
#include <cstdint>

#include "model/describe.hpp"
#include "model/error.hpp"

namespace argos {

enum class JobPhase { waiting, snapshot, archive, proof, read };
BOOST_DESCRIBE_ENUM(JobPhase, waiting, snapshot, archive, proof, read)

// Any thread.
struct JobProgress {
  std::atomic<JobPhase> phase = JobPhase::waiting;
  std::atomic<std::uint64_t> done = 0, total = 0;  // bytes, in this phase
  std::atomic<bool> cancelled = false;

  void enter(JobPhase next, std::uint64_t bytes) {
    done = 0;
    total = bytes;
    phase = next;
  }
};

inline Error cancelled_error() { return {"Cancelled", "it was told to end before it was done"}; }

}  // namespace argos
