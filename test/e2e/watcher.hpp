// SPDX-License-Identifier: Apache-2.0
// Whoever believes what argos says: while a host is said to be Ready in a form, visitors must get that form.
#pragma once

#include <atomic>
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

  int checks() const { return checks_; }
  std::vector<std::string> lies() const;

 private:
  void look();

  // Constant after construction
  const World& world_;
  // Any thread
  std::atomic<bool> stopping_ = false;
  std::atomic<int> checks_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> lies_;
  std::thread thread_;
};

}  // namespace argos::test
