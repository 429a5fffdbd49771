// SPDX-License-Identifier: Apache-2.0
// Whoever believes what argos says: while a host is said to be Ready in a form, visitors must get that form.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "test/e2e/world.hpp"

namespace argos::test {

class ReadyWatcher {
 public:
  explicit ReadyWatcher(const World& world);
  ~ReadyWatcher();
  ReadyWatcher(const ReadyWatcher&) = delete;
  ReadyWatcher& operator=(const ReadyWatcher&) = delete;

  // A process was killed or started just now: what was claimed before that may have been true then, and for a moment argos need not
  // know yet that nobody answers.
  void disturbed();

  int checks() const { return checks_; }
  std::vector<std::string> lies() const;

 private:
  struct Claimed;
  void look();
  void judge(const std::string& name, const Claimed& claimed, const std::string& got);
  static std::map<std::string, Claimed> claimed_ready(const World& world);

  // Constant after construction
  const World& world_;
  // Any thread
  std::atomic<bool> stopping_ = false;
  std::atomic<int> checks_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> lies_;
  int disturbances_ = 0;
  std::chrono::steady_clock::time_point disturbed_{};
  std::thread thread_;
};

}  // namespace argos::test
