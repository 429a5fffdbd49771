// SPDX-License-Identifier: Apache-2.0
#include "cli/progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iostream>

#include <spdlog/fmt/fmt.h>

namespace argos {
namespace {

using namespace std::chrono_literals;
constexpr auto kFirst = 300ms, kEvery = 100ms;

// "42 % of 1.2 GiB, 80.0 MiB/s, 9 s left"
std::string share_of(std::uint64_t done, std::uint64_t total, std::chrono::duration<double> gone) {
  constexpr double kAll = 100;
  const auto part = static_cast<double>(done), whole = static_cast<double>(total), rate = part / gone.count();
  const auto left = done == 0 ? std::string() : fmt::format(", {:.0f} s left", std::ceil(std::max(0.0, whole - part) / rate));
  return fmt::format("{:.0f} % of {}, {}/s{}", kAll * part / whole, bytes_text(total),
                     bytes_text(static_cast<std::uint64_t>(rate)), left);
}

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
  const auto how_far = total_ == 0 ? "…" : share_of(done_, total_, now - begun_);
  std::cerr << fmt::format("\r{} {}\033[K", what_, how_far) << std::flush;
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
