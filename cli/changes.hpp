// SPDX-License-Identifier: Apache-2.0
// When it is worth asking argos again: whatever its events say is a reason, and so is that nobody tells any. Blocks.
#pragma once

#include <chrono>
#include <string>

#include "runtime/files.hpp"

namespace argos {

class Changes {
 public:
  explicit Changes(std::string socket) : socket_(std::move(socket)) {}
  // Until there is a reason, and no longer than that. The first comes at once: what changed before this listened was told to nobody.
  void await(std::chrono::steady_clock::time_point deadline);

 private:
  bool listen();
  bool drain();

  std::string socket_;
  File stream_;
};

}  // namespace argos
