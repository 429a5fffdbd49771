// SPDX-License-Identifier: Apache-2.0
// The built binary as a child process, with an environment of its own.
#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <string>
#include <vector>

#include "runtime/files.hpp"
#include "test/support/program.hpp"
#include "test/support/support.hpp"

namespace argos::test {

struct Ran {
  int status = -1;  // exit status; 128 + signal
  std::string out, err;
};

struct Child {
  std::vector<std::string> arguments;
  std::map<std::string, std::string> environment;
  std::string input;
  std::string folder = "/";  // where it runs
  std::string program = argos_binary();
};

inline std::vector<char*> c_strings(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (auto& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

// Runs argos, or another program, to its end; `meanwhile` is called again and again until then.
inline Ran run(Child child, const std::function<void()>& meanwhile = {}) {
  const TempFolder files;
  files.write("in", child.input);
  const std::string out = files / "out", err = files / "err", in = files / "in";
  child.arguments.insert(child.arguments.begin(), child.program);
  std::vector<std::string> environment{"PATH=/usr/bin:/bin"};
  for (const auto& [name, value] : child.environment) environment.push_back(name + "=" + value);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, in.c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, out.c_str(), O_WRONLY | O_CREAT, 0600);
  posix_spawn_file_actions_addopen(&actions, 2, err.c_str(), O_WRONLY | O_CREAT, 0600);
  posix_spawn_file_actions_addchdir_np(&actions, child.folder.c_str());
  pid_t pid = 0;
  const int failed = ::posix_spawnp(&pid, child.program.c_str(), &actions, nullptr, c_strings(child.arguments).data(),
                                    c_strings(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw std::runtime_error("cannot start " + child.program);

  int status = 0;
  if (meanwhile) {
    while (::waitpid(pid, &status, WNOHANG) == 0) meanwhile();
  } else {
    ::waitpid(pid, &status, 0);
  }
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), *read_file(out), *read_file(err)};
}

}  // namespace argos::test
