// SPDX-License-Identifier: Apache-2.0
// How far a long job on another thread is, and the wish that it end early.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <spdlog/fmt/fmt.h>

#include "model/describe.hpp"
#include "model/error.hpp"

namespace argos {

enum class JobPhase { waiting, snapshot, archive, proof, read, migration, carrying };
BOOST_DESCRIBE_ENUM(JobPhase, waiting, snapshot, archive, proof, read, migration, carrying)

// Any thread.
struct JobProgress {
  using Time = std::chrono::steady_clock::time_point;

  std::atomic<JobPhase> phase = JobPhase::waiting;
  std::atomic<std::uint64_t> done = 0, total = 0;  // bytes, in this phase
  std::atomic<Time> begun{Time{}};                 // this phase
  std::atomic<bool> cancelled = false;

  void enter(JobPhase next, std::uint64_t bytes) {
    done = 0;
    total = bytes;
    begun = std::chrono::steady_clock::now();
    phase = next;
  }

  // Until this phase ends, if it goes on as it has gone so far; none where that is not known yet.
  std::optional<std::chrono::seconds> left(Time now) const {
    const auto whole = total.load(), part = std::min(done.load(), whole);
    const std::chrono::duration<double> gone = now - begun.load();
    if (part == 0 || gone < kTooSoon) return std::nullopt;
    return std::chrono::ceil<std::chrono::seconds>(gone * (static_cast<double>(whole - part) / static_cast<double>(part)));
  }

  // "archive: 42 %, 7 s left"
  std::string text(Time now = std::chrono::steady_clock::now()) const {
    constexpr std::uint64_t kPercent = 100;
    const auto whole = total.load();
    const auto share = whole == 0 ? 0 : std::min(kPercent, kPercent * done.load() / whole);
    const auto seconds = left(now);
    return fmt::format("{}: {} %{}", enum_text(phase.load()), share,
                       seconds ? fmt::format(", {} s left", seconds->count()) : "");
  }

 private:
  static constexpr std::chrono::milliseconds kTooSoon{500};
};

inline Error cancelled_error() { return {"Cancelled", "it was told to end before it was done"}; }

}  // namespace argos
