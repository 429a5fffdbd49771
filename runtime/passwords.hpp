// SPDX-License-Identifier: Apache-2.0
// Passwords and their hashes: bcrypt ($2b$), by libxcrypt. Slow by intent, so on a thread of its own, with a queue that has an end.
#pragma once

#include <string>

#include "model/error.hpp"
#include "runtime/secret.hpp"
#include "runtime/workers.hpp"

namespace argos {

constexpr int kBcryptCost = 12;

// Blocks for as long as the cost says. What is no password (model/account.hpp) has no hash: that is a defect of whoever asks.
std::string hash_password(const Secret& password, int cost = kBcryptCost);
bool is_password(const std::string& hash, const Secret& password);

// Loop thread only. Error: TooManyLogins, where the queue is full.
class Passwords {
 public:
  static constexpr std::size_t kMostWaiting = 16;
  explicit Passwords(int cost = kBcryptCost, std::size_t most_waiting = kMostWaiting);

  Task<Result<std::string>> hash(Secret password);
  // Against no hash at all (of nobody) it takes as long, and is wrong.
  Task<Result<bool>> check(std::string hash, Secret password);

 private:
  bool is_full() const { return waiting_ >= most_waiting_; }

  // Constant after construction
  int cost_;
  std::size_t most_waiting_;
  std::string nobodys_;  // a hash that no password has
  // Loop thread only
  std::size_t waiting_ = 0;
  Workers worker_{1};
};

}  // namespace argos
