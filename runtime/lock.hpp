// SPDX-License-Identifier: Apache-2.0
// argos.lock: one argos a data folder.
#pragma once

#include <string>
#include <utility>

#include "model/error.hpp"

namespace argos {

// Held while it lives; the kernel lets go of it when the process dies, however it dies.
class Lock {
 public:
  // The error says who holds it: host, pid, since.
  static Result<Lock> take(const std::string& path);

  Lock(Lock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Lock& operator=(Lock&&) = delete;
  ~Lock();

 private:
  explicit Lock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace argos
