// SPDX-License-Identifier: Apache-2.0
#include "cli/progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <iostream>

#include <spdlog/fmt/fmt.h>

namespace argos {
namespace {

using namespace std::chrono_literals;
constexpr auto kFirst = 300ms, kEvery = 100ms;

}  // namespace

Progress::Progress(std::string what, std::uint64_t total)
    : what_(std::move(what)), total_(total), wanted_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (visible_) std::cerr << "\r\033[K" << std::flush;
}

void Progress::add(std::uint64_t bytes) {
  done_ += bytes;
  if (!wanted_) return;
  const auto now = Clock::now();
  if (now - begun_ < kFirst || now - shown_ < kEvery) return;
  show(now);
}

void Progress::show(Clock::time_point now) {
  constexpr double kAll = 100;
  const auto seconds = std::chrono::duration<double>(now - begun_).count();
  const auto of_all = [&] {
    return fmt::format("{:.0f} % of {}, {}/s", kAll * static_cast<double>(done_) / static_cast<double>(total_),
                       bytes_text(total_), bytes_text(static_cast<std::uint64_t>(static_cast<double>(done_) / seconds)));
  };
  std::cerr << fmt::format("\r{} {}\033[K", what_, total_ == 0 ? "…" : of_all()) << std::flush;
  shown_ = now;
  visible_ = true;
}

void PhaseBar::show(const std::string& phase, std::int64_t done, std::int64_t total) {
  const auto bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(0, done));
  if (phase != phase_) {
    bar_.reset();  // before the next: it clears its line
    bar_ = std::make_unique<Progress>(phase, static_cast<std::uint64_t>(std::max<std::int64_t>(0, total)));
    phase_ = phase;
    done_ = 0;
  }
  bar_->add(bytes > done_ ? bytes - done_ : 0);
  done_ = std::max(bytes, done_);
}

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::array<const char*, 5> kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
  constexpr double kStep = 1024;
  auto shown = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; shown >= kStep && unit + 1 < kUnits.size(); ++unit) shown /= kStep;
  return fmt::format("{:.{}f} {}", shown, unit == 0 ? 0 : 1, kUnits.at(unit));
}

}  // namespace argos
