// SPDX-License-Identifier: Apache-2.0
// `restore`: by files alone, so it works whether argos runs or not.
#pragma once

#include <string>

#include "cli/output.hpp"

namespace argos {

struct RestoreOptions {
  std::string file;  // a path, the name of an archive, or "-": stdin
  std::string sha256;
  std::string extract_caddy;  // a folder to make
  bool yes = false, dry_run = false, cancel = false, undo = false, without_secrets = false;
  bool wait = false;
  std::string timeout = "10m";
  Format format = Format::table;
};

int restore(const RestoreOptions& options);

}  // namespace argos
