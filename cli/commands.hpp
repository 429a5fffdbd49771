// SPDX-License-Identifier: Apache-2.0
// The commands, each a function of its options that returns the exit status. What is typed becomes these in app.cpp.
#pragma once

#include <string>
#include <vector>

#include "cli/output.hpp"

namespace argos {

struct ApplyOptions {
  std::vector<std::string> paths;  // "-": stdin
  std::string owner = "cli";
  bool prune = false;
  bool dry_run = false;
  Format format = Format::table;
};
int apply(const ApplyOptions& options);

struct GetOptions {
  std::string kind;  // or KIND/NAME
  std::string name;
  Format format = Format::table;
};
int get(const GetOptions& options);

int status(Format format);

struct WaitOptions {
  std::string wanted = "condition=Ready";  // condition=TYPE[=STATUS]
  std::string object;                      // KIND/NAME; empty: see all
  bool all = false;                        // every object and controller, not the controllers alone
  std::string timeout = "60s";
};
int wait(const WaitOptions& options);

int drift(Format format);  // kDifferent where something is still otherwise than wanted
void print_suspended(const boost::json::array& suspended);

struct SuspendOptions {
  std::string kind, name;  // controllers too; KIND NAME, or KIND/NAME
  std::string note;
};
int suspend(const SuspendOptions& options);
int resume(const SuspendOptions& options);

// These work with nothing running.
int show_config(Format format);
int show_version(Format format);
int show_schema(const std::string& kind, Format format);

}  // namespace argos
