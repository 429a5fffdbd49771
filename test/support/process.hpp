// SPDX-License-Identifier: Apache-2.0
// Other processes in tests: started, talked to over HTTP, killed.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "runtime/child.hpp"
#include "runtime/http_client.hpp"
#include "test/support/support.hpp"

namespace argos::test {

// A TCP port that nobody listens on, and that no other test takes before this process ends. Two Caddys on one port would share it
// without a word (SO_REUSEPORT), and a port meant to be dead would come alive.
int free_port();

class Process {
 public:
  Process(std::vector<std::string> command, std::map<std::string, std::string> environment, std::string folder,
          std::string log);
  pid_t pid() const { return child_->pid(); }
  bool alive() { return child_->alive(); }
  void signal(int number) { child_->signal(number); }
  std::string wait();  // "exit status 0", "signal 9"
  std::string log() const;

 private:
  std::string log_;
  boost::asio::io_context context_;
  std::unique_ptr<argos::Child> child_;
};

struct Answer {
  int status = 0;  // 0: nobody answered
  std::map<std::string, std::string> headers;
  std::string body;
};

Answer http(const std::string& endpoint, HttpRequest request);
// One exchange; `host` is what the Host header says, empty: the endpoint's own.
Answer http(const std::string& endpoint, const std::string& target, const std::string& host = {},
            const std::string& method = "GET", const std::string& body = {});

// The exit status of a shell command, and what it printed.
struct Shell {
  int status = -1;
  std::string out;  // stdout and stderr
};
Shell shell(const std::string& command);

}  // namespace argos::test
