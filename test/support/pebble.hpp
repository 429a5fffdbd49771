// SPDX-License-Identifier: Apache-2.0
// An ACME server of one's own, Pebble, whose challenges come to a Caddy's ports whatever the name is.
#pragma once

#include <optional>
#include <string>

#include "test/support/process.hpp"

namespace argos::test {

class Pebble {
 public:
  Pebble(const TempFolder& folder, int http_port, int https_port);
  std::string directory() const { return "https://127.0.0.1:" + std::to_string(port_) + "/dir"; }
  const std::string& ca() const { return ca_; }  // what its own HTTPS certificate chains to
  std::string log() const { return server_->log(); }

  // From now on the name leads to nowhere, and no challenge for it succeeds; or to Caddy again.
  void mislead(const std::string& name) const;
  void lead(const std::string& name) const;
  void stop();

 private:
  void tell_dns(const std::string& what, const std::string& name, const std::string& address) const;

  std::string ca_;
  int port_ = free_port();
  int dns_management_ = free_port();
  std::optional<Process> dns_, server_;
};

}  // namespace argos::test
