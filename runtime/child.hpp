// SPDX-License-Identifier: Apache-2.0
// A child process: started, watched, ended.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "model/error.hpp"
#include "runtime/task.hpp"

namespace argos {

struct ChildSpec {
  std::vector<std::string> command;  // looked up in PATH
  std::map<std::string, std::string> environment;  // added to ours
  std::string folder;                // its working folder
  std::string log;                   // stdout and stderr are appended here; 0600
};

// In a process group of its own, so that a Ctrl-C meant for us does not reach it. Ended (SIGKILL) when this object goes, unless
// it has ended before. Loop thread only.
class Child {
 public:
  static Result<std::unique_ptr<Child>> start(const boost::asio::any_io_executor& executor, const ChildSpec& spec);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }
  bool alive();
  // Waits for its end: "exit status 1", "signal 9".
  Task<std::string> ended();
  void signal(int number);
  // SIGTERM, then SIGKILL once `patience` is over. Blocks: for the way out only.
  void end(std::chrono::milliseconds patience);

 private:
  Child(const boost::asio::any_io_executor& executor, pid_t pid, int pidfd);
  pid_t pid_;
  boost::asio::posix::stream_descriptor pidfd_;
  std::optional<int> status_;
};

}  // namespace argos
