// SPDX-License-Identifier: Apache-2.0
// A CrowdSec of one's own: Debian's, its local API alone, without agent and hub.
#pragma once

#include <optional>
#include <string>

#include "test/support/process.hpp"

namespace argos::test {

class LocalApi {
 public:
  LocalApi();  // not started
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  void start();
  void kill();
  void add_bouncer(const std::string& name, const std::string& key) const { cscli("bouncers add " + name + " -k " + key); }
  void forget_bouncer(const std::string& name) const { cscli("bouncers delete " + name); }
  void ban(const std::string& address) const { cscli("decisions add --ip " + address + " --duration 1h"); }
  void lift(const std::string& address) const { cscli("decisions delete --ip " + address); }

 private:
  void cscli(const std::string& arguments) const;

  TempFolder folder_;
  std::string root_;  // where Debian's package lies unpacked
  int port_ = free_port();
  std::optional<Process> process_;
};

}  // namespace argos::test
