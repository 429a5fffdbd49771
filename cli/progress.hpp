// SPDX-License-Identifier: Apache-2.0
// How far a long command is: one line on the terminal, gone when it is done; nothing where stderr is no terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace argos {

class Progress {
 public:
  Progress(std::string what, std::uint64_t total);  // 0: nobody knows how much it will be
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void add(std::uint64_t bytes);

 private:
  using Clock = std::chrono::steady_clock;
  void show(Clock::time_point now);

  std::string what_;
  std::uint64_t total_, done_ = 0;
  Clock::time_point begun_ = Clock::now(), shown_ = begun_;
  bool wanted_;
  bool visible_ = false;
};

// One bar for each phase of a job of somebody else's.
class PhaseBar {
 public:
  // How far it is; a total of 0: nobody knows.
  void show(const std::string& phase, std::int64_t done, std::int64_t total);

 private:
  std::string phase_;
  std::uint64_t done_ = 0;
  std::unique_ptr<Progress> bar_;
};

// "512 B", "1.2 GiB".
std::string bytes_text(std::uint64_t bytes);

}  // namespace argos
