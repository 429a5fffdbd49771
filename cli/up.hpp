// SPDX-License-Identifier: Apache-2.0
// `argos up`: a whole local stack in the foreground, its own Caddy included.
#pragma once

#include <string>

namespace argos {

struct UpOptions {
  std::string data_dir;  // empty: ./var
};

// The exit status.
int up(const UpOptions& options);

}  // namespace argos
