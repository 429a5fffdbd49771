// SPDX-License-Identifier: Apache-2.0
// How far a long command is: one line on the terminal, gone when it is done; nothing where stderr is no terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace argos {

class Progress {
 public:
  Progress(std::string what, std::uint64_t total);
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

// "512 B", "1.2 GiB".
std::string bytes_text(std::uint64_t bytes);

}  // namespace argos
